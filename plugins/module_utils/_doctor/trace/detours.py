# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Packets that leave by another link than the one they should, or are taken for own ones. Pure."""

from __future__ import annotations

import errno
import os
from shlex import quote
from typing import TYPE_CHECKING

from ..._describe.places import describe_location, describe_netns
from ..._model.addresses import address_of, family_of, network_of
from ..._model.routes import LOCAL_TABLE, MAIN_TABLE, Route
from ..commands import ip_command
from ..findings import ERROR, format_ref
from .cause import Cause

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..._model.links import LinkRef
    from ..facts.host_facts import HostFacts
    from .traces import Trace
    from .way import Crossing, Lookup


def show_lookup(lookup: Lookup) -> str:
    """The command that asks the kernel for a route."""
    ip, words = ip_command(lookup.netns), f"route get {lookup.destination}"
    if lookup.arrival:
        words += f" from {lookup.source} iif {quote(lookup.arrival)}"
    protocol = "icmp" if family_of(lookup.destination) == 4 else "ipv6-icmp"
    return f"{ip} {words} ipproto {protocol}"


def packets(lookup: Lookup) -> str:
    arrival = f" that arrive by {lookup.arrival}" if lookup.arrival else ""
    return f"packets to {lookup.destination}{arrival}"


def find_route(facts: HostFacts, lookup: Lookup, types: tuple[str, ...]) -> Route | None:
    """The longest route of these types for a destination, in any table."""
    address = address_of(lookup.destination)
    found = [
        route
        for route in facts.current.routes.get(lookup.netns, ())
        if (route.type or "unicast") in types
        and family_of(route.destination) == address.version
        and address in network_of(route.destination)
        and route.table != LOCAL_TABLE
    ]
    return max(found, key=lambda route: network_of(route.destination).prefixlen, default=None)


def divert(facts: HostFacts, end: Crossing) -> Cause:
    """A route to where nobody has the next hop."""
    lookup, hop = end.lookup, end.hop
    family = family_of(lookup.destination)
    ip, device = ip_command(lookup.netns, family), hop.device or ""
    selected = f"by {hop.gateway} on {device}" if hop.gateway else f"by {device}"
    evidence = f"{show_lookup(lookup)}: dev {quote(device)}"
    if hop.table not in (MAIN_TABLE, LOCAL_TABLE, 0):
        for rule in facts.selecting_rules(lookup.netns, hop.table, family):
            return Cause(
                "route_diverts",
                ERROR,
                format_ref((lookup.netns, f"rule {rule.priority}")),
                f"the policy routing rule {rule.describe()} of {describe_netns(lookup.netns)} "
                f"leads {packets(lookup)} {selected}, where nothing has the next hop",
                f"{ip} rule; {evidence} table {hop.table}",
                f"{ip} rule del pref {rule.priority}",
            )
    route = find_route(facts, lookup, ("unicast",))
    shown = route.destination if route is not None else lookup.destination
    metric = f" metric {route.metric}" if route is not None and route.metric else ""
    gateway = _find_gateway(facts, (lookup.netns, device), family)
    remedy = f"{ip} route del {shown} dev {quote(device)}{metric}"
    if shown in ("0.0.0.0/0", "::/0") and hop.gateway is None and gateway:
        remedy = f"{ip} route replace default via {gateway}{metric}  # module netns_route"
    return Cause(
        "route_diverts",
        ERROR,
        format_ref((lookup.netns, shown)),
        f"the route {shown} of {describe_netns(lookup.netns)} leads {packets(lookup)} {selected}, "
        "where nothing has the next hop",
        evidence,
        remedy,
    )


def _find_gateway(facts: HostFacts, ref: LinkRef, family: int) -> str | None:
    """The host's address on the segment of a link."""
    addresses = [
        text.split("/")[0]
        for link in facts.segments.links_with(ref)
        if link.netns is None
        for text in link.addresses or ()
    ]
    return next((address for address in addresses if family_of(address) == family), None)


