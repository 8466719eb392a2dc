# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan for routes, and why a gateway cannot be reached, decided before the kernel says "invalid gateway"."""

from __future__ import annotations

from typing import List, Optional, Tuple

from .._describe.places import describe_location, describe_netns
from .._describe.routes import DEFAULTS, describe_destination, describe_route
from .._model.addresses import address_of, network_of
from .._model.errors import Conflict, Refused
from .._model.fast_replace import replace
from .._model.links import Link
from .._model.routes import KERNEL_ROUTE, LAB_ROUTES, SINGLE_ROUTE, Nexthop, Route, route_protocol
from .phases import Phase
from .projection import Projection

_COMPARED = ("type", "source", "scope", "onlink", "mtu")
_PROTOCOLS = {
    2: "the kernel",
    3: "a boot script",
    4: "an administrator",
    9: "a router advertisement",
    16: "DHCP",
}
_OURS = (SINGLE_ROUTE, *LAB_ROUTES)
_REMOVABLE = ("unicast", "blackhole", "unreachable", "prohibit")


def _lengths(network: str) -> int:
    return network_of(network).prefixlen


def _networks_on_link(projection: Projection, netns: Optional[str]) -> List[Tuple[str, Link]]:
    """Networks whose hosts are neighbours, longest first: by addresses of links, and by routes without a gateway."""
    found = []
    for link in projection.links_in(netns):
        for address in link.addresses or ():
            found.append((str(network_of(address)), link))
    for route in projection.routes.get(netns, ()):
        link_of_route = projection.links.get((netns, route.device or ""))
        if (
            link_of_route is not None
            and route.gateway is None
            and route.type in (None, "unicast")
            and route.protocol != KERNEL_ROUTE
        ):
            found.append((route.destination, link_of_route))
    return sorted(found, key=lambda pair: -_lengths(pair[0]))


def _check_gateway(projection: Projection, route: Route, hop: Nexthop) -> None:
    gateway = hop.gateway
    if gateway is None:
        return
    address = address_of(gateway)
    for link in projection.links_in(route.netns):
        if any(text.split("/")[0] == gateway for text in link.addresses or ()):
            raise Refused(
                "gateway",
                gateway,
                f"is an address of {describe_netns(route.netns)} itself (on {link.name}), so it leads nowhere",
            )
    if address.is_link_local and address.version == 6:
        if hop.device is None:
            raise Refused("gateway", gateway, "is link-local and needs device")
        return
    if hop.onlink:
        return
    reasons = []
    for network, link in _networks_on_link(projection, route.netns):
        if address not in network_of(network):
            continue
        if hop.device not in (None, link.name):
            reasons.append(f"its network {network} is on {link.name}, not on {hop.device}")
        elif not link.up:
            reasons.append(f"its network {network} is on {link.name}, which is down")
        else:
            return
    _refuse_gateway(projection, route, gateway, reasons)


def _resolve_device(projection: Projection, route: Route) -> Optional[str]:
    """The interface to name where the kernel could take one that is about to leave, and the route with it."""
    if route.gateway is None:
        return None
    gateway = address_of(route.gateway)
    rivals = [
        text
        for link in projection.leaving
        if link.netns == route.netns
        for text in link.addresses or ()
    ]
    if not any(gateway in network_of(text) for text in rivals):
        return None
    return _find_device(projection, route)


def _find_device(projection: Projection, route: Route) -> Optional[str]:
    """The interface by which a route's gateway is a neighbour."""
    if route.gateway is None:
        return None
    gateway = address_of(route.gateway)
    return next(
        (
            link.name
            for network, link in _networks_on_link(projection, route.netns)
            if gateway in network_of(network)
        ),
        None,
    )


def _refuse_gateway(projection: Projection, route: Route, gateway: str, reasons: List[str]) -> None:
    where = describe_netns(route.netns)
    if reasons:
        raise Refused("gateway", gateway, f"cannot be reached from {where}: {'; '.join(reasons)}")
    if projection.assume:
        projection.notes.append(
            f"assume an address on the network of gateway {gateway} in {where}, which is not there yet, for route {describe_route(route)}"
        )
        return
    networks = sorted(
        {
            network
            for network, link in _networks_on_link(projection, route.netns)
            if link.name != "lo"
        }
    )
    has = f"it has {', '.join(networks)}" if networks else "it has no addresses at all"
    raise Refused(
        "gateway",
        gateway,
        f"cannot be reached from {where}: no address on the gateway's network ({has})",
    )


def _check_path(projection: Projection, route: Route) -> None:
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
                    f"is down {describe_location(route.netns)}; a route through it would be refused",
                )
        _check_gateway(projection, route, hop)
    if route.source is not None:
        held = {
            text.split("/")[0]
            for link in projection.links_in(route.netns)
            for text in link.addresses or ()
        }
        if route.source not in held:
            if not projection.assume:
                raise Refused(
                    "source", route.source, f"is not an address of {describe_netns(route.netns)}"
                )
            projection.notes.append(
                f"assume address {route.source} {describe_location(route.netns)}, which is not there yet, for route {describe_route(route)}"
            )


