# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan for routes."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING

from .._describe.places import describe_netns
from .._describe.routes import DEFAULTS, describe_destination, describe_route
from .._model.addresses import address_of, family_of, network_of
from .._model.errors import Conflict, Refused
from .._model.fast_replace import replace
from .._model.routes import (
    KERNEL_METRICS,
    LAB_ROUTES,
    SINGLE_ROUTE,
    Nexthop,
    Route,
    route_protocol,
)
from .gateways import check_path, find_device, find_device_to_name
from .phases import Phase

if TYPE_CHECKING:
    from .projection import Projection

_get_compared = attrgetter("type", "source", "scope", "onlink", "mtu")
_PROTOCOLS = {
    2: "the kernel",
    3: "a program that named no protocol (proto boot)",
    4: "an administrator (proto static)",
    9: "a router advertisement (proto ra)",
    16: "a DHCP client (proto dhcp)",
}
"""What adds routes of a protocol (/etc/iproute2/rt_protos)."""
_OUR_PROTOCOLS = (SINGLE_ROUTE, *LAB_ROUTES)
_REMOVABLE_TYPES = ("unicast", "blackhole", "unreachable", "prohibit")


def plan_route(projection: Projection, wanted: Route) -> None:
    """Plan a route: it is added, or replaces one that belongs to the owner of the plan.

    :raises Conflict: if it would replace a route of someone else, unless ``force`` is set.
    :raises Refused: if the kernel would not take it.
    """
    if not projection.has_netns(wanted.netns):
        projection.need_netns(wanted.netns, f"route {describe_route(wanted)}")
    routes = projection.routes.get(wanted.netns, [])
    key = wanted.key
    same_key = [route for route in routes if route.key == key]
    for route in same_key:
        if not _differs(wanted, route) and not _is_stranded(projection, wanted, route):
            return
    if _is_made_by_kernel(projection, wanted):
        return
    if not projection.request.permits("force", wanted):
        for route in same_key:
            _check_replaceable(projection, wanted, route, "set force: true to replace it")
        if wanted.destination in DEFAULTS and not same_key:
            _check_other_default_routes(projection, wanted, routes)
    check_path(projection, wanted)
    _check_protocol(projection, wanted)
    route = replace(
        wanted,
        protocol=route_protocol(projection.request.owner),
        device=wanted.device or find_device_to_name(projection, wanted),
    )
    if same_key:
        projection.replace(same_key[0], route, Phase.ROUTE)
    else:
        dropped = projection.builder.take_dropped_route(wanted)
        projection.replace(dropped, route, Phase.ROUTE)


def _is_made_by_kernel(projection: Projection, wanted: Route) -> bool:
    """Whether a route comes with an address that the plan adds.

    :raises Refused: if another one would be in its place.
    """
    added = projection.added_networks.get((wanted.netns, wanted.destination))
    if (
        added is None
        or wanted.key
        != Route(
            wanted.netns, wanted.destination, metric=KERNEL_METRICS[family_of(wanted.destination)]
        ).key
    ):
        return False
    ref, address = added
    link = projection.links.get(ref)
    if link is None or not link.up or link.vrf:
        return False
    has_other_hop = wanted.gateway is not None or wanted.nexthops is not None
    if not has_other_hop and wanted.device == link.name and wanted.type in (None, "unicast"):
        return True
    raise Refused(
        "destination",
        wanted.destination,
        f"is the network of {address} on {link.name}, to which the kernel adds a route by itself; "
        "set a metric to add another one",
    )


def plan_no_route(projection: Projection, unwanted: Route) -> None:
    """Plan to remove a route.

    It is identified by destination, table and metric, and by its next hops where they are given. A
    topology removes only its own.
    """
    for route in projection.routes.get(unwanted.netns, ()):
        if route.key == unwanted.key and _is_meant(projection, unwanted, route):
            projection.remove(route, Phase.REMOVE_ROUTE)
            return


