# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a route reaches its gateway.

This is checked while planning: the kernel would only report an invalid gateway.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._describe.places import describe_location, describe_netns
from .._describe.routes import describe_route
from .._model.addresses import Network, address_of, network_of
from .._model.errors import Refused
from .._model.routes import KERNEL_ROUTE, Nexthop, Route
from .assumptions import may_be_added

if TYPE_CHECKING:
    import ipaddress

    from .._model.links import Link
    from .projection import Projection


def check_path(projection: Projection, route: Route) -> None:
    """Check that the kernel takes the next hops and the source address of a route.

    :raises Refused: if a device does not exist or is down, if a gateway cannot be reached, or if
        the source is not an address of the namespace.
    """
    hops = route.nexthops or (Nexthop(route.gateway, route.device, onlink=bool(route.onlink)),)
    for hop in hops:
        if hop.device is not None:
            link = projection.need_link(
                "device", route.netns, hop.device, f"route {describe_route(route)}"
            )
            if not link.up:
                raise Refused(
                    "device",
                    hop.device,
                    f"is down {describe_location(route.netns)}; the kernel would refuse a route "
                    "through it",
                )
        _check_gateway(projection, route, hop)
    if route.source is not None:
        _check_source(projection, route, route.source)


def find_device_to_name(projection: Projection, route: Route) -> str | None:
    """The device that a route has to name; None where the kernel finds it.

    The kernel could take a link that is removed later in the plan, and the route would go with it.
    """
    if route.gateway is None:
        return None
    gateway = address_of(route.gateway)
    for link in projection.departing:
        if link.netns == route.netns and any(
            gateway in network_of(text) for text in link.addresses or ()
        ):
            return find_device(projection, route)
    return None


def find_device(projection: Projection, route: Route) -> str | None:
    """The link on whose network the gateway of a route is."""
    if route.gateway is None:
        return None
    gateway = address_of(route.gateway)
    for network, link in _networks_on_links(projection, route.netns):
        if gateway in network:
            return link.name
    return None


def _prefix_length(entry: tuple[Network, Link]) -> int:
    return entry[0].prefixlen


def _networks_on_links(projection: Projection, netns: str | None) -> list[tuple[Network, Link]]:
    """The networks whose hosts are neighbours, longest prefix first.

    They are those of addresses or their peers, and of routes without a gateway.
    """
    found = []
    peers = projection.current.peers
    for link in projection.links.in_netns(netns):
        for address in link.addresses or ():
            found.append((network_of(peers.get((link.ref, address), address)), link))
    for route in projection.routes.get(netns, ()):
        device = projection.links.get((netns, route.device or ""))
        if (
            device is not None
            and route.gateway is None
            and route.type in (None, "unicast")
            and route.protocol != KERNEL_ROUTE
        ):
            found.append((network_of(route.destination), device))
    return sorted(found, key=_prefix_length, reverse=True)


def _check_gateway(projection: Projection, route: Route, hop: Nexthop) -> None:
    gateway = hop.gateway
    if gateway is None:
        return
    for link in projection.links.in_netns(route.netns):
        if any(text.split("/")[0] == gateway for text in link.addresses or ()):
            raise Refused(
                "gateway",
                gateway,
                f"is an address of {describe_netns(route.netns)} itself (on {link.name}), not of "
                "a gateway",
            )
    address = address_of(gateway)
    _check_is_no_broadcast(projection, route, address)
    if address.is_link_local and address.version == 6:
        if hop.device is None:
            raise Refused("gateway", gateway, "is a link-local address, which requires device")
        _check_is_not_own(projection, route, gateway, hop.device)
        return
    if not hop.onlink:
        _check_gateway_is_neighbour(projection, route, gateway, hop.device)


def _check_is_not_own(projection: Projection, route: Route, gateway: str, device: str) -> None:
    """Check that a link-local gateway is not the address of the link to it."""
    link = projection.links.get((route.netns, device))
    if link is not None and any(text.split("/")[0] == gateway for text in link.link_locals or ()):
        rule = f"is an address of {describe_netns(route.netns)} itself (on {device})"
        raise Refused("gateway", gateway, f"{rule}, not of a gateway")


def _check_is_no_broadcast(
    projection: Projection, route: Route, gateway: ipaddress.IPv4Address | ipaddress.IPv6Address
) -> None:
    """Check that a gateway is not the broadcast address of a network: the kernel takes none."""
    if gateway.version == 6:
        return
    for network, link in _networks_on_links(projection, route.netns):
        if network.version == 4 and network.prefixlen < 31 and gateway == network.broadcast_address:
            raise Refused(
                "gateway",
                str(gateway),
                f"is the broadcast address of {network}, the network of {link.name} "
                f"{describe_location(route.netns)}, and not that of a gateway",
            )


def _check_gateway_is_neighbour(
    projection: Projection, route: Route, gateway: str, device: str | None
) -> None:
    address = address_of(gateway)
    networks = _networks_on_links(projection, route.netns)
    reasons = []
    for network, link in networks:
        if address not in network:
            continue
        if device not in (None, link.name):
            reasons.append(f"its network {network} is on {link.name}, not on {device}")
        elif not link.up:
            reasons.append(f"its network {network} is on {link.name}, which is down")
        else:
            return
    where = describe_netns(route.netns)
    if reasons:
        raise Refused("gateway", gateway, f"cannot be reached from {where}: {'; '.join(reasons)}")
    if may_be_added(projection, route.netns):
        projection.builder.notes.append(
            f"assume an address on the network of gateway {gateway} in {where}, which does not "
            f"exist yet, for route {describe_route(route)}"
        )
        return
    listed = sorted({str(network) for network, link in networks if link.name != "lo"})
    has = f"it has {', '.join(listed)}" if listed else "it has no addresses"
    raise Refused(
        "gateway",
        gateway,
        f"cannot be reached from {where}: no address on the gateway's network ({has})",
    )


def _check_source(projection: Projection, route: Route, source: str) -> None:
    for link in projection.links.in_netns(route.netns):
        if any(text.split("/")[0] == source for text in link.addresses or ()):
            return
    if not may_be_added(projection, route.netns):
        raise Refused("source", source, f"is not an address of {describe_netns(route.netns)}")
    projection.builder.notes.append(
        f"assume address {source} {describe_location(route.netns)}, which does not exist yet, for "
        f"route {describe_route(route)}"
    )
