# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Why the kernel of a namespace does not pass a packet on: its routes and rules. Pure."""

from __future__ import annotations

import errno
import os
from shlex import quote
from typing import TYPE_CHECKING

from ..._describe.places import describe_location, describe_netns
from ..._model.addresses import address_of, family_of, network_of
from ..._model.forwarding import forwarding_key
from ..._model.host_paths import is_own_route
from ..._model.routes import MAIN_TABLE
from ..commands import ip_command, sysctl_command
from ..facts.host_facts import REFUSING_TYPES
from ..findings import ERROR, format_ref
from .cause import INTENDED, Cause
from .detours import (
    divert,
    find_broadcasts,
    find_detours,
    find_local_routes,
    find_route,
    packets,
    show_lookup,
)
from .way import DELIVERED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..._model.policy_rules import PolicyRule
    from ..facts.host_facts import HostFacts
    from .traces import Trace
    from .way import Crossing, Lookup

_TYPES = {"blackhole": errno.EINVAL, "unreachable": errno.EHOSTUNREACH, "prohibit": errno.EACCES}


def _failed_crossing(trace: Trace) -> Crossing | None:
    """The hop that ends the way without delivering, if the packet came so far."""
    stage = trace.missing
    is_back = bool(trace.way_back) and (stage is None or stage.back)
    way = trace.way_back if is_back else trace.way
    if not way:
        return None
    end = way[-1]
    if end.hop.type == DELIVERED and not end.hop.errno:
        return None
    return end if stage is None or stage.crossing is end else None


def find_routes(facts: HostFacts, trace: Trace) -> Iterator[Cause]:
    """The route that refuses the packet, leads it elsewhere, or is missing."""
    yield from find_detours(facts, trace)
    end = _failed_crossing(trace)
    if end is None:
        return
    yield from find_local_routes(facts, end)
    yield from find_broadcasts(end)
    if end.hop.errno or end.hop.type in REFUSING_TYPES:
        yield _refused(facts, trace, end)
    elif end.hop.type == "unicast" and end.arrival is None and _is_known(trace, end):
        yield divert(facts, end)


def _is_known(trace: Trace, end: Crossing) -> bool:
    """Whether the next hop would be known if it existed: beyond the host's uplink it is not."""
    return not trace.flow.controlled or end.lookup.netns == trace.flow.netns


def _reverse_path(facts: HostFacts, end: Crossing) -> Cause | None:
    """The reverse path filter, if it is on: the kernel refused the source."""
    lookup = end.lookup
    keys = [f"net/ipv4/conf/{name}/rp_filter" for name in (lookup.arrival, "all")]
    values = [facts.sysctls.get((lookup.netns, key), "0") for key in keys]
    if end.hop.errno not in (errno.EXDEV, errno.EINVAL) or max(values) == "0":
        return None
    return Cause(
        "rp_filter",
        ERROR,
        format_ref((lookup.netns, lookup.arrival or "")),
        f"the reverse path filter {describe_location(lookup.netns)} drops {packets(lookup)}, "
        f"because the route back to {lookup.source} is by another interface",
        f"{show_lookup(lookup)}: {os.strerror(end.hop.errno)}; "
        + "; ".join(sysctl_command(lookup.netns, key) for key in keys),
        "; ".join(sysctl_command(lookup.netns, key, "2") for key in keys),
    )


def _refused(facts: HostFacts, trace: Trace, end: Crossing) -> Cause:
    """Why the kernel refuses a packet: the first reason that applies."""
    lookup = end.lookup
    found = (
        _not_forwarded(trace, end)
        or _rejected_by_rule(facts, end)
        or _rejected_by_route(facts, end)
        or _suppressed(facts, end)
        or (_reverse_path(facts, end) if lookup.arrival else None)
    )
    if found is not None:
        return found
    alone = _describe_addresses(facts, trace, lookup)
    return Cause(
        "no_route",
        ERROR,
        format_ref((lookup.netns, _arrival_link(trace, lookup) if alone else lookup.destination)),
        f"{describe_netns(lookup.netns)} has no route for {packets(lookup)}{alone}",
        _show_refusal(end),
        _suggest_route(facts, trace, lookup),
    )


def _show_refusal(end: Crossing) -> str:
    number = end.hop.errno or _TYPES.get(end.hop.type, 0)
    return f"{show_lookup(end.lookup)}: {end.hop.words or os.strerror(number)}"


def _not_forwarded(trace: Trace, end: Crossing) -> Cause | None:
    lookup, family = end.lookup, family_of(end.lookup.destination)
    key = forwarding_key(family, lookup.arrival or "")
    is_off = trace.settings.sysctls.get((lookup.netns, key)) == "0"
    if end.hop.errno != errno.EHOSTUNREACH or not is_off:
        return None
    return Cause(
        "forwarding_off",
        ERROR,
        format_ref((lookup.netns, f"ipv{family}:{lookup.arrival}")),
        f"{describe_netns(lookup.netns)} does not forward {packets(lookup)}",
        f"{sysctl_command(lookup.netns, key)}: 0",
        sysctl_command(lookup.netns, key, "1"),
    )