def _is_meant(projection: Projection, unwanted: Route, route: Route) -> bool:
    has_next_hop = (unwanted.gateway, unwanted.device, unwanted.nexthops) != (None, None, None)
    if has_next_hop and _leads_elsewhere(unwanted, route):
        return False
    if route.type not in _REMOVABLE_TYPES or unwanted.type not in (None, "unicast", route.type):
        return False
    return projection.request.lab is None or _is_own(projection, route)


def _hop_matches(wanted: Nexthop, current: Nexthop) -> bool:
    return (
        wanted.gateway == current.gateway
        and wanted.weight == current.weight
        and wanted.device in (None, current.device)
    )


def _leads_elsewhere(wanted: Route, current: Route) -> bool:
    """Whether two routes have different next hops.

    A wanted one without a device has the device of its gateway.
    """
    if current.encapsulated:
        return True
    if wanted.nexthops is None:
        return (
            current.nexthops is not None
            or wanted.gateway != current.gateway
            or wanted.device not in (None, current.device)
        )
    hops = current.nexthops or ()
    return len(hops) != len(wanted.nexthops) or not all(map(_hop_matches, wanted.nexthops, hops))


def _differs(wanted: Route, current: Route) -> bool:
    for value, known in zip(_get_compared(wanted), _get_compared(current)):
        if value not in (None, known):
            return True
    return _leads_elsewhere(wanted, current)


def _is_stranded(projection: Projection, wanted: Route, route: Route) -> bool:
    """Whether the network of a gateway is on another link than the route, which names the link.

    A wanted route without a device follows its gateway.
    """
    if wanted.gateway is None or wanted.device is not None:
        return False
    link = projection.links.get((route.netns, route.device or ""))
    addresses = link.addresses if link is not None and link.addresses is not None else ()
    gateway = address_of(wanted.gateway)
    for text in addresses:
        if gateway in network_of(text):
            return False
    return find_device(projection, wanted) not in (None, route.device)


def _is_own(projection: Projection, route: Route) -> bool:
    """Whether a route was added by this collection, and not by another topology."""
    lab = projection.request.lab
    if lab is None:
        return route.protocol in _OUR_PROTOCOLS
    return route.protocol in (SINGLE_ROUTE, route_protocol(lab))


def _check_replaceable(
    projection: Projection, wanted: Route, route: Route, remedy: str, destination: str = ""
) -> None:
    if not _is_own(projection, route):
        exists = (
            f"{describe_netns(wanted.netns)} has {describe_route(route)}, added by "
            f"{_describe_protocol(route)}"
        )
        raise Conflict(
            "destination", destination or describe_destination(wanted), f"{exists}; {remedy}"
        )


def _check_other_default_routes(projection: Projection, wanted: Route, routes: list[Route]) -> None:
    """Check that a default route without a metric is not added beside one of someone else."""
    if projection.request.permits("metric", wanted):
        return
    for route in routes:
        if route.destination == wanted.destination and route.table == wanted.table:
            remedy = "set another metric to add this one beside it"
            _check_replaceable(projection, wanted, route, remedy, destination="default")


def _check_protocol(projection: Projection, wanted: Route) -> None:
    """Check that a route on a foreign link is distinguishable from the routes of another topology.

    :raises Conflict: if a topology on this host marks its routes with the same protocol number.
    """
    lab = projection.request.lab
    if lab is None or _owner_of_netns(projection, wanted.netns) == lab:
        return
    device = projection.links.get(
        (wanted.netns, wanted.device or find_device(projection, wanted) or "")
    )
    if device is not None and device.owner == lab:
        return
    others = sorted(projection.current.labs_with_same_route_protocol(lab))
    if others:
        rule = (
            f"marks its routes with the same protocol number as topology {others[0]}, so the "
            f"owner of {describe_route(wanted)} could not be determined; choose another name"
        )
        raise Conflict("name", lab, rule)


def _owner_of_netns(projection: Projection, name: str | None) -> str | None:
    netns = projection.namespaces.get(name or "")
    return None if netns is None else netns.owner


def _describe_protocol(route: Route) -> str:
    if route.protocol in _OUR_PROTOCOLS:
        return "another topology"
    return _PROTOCOLS.get(route.protocol or 0, f"another program (protocol {route.protocol})")
