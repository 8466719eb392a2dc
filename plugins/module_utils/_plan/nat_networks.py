# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The networks that a namespace reaches by each of its interfaces, for NAT and isolation."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from .._model.addresses import is_part, network_of
from .._model.fast_replace import replace
from .._model.nat import Dnat, Isolation
from .._model.routes import MAIN_TABLE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .._model.resources import NatRule
    from .._model.routes import Route
    from .projection import Projection

_DEFAULT_ROUTES = ("0.0.0.0/0", "::/0")


def connected_networks(projection: Projection, netns: str | None) -> list[tuple[str, str]]:
    """The networks of addresses and of routes in a namespace, as (network, device).

    Default routes are not listed.
    """
    found = []
    for link in projection.links.in_netns(netns):
        for address in link.addresses or ():
            found.append((str(network_of(address)), link.name))
    for route in projection.routes.get(netns, ()):
        if route.destination in _DEFAULT_ROUTES:
            continue
        if route.device and route.type in (None, "unicast"):
            found.append((route.destination, route.device))
        elif route.gateway and not route.device:
            # A route of this plan: the kernel finds its device by the gateway.
            gateway = ipaddress.ip_address(route.gateway)
            devices = [name for network, name in found if gateway in network_of(network)]
            if devices:
                found.append((route.destination, devices[0]))
    return found


def own_addresses(projection: Projection, netns: str | None) -> frozenset[str]:
    """Return the addresses of a namespace, without prefix lengths."""
    return frozenset(
        text.partition("/")[0]
        for link in projection.links.in_netns(netns)
        for text in link.addresses or ()
    )


def find_default_device(projection: Projection, netns: str | None, family: int) -> str | None:
    """Return the interface of the default route that the kernel prefers; None without one."""
    destination = _DEFAULT_ROUTES[family == 6]
    found = [
        (route.metric, device)
        for route in projection.routes.get(netns, ())
        if route.destination == destination
        and route.table == MAIN_TABLE
        and route.type in (None, "unicast")
        for device in _devices(projection, route)
        if device
    ]
    return min(found)[1] if found else None


def with_targets_outside(
    projection: Projection, netns: str | None, rules: Iterable[NatRule]
) -> list[NatRule]:
    """Return rules, each port forward with the interface to a target that is in no network here.

    A target that the host itself has is not behind an interface. One that the default route leads
    to is behind that only for a hairpin: without it, clients on that side may have another way.
    """
    own = own_addresses(projection, netns)
    found: list[NatRule] = []
    for rule in rules:
        if isinstance(rule, Dnat) and rule.to_address in own:
            rule = replace(rule, device=None)
        elif isinstance(rule, Dnat) and rule.hairpin and not rule.device:
            rule = replace(rule, device=find_default_device(projection, netns, rule.family))
        found.append(rule)
    return found


def with_routed_networks(
    projection: Projection, netns: str | None, rules: Iterable[NatRule]
) -> list[NatRule]:
    """Return rules, each isolation with the networks that are reached by its interface.

    The guard needs them, and a backend that cannot look up routes itself.
    """
    destinations: dict[str | None, list[str]] = {}
    # A backend that looks up routes itself needs no default route, and keeps none.
    left_out = () if projection.current.backends.get(netns) == "iptables" else _DEFAULT_ROUTES
    for route in projection.routes.get(netns, ()):
        if route.type in (None, "unicast") and route.destination not in left_out:
            for device in _devices(projection, route):
                destinations.setdefault(device, []).append(route.destination)
    return [
        replace(rule, routed=_list_beyond(rule.networks, destinations.get(rule.interface, ())))
        if isinstance(rule, Isolation)
        else rule
        for rule in rules
    ]


def _list_beyond(own: Iterable[str], destinations: Iterable[str]) -> tuple[str, ...]:
    """Return the destinations that are not part of another one, or of the networks ``own``."""
    networks = [network_of(text) for text in own]
    found: list[str] = []
    for text in sorted({*destinations}, key=_by_length):
        network = network_of(text)
        if not any(is_part(network, other) for other in networks):
            networks += [network] if network.prefixlen else []
            found.append(text)
    return tuple(sorted(found))


def _by_length(text: str) -> tuple[int, str]:
    return network_of(text).prefixlen, text


def _devices(projection: Projection, route: Route) -> Iterator[str | None]:
    """Return the devices of a route; of a route of this plan, those that lead to its gateways."""
    for hop in route.nexthops or (route,):
        yield hop.device or _device_of_gateway(projection, route.netns, hop.gateway)


def _device_of_gateway(
    projection: Projection, netns: str | None, gateway: str | None
) -> str | None:
    if gateway is None:
        return None
    address = ipaddress.ip_address(gateway)
    for link in projection.links.in_netns(netns):
        if any(address in network_of(text) for text in link.addresses or ()):
            return link.name
    return None


def links_with_ipv4(projection: Projection, netns: str | None) -> frozenset[str]:
    """The links by which answers can come in when no rule names an interface.

    Only the plugins of CNI know which addresses an interface gets, so each of theirs counts.
    """
    attached = frozenset(name for where, name in projection.attached if where == netns)
    return attached.union(
        link.name
        for link in projection.links.in_netns(netns)
        if link.name != "lo" and any(":" not in text for text in link.addresses or ())
    )