def find_detours(facts: HostFacts, trace: Trace) -> Iterator[Cause]:
    """Packets to the other end of a segment that leave by another segment."""
    flow = trace.flow
    if flow.controlled:
        return
    for way, device in ((trace.way, flow.link), (trace.way_back, flow.to_link)):
        if not way or way[0].hop.errno or way[0].hop.type != "unicast":
            continue
        lookup = way[0].lookup
        found = way[0].hop.device or ""
        if not facts.segments.are_joined((lookup.netns, found), (lookup.netns, device)):
            yield _detour(facts, way[0], device)


def _detour(facts: HostFacts, first: Crossing, device: str) -> Cause:
    lookup, hop = first.lookup, first.hop
    network = _network_on(facts, (lookup.netns, device), lookup.destination)
    has_own = any(
        route.destination == network and route.device == device
        for route in facts.current.routes.get(lookup.netns, ())
    )
    if network is None or has_own:
        return divert(facts, first)
    ip = ip_command(lookup.netns, family_of(lookup.destination))
    return Cause(
        "route_diverts",
        ERROR,
        format_ref((lookup.netns, network)),
        f"the route to {network} by {device} is missing {describe_location(lookup.netns)}, and "
        f"{packets(lookup)} leave by {hop.device}",
        f"{show_lookup(lookup)}: dev {quote(hop.device or '')}",
        f"{ip} route add {network} dev {quote(device)}",
    )


def _network_on(facts: HostFacts, ref: LinkRef, destination: str) -> str | None:
    """The network of an address of a link that contains a destination."""
    link, address = facts.current.links.get(ref), address_of(destination)
    networks = [network_of(text) for text in (link.addresses or () if link is not None else ())]
    found = [n for n in networks if n.version == address.version and address in n]
    return str(found[0]) if found else None


def find_broadcasts(end: Crossing) -> Iterator[Cause]:
    """A destination that table local takes for a broadcast or multicast address."""
    lookup = end.lookup
    ip = ip_command(lookup.netns, family_of(lookup.destination))
    if end.hop.type in ("broadcast", "anycast", "multicast"):
        shown = f"{end.hop.type} {lookup.destination} dev {quote(end.hop.device or 'lo')}"
        yield Cause(
            "route_refuses",
            ERROR,
            format_ref((lookup.netns, f"{end.hop.type} {lookup.destination}")),
            f"{describe_netns(lookup.netns)} takes {lookup.destination} for a {end.hop.type} "
            "address, to which programs do not send",
            f"{show_lookup(lookup)}: {end.hop.type}",
            f"{ip} route del {shown} table local  # and the address with that broadcast address",
        )


def find_local_routes(facts: HostFacts, end: Crossing) -> Iterator[Cause]:
    """An own address that is missing in table local, and another's that is there."""
    lookup = end.lookup
    ip = ip_command(lookup.netns, family_of(lookup.destination))
    for link in facts.links_of(lookup.netns):
        if end.hop.errno in (errno.EINVAL, errno.EXDEV):
            break  # the source was refused
        if lookup.destination in {text.split("/")[0] for text in link.addresses or ()}:
            shown = f"local {lookup.destination} dev {quote(link.name)}"
            yield Cause(
                "no_route",
                ERROR,
                format_ref((lookup.netns, f"local {lookup.destination}")),
                f"table local {describe_location(lookup.netns)} lacks the address "
                f"{lookup.destination} of {link.name}, so that its packets are not accepted",
                f"{ip} route show table local: no {shown}",
                f"{ip} route add {shown} table local",
            )
    if end.hop.errno != errno.EINVAL or lookup.source is None:
        return
    for route in facts.current.routes.get(lookup.netns, ()):
        if route.type == "local" and address_of(lookup.source) in network_of(route.destination):
            shown = f"local {route.destination} table {route.table}"
            yield Cause(
                "route_refuses",
                ERROR,
                format_ref((lookup.netns, shown)),
                f"the route {shown} {describe_location(lookup.netns)} makes {lookup.source} its "
                "own address, and it refuses packets from there",
                f"{show_lookup(lookup)}: {os.strerror(errno.EINVAL)}",
                f"{ip} route del {shown}",
            )
