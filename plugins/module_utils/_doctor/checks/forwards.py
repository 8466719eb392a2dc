# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of what answers for a forwarded port or a service: it needs a way back to its clients."""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING

from ..._describe.nat import describe_nat, describe_target
from ..._model.addresses import family_of
from ..._model.nat import Dnat, Masquerade, Ruleset
from ..commands import ip_command
from ..facts.host_facts import REFUSING_TYPES
from ..findings import WARNING, Finding, format_ref, netns_location, ruleset_location

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..._model.links import Link
    from ..facts.host_facts import HostFacts

_DEFAULT_ROUTES = {4: "0.0.0.0/0", 6: "::/0"}


def _has_way_back(facts: HostFacts, netns: str | None, family: int) -> bool:
    """Whether a namespace reaches more than its own networks."""
    return any(
        family_of(route.destination) == family
        and route.type not in REFUSING_TYPES
        and (route.gateway or route.nexthops or route.destination == _DEFAULT_ROUTES[family])
        for route in facts.current.routes.get(netns, ())
    )


def _hides_clients(ruleset: Ruleset, forward: Dnat) -> bool:
    """Whether the target sees an address of its own network instead of the client's."""
    return any(
        isinstance(resource, Masquerade)
        and resource.translated
        and resource.out_interface == forward.device
        for resource in ruleset.resources
    )


def check_forward_replies(facts: HostFacts) -> Iterator[Finding]:
    """Forwards to a namespace that has no route to the clients."""
    for netns, ruleset in facts.current.rulesets.items():
        for forward in ruleset.resources:
            if not isinstance(forward, Dnat) or not forward.device:
                continue
            target = facts.segments.find_holder((netns, forward.device), forward.to_address)
            if (
                target is None
                or target.netns == netns
                or _has_way_back(facts, target.netns, forward.family)
                or _hides_clients(ruleset, forward)
            ):
                continue
            yield _forward_without_reply(facts, forward, target)


def _forward_without_reply(facts: HostFacts, forward: Dnat, target: Link) -> Finding:
    ip = ip_command(target.netns, forward.family)
    gateway = next(
        (
            text.split("/")[0]
            for text in facts.current.links[forward.netns, forward.device or ""].addresses or ()
            if family_of(text.split("/")[0]) == forward.family
        ),
        "GATEWAY",
    )
    return Finding(
        "forward_unanswered",
        WARNING,
        format_ref((target.netns, forward.to_address)),
        f"the {describe_nat(forward)} leads to {describe_target(forward)} in namespace "
        f"{target.netns}, which has no route to the clients: only clients in its own networks get "
        "a reply",
        f"{ip} route show default: nothing",
        f"{ip} route add default via {gateway}  # module netns_route",
        depends_on=frozenset(
            {target.ref, netns_location(target.netns), ruleset_location(forward.netns)}
        ),
    )


def check_stranded_processes(facts: HostFacts) -> Iterator[Finding]:
    """Services in a namespace that was removed and created again."""
    for process in facts.stranded_processes:
        remedy = (
            f"systemctl restart {quote(process.unit)}"
            if process.unit
            else f"kill {process.pid}  # then start it again in namespace {quote(process.netns)}"
        )
        yield Finding(
            "service_stranded",
            WARNING,
            format_ref((process.netns, f"process {process.pid}")),
            f"{process.unit or process.command} (process {process.pid}) is still in the former "
            f"namespace {process.netns}, which was removed and created again: nobody reaches it",
            f"ip netns identify {process.pid}: not {process.netns}",
            remedy,
        )
