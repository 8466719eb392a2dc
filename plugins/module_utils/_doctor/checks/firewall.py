# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of packet filters: which rule or policy drops packets of the lab."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._describe.places import describe_location
from ..._model.nat import IntegratedFirewall
from ..commands import netns_exec
from ..findings import (
    ERROR,
    INFO,
    SEVERITIES,
    WARNING,
    Finding,
    Location,
    filter_location,
    netns_traffic,
    traffic_location,
)
from ..firewall.evaluate import Drop, find_drops
from ..firewall.flows import Flows
from ..firewall.paths import FlowPath, list_flow_paths

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..facts.host_facts import HostFacts
    from ..firewall.rules import Hook

_UNCERTAIN = (
    "; it cannot be determined whether other rules accept it, or its other conditions exclude it"
)
_NOT_REPLIES = ", except replies"


def _is_integrated(facts: HostFacts, hook: Hook, path: FlowPath) -> bool:
    """Whether option integrate has the firewall of the hook accept the traffic of the path."""
    ruleset = facts.current.rulesets.get(path.netns)
    return any(
        isinstance(resource, IntegratedFirewall)
        and (resource.interface, resource.firewall) == (path.link, hook.firewall)
        and (
            hook.firewall == "firewalld"
            or any(point.startswith(f"{hook.tool}:") for point in resource.hook_points)
        )
        for resource in (ruleset.resources if ruleset else ())
    )


def _find_worst_drops(
    facts: HostFacts, hook: Hook, paths: list[FlowPath], flows: Flows
) -> list[Drop]:
    """The most severe drop of each rule and policy."""
    worst: dict[tuple[str, str], Drop] = {}
    for path in paths:
        integrated = _is_integrated(facts, hook, path)
        for flow in flows.through(path, hook):
            for drop in find_drops(hook, flow):
                if integrated and not drop.explicit:
                    continue  # a general rule comes after the one that accepts the lab's traffic
                known = worst.get((drop.chain, drop.rule))
                severity = SEVERITIES.index(drop.severity)
                if known is None or severity < SEVERITIES.index(known.severity):
                    worst[drop.chain, drop.rule] = drop
    return list(worst.values())


def _compose_finding(hook: Hook, netns: str | None, drop: Drop) -> Finding:
    chain = hook.describe_chain(drop.chain)
    culprit = f"the rule {drop.rule} in {chain}" if drop.rule else f"the policy of {chain}"
    reservation = ""
    if not drop.certain:
        reservation = _UNCERTAIN
    elif drop.severity != ERROR:
        reservation = _NOT_REPLIES
    # A rule for the lab and other traffic certainly drops a part of it.
    is_clear = drop.certain or drop.severity == WARNING
    check = drop.flow.check if is_clear else "filter_unclear"
    where = "" if netns is None else f" {describe_location(netns)}"
    return Finding(
        check,
        drop.severity,
        f"{chain}{where}{f': {drop.rule}' if drop.rule else ''}",
        f"{culprit} {describe_location(netns)} drops {drop.flow.description}{reservation}",
        f"{netns_exec(netns)}{hook.list_command(drop.chain)}: {drop.rule or 'policy DROP'}",
        _remedy(hook, drop, check, netns),
        affects=_affected_locations(hook, netns, drop) if is_clear else frozenset(),
    )


def _affected_locations(hook: Hook, netns: str | None, drop: Drop) -> frozenset[Location]:
    """The traffic whose neighbours cannot be resolved because of a drop.

    A filter of frames drops ARP too. A filter of IP packets that drops all input or output drops
    IPv6 neighbour discovery.
    """
    filters = frozenset({filter_location(netns)})
    if drop.severity != ERROR:
        return filters
    if hook.sees_frames:
        names = hook.devices or drop.flow.source.names | drop.flow.destination.names
        return filters | {
            traffic_location((netns, name), family) for name in names for family in (4, 6)
        }
    drops_everything = hook.hook in ("input", "output") and not drop.rule
    if drops_everything and 6 in hook.families:
        return filters | netns_traffic(netns, (6,))
    return filters


def _remedy(hook: Hook, drop: Drop, check: str, netns: str | None) -> str:
    if check == "br_netfilter":
        program = "iptables" if drop.flow.family == 4 else "ip6tables"
        return (
            f"sysctl -w net.bridge.bridge-nf-call-{program}=0  "
            f"# or set option integrate: {hook.firewall}, or put the bridge into a namespace"
        )
    is_general = (
        netns is None and hook.hook == "forward" and not hook.sees_frames and not drop.explicit
    )
    if not is_general or (drop.rule and hook.firewall == "forward"):
        return (
            "remove that rule, or accept the traffic before it"
            if drop.rule
            else "accept the traffic in that chain, or change its policy to accept"
        )
    return (
        f"set option integrate: {hook.firewall} (modules topology, masquerade, dnat), "
        "with which that chain accepts only the traffic of the lab"
    )


def check_packet_filters(facts: HostFacts) -> Iterator[Finding]:
    """Rules and policies that drop packets of the lab."""
    flows = Flows(facts)
    for netns, filters in facts.packet_filters.items():
        paths = list_flow_paths(facts, netns) if filters.hooks else []
        for hook in filters.hooks:
            for drop in _find_worst_drops(facts, hook, paths, flows):
                yield _compose_finding(hook, netns, drop)
        for error in filters.read_errors:
            yield Finding(
                "filter_unclear",
                INFO,
                f"rules {describe_location(netns)}",
                f"not all packet filter rules {describe_location(netns)} could be read",
                error,
                "install the program, or fix the error that it reports",
            )


def check_docker_user(facts: HostFacts) -> Iterator[Finding]:
    """DOCKER-USER chains without a jump to them: what they accept is dropped after all."""
    for netns, filters in facts.packet_filters.items():
        prefix = netns_exec(netns)
        for program in filters.unhooked_docker_user:
            yield Finding(
                "docker_user_unhooked",
                ERROR if facts.access_links(netns) else WARNING,
                f"DOCKER-USER of {program}",
                f"the chain DOCKER-USER ({program}) {describe_location(netns)} exists, but FORWARD "
                "does not jump to it: the packets it accepts are dropped",
                f"{prefix}{program} -S FORWARD: no -j DOCKER-USER",
                f"{prefix}{program} -I FORWARD -j DOCKER-USER  # or restart Docker; "
                "then run module topology again (option integrate: docker)",
                affects=frozenset({filter_location(netns)}),
            )
