# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Routes of others that the kernel drops with an address, and would not take again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._describe.links import describe_link
from .._describe.places import describe_netns
from .._describe.routes import describe_route
from .._model.addresses import family_of
from .._model.errors import Conflict
from .._model.links import IPV6_MIN_MTU
from .._model.routes import Nexthop, Route, is_foreign_route

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .._model.links import Link
    from .projection import Projection

_MAX_LISTED = 5


def check_routes_stay(
    projection: Projection, wanted: Link, link: Link, removed: Sequence[str]
) -> None:
    """Check that routes of others can stay when a link loses addresses.

    The kernel drops the routes that have one of them as their source, and all IPv4 routes through
    the link with its last IPv4 address. It accepts only those again that need no address.

    :param link: the link in the projection, with the addresses that are removed.
    :raises Conflict: if a route would be lost, unless ``force`` is set or the task replaces it.
    """
    others = _select_of_others(projection, projection.routes.get(link.netns, ()))
    if not others:
        return
    lost = _find_lost(projection, others, link, removed, wanted.addresses or ())
    if _is_permitted(projection, wanted, link, "addresses of", lost):
        return
    raise Conflict(
        "addresses",
        list(wanted.addresses or ()),
        f"without {', '.join(removed)} on {link.name}, {describe_netns(link.netns)} would lose "
        f"routes that others added: {_list(lost)}; remove them first, or set force: true",
    )


def _find_lost(
    projection: Projection,
    routes: Sequence[Route],
    link: Link,
    removed: Sequence[str],
    remaining: Sequence[str],
) -> list[Route]:
    sources = _hosts(removed) - _hosts(remaining) - _hosts(_addresses_of_others(projection, link))
    loses_ipv4 = (
        any(":" not in text for text in removed)
        and all(":" in text for text in remaining)
        and link.ref not in projection.current.unlisted_ipv4
    )
    return [
        route
        for route in routes
        if route.source in sources or (loses_ipv4 and _needs_ipv4_address(route, link))
    ]


def check_ipv6_routes_stay(
    projection: Projection, wanted: Link, link: Link, dropped: Iterable[Route]
) -> None:
    """Check that a link whose MTU becomes too small for IPv6 has no IPv6 routes of others.

    :param wanted: the link whose MTU the task sets: this one, or the one that it sits on.
    :param dropped: the IPv6 routes through the link, which the kernel does not accept any more.
    :raises Conflict: if one is of others, unless ``force`` is set.
    """
    lost = _select_of_others(projection, dropped)
    if _is_permitted(projection, wanted, link, "IPv6 on", lost):
        return
    raise Conflict(
        "mtu",
        wanted.mtu,
        f"{describe_netns(link.netns)} would lose routes through {link.name} that others added: "
        f"{_list(lost)}; IPv6 needs {IPV6_MIN_MTU} (RFC 8200); remove them first, or set force: "
        "true",
    )


def _is_permitted(
    projection: Projection, wanted: Link, link: Link, cause: str, lost: Sequence[Route]
) -> bool:
    """Whether the kernel may remove routes of others. If ``force`` permits it, a warning tells so.

    :param cause: what of the link takes them along, in words before its name.
    """
    is_forced = projection.request.permits("force", wanted)
    if lost and is_forced:
        projection.builder.warnings.append(
            f"with {cause} {describe_link(link)}, the kernel removes routes: {_list(lost)}"
        )
    return is_forced or not lost


def _select_of_others(projection: Projection, routes: Iterable[Route]) -> list[Route]:
    """The routes that others added and the task does not replace."""
    replaced = projection.request.route_keys
    return [route for route in routes if is_foreign_route(route) and route.key not in replaced]


def _list(routes: Sequence[Route]) -> str:
    lost = [describe_route(route) for route in routes]
    return "; ".join(lost[:_MAX_LISTED]) + (" ..." if len(lost) > _MAX_LISTED else "")


def _hosts(addresses: Iterable[str]) -> set[str]:
    return {text.split("/")[0] for text in addresses}


def _addresses_of_others(projection: Projection, link: Link) -> list[str]:
    return [
        text
        for other in projection.links.in_netns(link.netns)
        if other.name != link.name
        for text in other.addresses or ()
    ]


def _needs_ipv4_address(route: Route, link: Link) -> bool:
    """Whether an IPv4 route has a gateway that is reached by an address of the link."""
    if family_of(route.destination) == 6:
        return False
    hops = route.nexthops or (Nexthop(route.gateway, route.device, onlink=bool(route.onlink)),)
    return any(
        hop.device == link.name
        and hop.gateway is not None
        and family_of(hop.gateway) == 4
        and not hop.onlink
        for hop in hops
    )