def _rejected_by_rule(facts: HostFacts, end: Crossing) -> Cause | None:
    lookup = end.lookup
    for rule in facts.policy_rules.get(lookup.netns, ()):
        if rule.action in REFUSING_TYPES and _applies(rule, lookup):
            return Cause(
                "rule_refuses",
                ERROR,
                format_ref((lookup.netns, f"rule {rule.priority}")),
                f"the policy routing rule {rule.describe()} of {describe_netns(lookup.netns)} "
                f"rejects {packets(lookup)}",
                _show_refusal(end),
                f"{ip_command(lookup.netns, rule.family)} rule del pref {rule.priority}",
            )
    return None


def _rejected_by_route(facts: HostFacts, end: Crossing) -> Cause | None:
    lookup = end.lookup
    route = find_route(facts, lookup, REFUSING_TYPES)
    if route is None:
        return None
    table = "" if route.table == MAIN_TABLE else f" table {route.table}"
    shown = f"{route.type} {route.destination}{table}"
    ip = ip_command(lookup.netns, family_of(lookup.destination))
    # A blackhole by a nexthop object is deleted as any route: so the type is left out.
    deleted = f"{route.destination}{table}"
    return Cause(
        INTENDED if is_own_route(route) else "route_refuses",
        ERROR,
        format_ref((lookup.netns, shown)),
        f"the route {shown} of {describe_netns(lookup.netns)} rejects {packets(lookup)}",
        _show_refusal(end),
        f"{ip} route del {deleted} metric {route.metric}",
    )


def _suppressed(facts: HostFacts, end: Crossing) -> Cause | None:
    """A rule that looks up the main table without its short routes, and no later one with them."""
    lookup = end.lookup
    family = family_of(lookup.destination)
    route = find_route(facts, lookup, ("unicast",))
    if route is None or route.table != MAIN_TABLE:
        return None
    rules = facts.selecting_rules(lookup.netns, MAIN_TABLE, family)
    limits = [rule.limits.suppressed_length for rule in rules]
    if not rules or any(limit is None for limit in limits):
        return None
    if max(limit or 0 for limit in limits) < network_of(route.destination).prefixlen:
        return None
    ip = ip_command(lookup.netns, family)
    return Cause(
        "rule_missing",
        ERROR,
        format_ref((lookup.netns, f"rule {rules[-1].priority}")),
        f"{describe_netns(lookup.netns)} has the route {route.destination} for {packets(lookup)}, "
        f"and no policy routing rule uses it: rule {rules[-1].priority} looks up table main "
        f"without routes of length {limits[-1]} or less",
        f"{ip} rule; {_show_refusal(end)}",
        f"{ip} rule add pref 32766 lookup main",
    )


def _applies(rule: PolicyRule, lookup: Lookup) -> bool:
    """Whether a rule can apply to a packet, as far as its conditions are known.

    The guard's own rules are for packets without a mark.
    """
    source = lookup.source or lookup.destination
    return (
        rule.family == family_of(lookup.destination)
        and rule.limits.mark is None
        and rule.limits.iif in (None, lookup.arrival or "lo")
        and (rule.to is None or address_of(lookup.destination) in network_of(rule.to))
        and (rule.source is None or address_of(source) in network_of(rule.source))
    )


def _describe_addresses(facts: HostFacts, trace: Trace, lookup: Lookup) -> str:
    """The addresses of the link by which the request came, if their networks are too small."""
    link = facts.current.links.get((lookup.netns, _arrival_link(trace, lookup)))
    alone = [
        text
        for text in (link.addresses or () if link is not None else ())
        if network_of(text).num_addresses == 1
        and family_of(text.split("/")[0]) == family_of(lookup.destination)
    ]
    if not alone or link is None:
        return ""
    return f"; {link.name} has {', '.join(alone)}, and so no network"


def _arrival_link(trace: Trace, lookup: Lookup) -> str:
    """The link of a namespace by which the packet, or its request, arrived; or that of the flow."""
    arrivals = [
        crossing.lookup.arrival
        for crossing in trace.way
        if crossing.lookup.netns == lookup.netns and crossing.lookup.arrival
    ]
    if arrivals:
        return arrivals[-1]
    ends = {
        trace.flow.to_netns: trace.flow.to_link,
        trace.flow.netns: trace.flow.link,
    }
    return ends.get(lookup.netns, "")


def _suggest_route(facts: HostFacts, trace: Trace, lookup: Lookup) -> str:
    """The command that adds a route to the network of the other end, if it is on the segment."""
    ip, address = ip_command(lookup.netns, family_of(lookup.destination)), lookup.destination
    device = _arrival_link(trace, lookup)
    networks = [
        network_of(text)
        for link in facts.current.links.values()
        for text in link.addresses or ()
        if text.split("/")[0] == address and network_of(text).num_addresses > 1
    ]
    network = str(networks[0]) if networks else f"{address}/{address_of(address).max_prefixlen}"
    if device:
        return f"{ip} route add {network} dev {quote(device)}  # option addresses"
    return f"{ip} route add {network} via GATEWAY  # module netns_route"
