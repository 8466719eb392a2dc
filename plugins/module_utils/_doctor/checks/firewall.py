# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of packet filters: who drops what is forwarded, bridged or answered, in which table, chain and rule."""

from __future__ import annotations

from typing import Dict, FrozenSet, Iterator, List, Optional, Tuple

from ..._describe.places import describe_location
from ..._model.links import LinkRef
from ..._model.nat import IntegratedFirewall
from ..facts.host_facts import HostFacts
from ..findings import ERROR, INFO, SEVERITIES, WARNING, Finding, all_traffic, traffic, within
from ..firewall.evaluate import Hit, find_hits
from ..firewall.flows import FlowPath, Flows, flow_paths
from ..firewall.rules import Hook

_DOUBT = "; whether rules of its own accept it, or its other conditions spare it, cannot be told"
_BUT = ", but for answers to what was begun the other way"


def _integrated(facts: HostFacts, hook: Hook, way: FlowPath) -> bool:
    """Whether what goes by it was let through there on our request."""
    rules = (
        facts.current.rulesets[way.netns].resources if way.netns in facts.current.rulesets else ()
    )
    return any(
        isinstance(resource, IntegratedFirewall)
        and (resource.interface, resource.firewall) == (way.name, hook.firewall)
        and (
            hook.firewall == "firewalld"
            or any(post.startswith(f"{hook.tool}:") for post in resource.hook_points)
        )
        for resource in rules
    )


def _worst_hits(facts: HostFacts, hook: Hook, known: List[FlowPath], flows: Flows) -> List[Hit]:
    """By rule the worst that it does to anybody."""
    worst: Dict[Tuple[str, str], Hit] = {}
    for way in known:
        spared = _integrated(facts, hook, way)
        for flow in flows.of(way, hook):
            for hit in find_hits(hook, flow):
                key = (hit.chain, hit.rule)
                # A rule for everybody is not asked about what one before it let through for us.
                if (hit.named or not spared) and (
                    key not in worst
                    or SEVERITIES.index(hit.severity) < SEVERITIES.index(worst[key].severity)
                ):
                    worst[key] = hit
    return list(worst.values())


def _finding(hook: Hook, netns: Optional[str], hit: Hit) -> Finding:
    place = hook.place(hit.chain)
    said = f"the rule {hit.rule} in {place}" if hit.rule else f"the policy of {place}"
    doubt = _DOUBT if not hit.sure else _BUT if hit.severity != ERROR else ""
    # Of a rule that is for the lab and somebody else it is known at least that it drops a part.
    check = hit.flow.check if hit.sure or hit.severity == WARNING else "filter_unclear"
    where = "" if netns is None else f" {describe_location(netns)}"
    return Finding(
        check,
        hit.severity,
        f"{place}{where}{f': {hit.rule}' if hit.rule else ''}",
        f"{said} {describe_location(netns)} drops {hit.flow.what}{doubt}",
        f"{within(netns)}{hook.shows(hit.chain)}: {hit.rule or 'policy DROP'}",
        _remedy(hook, hit, check, netns),
        at=_stops(hook, netns, hit) if hit.severity == ERROR else frozenset(),
    )


def _stops(hook: Hook, netns: Optional[str], hit: Hit) -> FrozenSet[LinkRef]:
    """What nobody is heard through: below IP it drops ARP as well, and where it takes nothing, or lets nothing out, the questions and answers of IPv6."""
    if hook.on_links:
        names = hook.devices or hit.flow.source.names | hit.flow.to.names
        return frozenset(traffic((netns, name), family) for name in names for family in (4, 6))
    return (
        all_traffic(netns, (6,))
        if hook.hook in ("input", "output") and 6 in hook.families and not hit.rule
        else frozenset()
    )


def _remedy(hook: Hook, hit: Hit, check: str, netns: Optional[str]) -> str:
    if check == "br_netfilter":
        family = "iptables" if hit.flow.family == 4 else "ip6tables"
        return f"sysctl -w net.bridge.bridge-nf-call-{family}=0, or option integrate: {hook.firewall}, or a switch in a namespace"
    for_everybody = netns is None and hook.hook == "forward" and not hook.on_links and not hit.named
    if not for_everybody or (hit.rule and hook.firewall == "forward"):
        return (
            "take that rule away, or accept this traffic before it"
            if hit.rule
            else "accept this traffic there, or let the policy accept"
        )
    return f"option integrate: {hook.firewall} (modules topology, masquerade, dnat), which has that chain accept the lab's traffic and no more"


def check_filters(facts: HostFacts) -> Iterator[Finding]:
    """Every chain and rule that drops."""
    flows = Flows(facts)
    for netns, filters in facts.filters.items():
        known = flow_paths(facts, netns) if filters.hooks else []
        for hook in filters.hooks:
            yield from (
                _finding(hook, netns, hit) for hit in _worst_hits(facts, hook, known, flows)
            )
        for complaint in filters.unread:
            yield Finding(
                "filter_unclear",
                INFO,
                f"rules {describe_location(netns)}",
                f"not all rules {describe_location(netns)} could be read",
                complaint,
                "install the program, or mend what it says",
            )


def check_unhooked(facts: HostFacts) -> Iterator[Finding]:
    """DOCKER-USER is asked before Docker's own rules; where nobody asks it, what is accepted there is in vain."""
    for netns, filters in facts.filters.items():
        for program in filters.unhooked:
            yield Finding(
                "docker_user_unhooked",
                ERROR if facts.ways_in(netns) else WARNING,
                f"DOCKER-USER of {program}",
                f"the chain DOCKER-USER is there ({program}) {describe_location(netns)}, and FORWARD does not jump to it: what it accepts is dropped all the same",
                f"{within(netns)}{program} -S FORWARD: no -j DOCKER-USER",
                f"{within(netns)}{program} -I FORWARD -j DOCKER-USER, or restart Docker; then run the topology again (option integrate: docker)",
            )
