# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Declared traffic that leaves a lab, and that the host does not forward. A plan tells of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._describe.nat import describe_nat
from .._describe.places import describe_location, describe_netns
from .._model.addresses import family_of, is_part, network_of
from .._model.nat import Dnat, Isolation, Masquerade
from .._model.routes import Route
from .nat_networks import own_addresses

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .._model.resources import NatRule
    from .projection import Projection


def warn_of_closed_gateways(projection: Projection, rules: Iterable[NatRule]) -> None:
    """Warn of declared routes by the host whose packets an isolated lab drops.

    :param rules: the rules that the host will have.
    """
    rules = list(rules)
    isolations = {
        rule.interface: rule
        for rule in rules
        if isinstance(rule, Isolation) and rule.owner == projection.request.lab
    }
    served = {(rule.device, rule.family) for rule in rules if isinstance(rule, (Masquerade, Dnat))}
    within = [network_of(text) for rule in isolations.values() for text in rule.networks]
    closed: dict[tuple[str, int], Route] = {}
    for interface, route in _routes_by_host(projection, isolations):
        key = (interface, family_of(route.destination))
        destination = network_of(route.destination)
        if key not in served and not any(is_part(destination, other) for other in within):
            closed.setdefault(key, route)
    for (interface, family), route in closed.items():
        projection.builder.warnings.append(
            f"{describe_netns(route.netns)} has a route to {route.destination} by the host, which "
            f"does not forward IPv{family} from {interface} out of the lab: add masquerade (source "
            "NAT), or routed if the other networks have routes back to the lab"
        )


def warn_of_missing_uplink(
    projection: Projection, netns: str | None, rules: Iterable[NatRule]
) -> None:
    """Warn of masquerades for which no interface has an address yet by which replies come in.

    IPv6 forwarding is enabled for all interfaces, and so for those that come later.

    :param rules: the rules that the task declares.
    """
    masquerades = [rule for rule in rules if isinstance(rule, Masquerade)]
    inside = {"lo", *(rule.device for rule in masquerades)}
    has_uplink = any(
        link.name not in inside and any(family_of(text) == 4 for text in link.addresses or ())
        for link in projection.links.in_netns(netns)
    )
    for rule in masquerades:
        if rule.family == 4 and not rule.out_interface and not has_uplink:
            projection.builder.warnings.append(
                f"{describe_nat(rule)}: {describe_location(netns)} no other interface has an IPv4 "
                "address yet, so that forwarding is enabled on none; run the task again when the "
                "uplink has one, or set out_interface"
            )


def _routes_by_host(
    projection: Projection, isolations: dict[str, Isolation]
) -> Iterator[tuple[str, Route]]:
    """The declared routes of namespaces to a gateway that is the host, each with the interface."""
    gateways = {
        text.partition("/")[0]: link.name
        for link in projection.links.in_netns(None)
        if link.name in isolations
        for text in link.addresses or ()
    }
    own = own_addresses(projection, None)
    for route in projection.request.desired.present:
        if not isinstance(route, Route) or route.netns is None:
            continue
        network = network_of(route.destination)
        if network.prefixlen == network.max_prefixlen and str(network.network_address) in own:
            continue
        for gateway in (route.gateway, *(hop.gateway for hop in route.nexthops or ())):
            if gateway in gateways:
                yield gateways[gateway], route