def _hop_matches(wanted: Nexthop, current: Nexthop) -> bool:
    return (wanted.gateway, wanted.weight) == (
        current.gateway,
        current.weight,
    ) and wanted.device in (
        None,
        current.device,
    )


def _leads_elsewhere(wanted: Route, current: Route) -> bool:
    """Whether the two have other next hops; a device that is not given is the one that leads to the gateway."""
    if wanted.nexthops is None:
        return (
            current.nexthops is not None
            or wanted.gateway != current.gateway
            or wanted.device not in (None, current.device)
        )
    hops = current.nexthops or ()
    return len(hops) != len(wanted.nexthops) or not all(map(_hop_matches, wanted.nexthops, hops))


def _differs(wanted: Route, current: Route) -> bool:
    return _leads_elsewhere(wanted, current) or any(
        getattr(wanted, name) not in (None, getattr(current, name)) for name in _COMPARED
    )


def _may_alter(projection: Projection, route: Route) -> bool:
    """Ours; and where a topology is at work, not of another."""
    return route.protocol in (
        _OURS if projection.lab is None else (SINGLE_ROUTE, route_protocol(projection.lab))
    )


def _check_number(projection: Projection, wanted: Route) -> None:
    """Refuse a route of which nobody could tell whose it is, when one of two topologies goes."""
    if (
        projection.lab is None
        or getattr(projection.namespaces.get(wanted.netns or ""), "owner", None) == projection.lab
    ):
        return
    device = wanted.device or _find_device(projection, wanted)
    others = (
        []
        if getattr(projection.links.get((wanted.netns, device or "")), "owner", None)
        == projection.lab
        else sorted(projection.current.labs_with_same_route_protocol(projection.lab))
    )
    if others:
        rule = f"gives routes the number that topology {others[0]} gives its own, so nobody could tell whose {describe_route(wanted)} is; take another name"
        raise Conflict("name", projection.lab, rule)


def _describe_protocol(route: Route) -> str:
    if route.protocol in _OURS:
        return "another topology"
    return _PROTOCOLS.get(route.protocol or 0, f"somebody else (protocol {route.protocol})")


def plan_route(projection: Projection, wanted: Route) -> None:
    """A route: found as it is wanted, altered if it is ours, refused where somebody else's stands in its place."""
    projection.need_netns(wanted.netns, f"route {describe_route(wanted)}")
    routes = projection.routes.setdefault(wanted.netns, [])
    same = [route for route in routes if route.key == wanted.key]
    if any(not _differs(wanted, route) for route in same):
        return
    force = projection.permits("force", wanted)
    for route in same:
        if not _may_alter(projection, route) and not force:
            stands = f"{describe_netns(wanted.netns)} has {describe_route(route)}, made by {_describe_protocol(route)}"
            raise Conflict(
                "destination", describe_destination(wanted), f"{stands}; force would replace it"
            )
    if (
        wanted.destination in DEFAULTS
        and not same
        and not force
        and not projection.permits("metric", wanted)
    ):
        for route in routes:
            if (
                route.destination == wanted.destination
                and route.table == wanted.table
                and not _may_alter(projection, route)
            ):
                stands = f"{describe_netns(wanted.netns)} has {describe_route(route)}, made by {_describe_protocol(route)}"
                raise Conflict(
                    "destination",
                    "default",
                    f"{stands}; a metric of its own would set this one beside it",
                )
    _check_path(projection, wanted)
    _check_number(projection, wanted)
    route = replace(
        wanted,
        protocol=route_protocol(projection.owner),
        device=wanted.device or _resolve_device(projection, wanted),
    )
    if same:
        routes.remove(same[0])
    routes.append(route)
    projection.step(Phase.ROUTE, same[0] if same else projection.reclaim_route(wanted), route)


def plan_no_route(projection: Projection, unwanted: Route, ours_only: bool = False) -> None:
    """A route that shall not be there. Told by destination, table and metric, and by where it leads if that is given."""
    routes = projection.routes.get(unwanted.netns, [])
    for route in [one for one in routes if one.key == unwanted.key]:
        told = (
            unwanted.gateway is not None
            or unwanted.device is not None
            or unwanted.nexthops is not None
        )
        if told and _leads_elsewhere(unwanted, route):
            continue
        if unwanted.type not in (None, "unicast", route.type) or route.type not in _REMOVABLE:
            continue
        if ours_only and not _may_alter(projection, route):
            continue
        routes.remove(route)
        projection.step(Phase.REMOVE_ROUTE, route, None)
        return
