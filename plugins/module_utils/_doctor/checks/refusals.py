# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of destinations that the kernel refuses to send to, though they are on the next link."""

from __future__ import annotations

import ipaddress
import os
from shlex import quote
from typing import TYPE_CHECKING

from ..._describe.places import describe_location, describe_netns
from ..._model.addresses import Network, address_of, family_of
from ..._model.routes import KERNEL_ROUTE, LAB_ROUTES, MAIN_TABLE, SINGLE_ROUTE, Route
from ..commands import ip_command
from ..facts.host_facts import REFUSING_TYPES, HostFacts
from ..facts.neighbourhood import Neighbourhood, find_neighbourhood
from ..findings import (
    ERROR,
    INFO,
    Finding,
    format_ref,
    netns_location,
    traffic_location,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_OWN_PROTOCOLS = (SINGLE_ROUTE, *LAB_ROUTES)
"""The route protocols of this collection."""
_MAX_SHOWN = 4


def _select_route(address: str, routes: Sequence[tuple[Network, Route]]) -> Route | None:
    """The route that the kernel selects: the longest prefix, then the lowest metric."""
    matching = [
        (network, route)
        for network, route in routes
        if network.version == family_of(address) and address_of(address) in network
    ]
    if not matching:
        return None
    return min(matching, key=lambda item: (-item[0].prefixlen, item[1].metric))[1]


def _route_key(route: Route) -> tuple[str | None, int, str, str | None]:
    return route.netns, route.table, route.destination, route.type


def _refuses(route: Route) -> bool:
    """Whether a route rejects packets, or delivers them to the loopback and so to nobody."""
    return route.type in REFUSING_TYPES or (
        route.device == "lo"
        and route.type in (None, "unicast")
        and route.gateway is None
        and route.protocol != KERNEL_ROUTE  # an address of the loopback
    )


def check_refusing_routes(facts: HostFacts) -> Iterator[Finding]:
    """Blackhole, unreachable and prohibit routes that match a neighbour, and routes to loopback.

    An undeclared route of this collection is intended, and a finding of severity info.
    """
    resources = facts.desired.present if facts.desired else ()
    declared = {_route_key(route) for route in resources if isinstance(route, Route)}
    for netns, all_routes in facts.current.routes.items():
        routes = [
            (ipaddress.ip_network(route.destination), route)
            for route in all_routes
            if route.table == MAIN_TABLE
        ]
        if not any(_refuses(route) for _network, route in routes):
            continue
        neighbourhood = find_neighbourhood(facts, netns)
        refused: dict[Route, list[str]] = {}
        for address in sorted(neighbourhood.neighbours):
            route = _select_route(address, routes)
            if route and _refuses(route) and _route_key(route) not in declared:
                refused.setdefault(route, []).append(address)
        for route, addresses in refused.items():
            yield _refusing_route(route, neighbourhood, addresses)


def _refusing_route(route: Route, neighbourhood: Neighbourhood, addresses: list[str]) -> Finding:
    netns, effect = route.netns, "rejects packets to"
    shown = f"{route.type} {route.destination}"
    if route.type not in REFUSING_TYPES:
        shown, effect = f"{route.destination} dev lo", "sends to the loopback what is for"
    neighbours = {address: neighbourhood.neighbours[address] for address in addresses}
    listed = ", ".join(
        f"{format_ref(neighbours[address].ref)} ({address})" for address in addresses[:_MAX_SHOWN]
    )
    in_both_directions = {(netns, address) for address in addresses}
    in_both_directions |= {
        (link.netns, own) for link in neighbours.values() for own in neighbourhood.own_addresses
    }
    is_own = route.protocol in _OWN_PROTOCOLS
    ip = ip_command(netns, family_of(route.destination))
    return Finding(
        "route_refuses",
        INFO if is_own else ERROR,
        format_ref((netns, shown)),
        f"the route {shown} {describe_location(netns)} {effect} {listed}, on the next link",
        f"{ip} route show {route.destination}: {shown.split()[0]}",
        f"{ip} route del {shown.removeprefix(f'{route.type} ')} metric {route.metric}",
        affects=frozenset() if is_own else frozenset(in_both_directions),
    )


def check_refused_gateways(facts: HostFacts) -> Iterator[Finding]:
    """Gateways to which the kernel did not send a packet."""
    for (netns, gateway, device), number in sorted(facts.refused_gateways.items(), key=str):
        family = family_of(gateway)
        rules = [
            rule.describe()
            for rule in facts.policy_rules.get(netns, ())
            if rule.family == family and rule.action in REFUSING_TYPES
        ]
        suspects = f"; policy routing rules: {', '.join(rules[:_MAX_SHOWN])}" if rules else ""
        # A lookup with oif always succeeds, as if the target were on the link; a link-local
        # address needs it all the same.
        oif = f" oif {quote(device)}" if gateway.startswith("fe80:") else ""
        ip, error = ip_command(netns, family), os.strerror(number)
        depends_on = {
            (netns, gateway),
            (netns, device),
            traffic_location(netns_location(netns), family),
        }
        if netns is not None:
            depends_on.add(netns_location(netns))
        yield Finding(
            "send_refused",
            ERROR,
            format_ref((netns, gateway)),
            f"the kernel refuses to send to the gateway {gateway} of {describe_netns(netns)} "
            f"on {device}: {error}{suspects}",
            f"{ip_command(netns)} route get {gateway}{oif} ipproto udp dport 9: {error}",
            f"remove the rule or route that rejects it ({ip} rule; "
            f"{ip} route show table all match {gateway}), or add the one that is missing",
            depends_on=frozenset(depends_on),
        )
