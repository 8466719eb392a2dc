# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan for the addresses of a link: new ones before old ones, and no network on two links."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._describe.places import describe_location
from .._model.addresses import Address, Network, is_link_local, network_of
from .._model.desired_state import ALLOW_OVERLAP, KEEP_ADDRESSES
from .._model.errors import Conflict
from .._model.fast_replace import replace
from .._model.overlaps import find_overlaps, routing_domain
from .._model.routes import KERNEL_ROUTE, Route
from .link_effects import drop_routes, drop_routes_from
from .phases import Phase

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .._model.links import Link, LinkRef
    from .projection import Projection

_LENGTHS_OF_DEFAULTS = range(8)
"""Lengths of routes that stand for the default route. A VPN has two halves of the internet instead,
or all of it but private networks: 0.0.0.0/1, 2000::/3, fc00::/7."""
_PERMIT = f"set {ALLOW_OVERLAP}: true if that is intended"


def _find_promoting(
    projection: Projection, link: Link, removed: Sequence[str], remaining: Sequence[str]
) -> set[str]:
    """The removed IPv4 addresses with which the kernel would remove others of their network.

    That is the first address of a network (net.ipv4.conf.*.promote_secondaries 0).
    """
    if link.ref in projection.current.promoting:
        return set()
    first: dict[Network, str] = {}
    for text in link.addresses or ():
        if ":" not in text:
            first.setdefault(network_of(text), text)
    if link.ref in projection.current.unlisted_ipv4:
        return {*first.values()} & set(removed)
    networks = {network_of(text) for text in remaining if ":" not in text}
    return {text for network, text in first.items() if network in networks} & set(removed)


def _find_other_lengths(has: Sequence[str], wanted: Sequence[str]) -> list[str]:
    """The IPv6 addresses that are wanted with another prefix length: the kernel takes only one."""
    hosts = {text.split("/")[0] for text in wanted if ":" in text and text not in has}
    return [text for text in has if text.split("/")[0] in hosts and text not in wanted]


def plan_addresses(projection: Projection, wanted: Link, current: Link) -> None:
    """Plan that a link has exactly the wanted addresses; it keeps what it has where none are given.

    With ``purge_addresses: false`` it keeps the others as well.

    New addresses come before old ones go, so that no route is dropped that can stay: the kernel
    drops all IPv4 routes through a link with its last IPv4 address.

    :param current: the link in the projection.
    """
    if wanted.addresses is None:
        return
    if projection.current.peers:
        _warn_of_peers(projection, wanted)
    if wanted.addresses == current.addresses:
        return
    has = current.addresses or ()
    removed = [text for text in has if text not in wanted.addresses]
    if removed and not projection.request.permits(KEEP_ADDRESSES, wanted):
        _check_routes_stay(projection, wanted, current, removed)
    replaced = _find_other_lengths(has, wanted.addresses)
    if replaced:
        _renew_sources(projection, current, replaced)
        projection.remove_addresses(current, replaced, Phase.ADDRESS)
    added = [text for text in wanted.addresses if text not in has]
    if added:
        projection.added_addresses += [(current.ref, text) for text in added]
        projection.add_addresses(current, added, Phase.ADDRESS)
    old = [text for text in reversed(has) if text not in wanted.addresses and text not in replaced]
    if old and not projection.request.permits(KEEP_ADDRESSES, wanted):
        _remove_old(projection, projection.links[current.ref], old, wanted.addresses)


def _check_routes_stay(
    projection: Projection, wanted: Link, current: Link, removed: Sequence[str]
) -> None:
    if projection.routes.get(current.netns):
        from .route_losses import check_routes_stay

        check_routes_stay(projection, wanted, current, removed)


def _renew_sources(projection: Projection, link: Link, replaced: Sequence[str]) -> None:
    """Plan that routes lose addresses as their source, which come back with another length."""
    for bare, route in drop_routes_from(projection, link, replaced, Phase.ADDRESS, are_back=True):
        # A wanted route is planned later.
        if route.key not in projection.request.route_keys:
            projection.replace(bare, route, Phase.ROUTE)


def plan_link_locals(projection: Projection, wanted: Link, current: Link) -> None:
    """Plan the link-local addresses beside the one that the kernel assigns.

    On a link of others only those are touched that are wanted.

    :param current: the link in the projection.
    """
    has, listed = current.link_locals or (), wanted.link_locals or ()
    for text in listed:
        if text not in has:
            projection.added_addresses.append((current.ref, text))
            projection.add(Address(*current.ref, text), Phase.ADDRESS)
    if current.owner is None or projection.request.permits(KEEP_ADDRESSES, wanted):
        return
    for text in has:
        if text not in listed:
            projection.remove(Address(*current.ref, text), Phase.REMOVE_ADDRESS)


def _warn_of_peers(projection: Projection, wanted: Link) -> None:
    """Warn of wanted addresses that have a peer: a task cannot set one, and leaves it."""
    for text in wanted.addresses or ():
        peer = projection.current.peers.get((wanted.ref, text))
        if peer is not None:
            where = f"{wanted.name} {describe_location(wanted.netns)}"
            projection.builder.warnings.append(
                f"address {text} of {where} has the peer {peer}, which stays; leave the address "
                "out once to remove both"
            )


def _remove_old(
    projection: Projection, link: Link, old: Sequence[str], remaining: Sequence[str]
) -> None:
    loses_ipv4 = any(":" not in text for text in old) and all(":" in text for text in remaining)
    if loses_ipv4 and link.ref not in projection.current.unlisted_ipv4:
        drop_routes(projection, link, Phase.REMOVE_ADDRESS, family=4)
    drop_routes_from(projection, link, old, Phase.REMOVE_ADDRESS)
    promoting = _find_promoting(projection, link, old, remaining)
    projection.departing.append(replace(link, addresses=tuple(old)))
    projection.remove_addresses(link, old, Phase.REMOVE_ADDRESS, promoting=promoting)
    _forget_networks(projection, link, {*map(network_of, old)} - {*map(network_of, remaining)})


def _forget_networks(projection: Projection, link: Link, networks: set[Network]) -> None:
    """Take the routes to networks that a link leaves from the projection, as the kernel does."""
    destinations = {str(network) for network in networks}
    routes = projection.routes.get(link.netns, ())
    for route in [route for route in routes if route.protocol == KERNEL_ROUTE]:
        if route.device == link.name and route.destination in destinations:
            projection.routes[link.netns].remove(route)


def check_overlaps(projection: Projection) -> None:
    """Check the added addresses against all addresses and routes of the projection.

    The address of a single host leads nowhere else, so it may be in any network.

    :raises Conflict: if a network would be reached by two links: the kernel uses one of them only.
    """
    overlapping = _find_overlapping(
        projection, {netns for (netns, _name), _address in projection.added_addresses}
    )
    for ref, address in projection.added_addresses:
        link = projection.links.get(ref)
        if (
            link is None
            or address.endswith(("/32", "/128"))
            or is_link_local(address)
            or projection.request.permits(ALLOW_OVERLAP, link)
        ):
            continue
        if (ref, network_of(address)) in overlapping:
            other_network, other = overlapping[ref, network_of(address)]
            where = f"{other_network} on {other.name} {describe_location(link.netns)}"
            raise Conflict("addresses", address, f"overlaps {where}; {_PERMIT}")
        _check_routes(projection, link, address)


def _find_overlapping(
    projection: Projection, namespaces: set[str | None]
) -> dict[tuple[LinkRef, Network], tuple[Network, Link]]:
    """The networks in these namespaces that overlap, each with one that it overlaps.

    Those of links that may overlap others are left out.
    """
    links = [
        link
        for netns in namespaces
        for link in projection.links.in_netns(netns)
        if not projection.request.permits(ALLOW_OVERLAP, link)
    ]
    found: dict[tuple[LinkRef, Network], tuple[Network, Link]] = {}
    for outer, inner in find_overlaps(links):
        found.setdefault((outer[1].ref, outer[0]), inner)
        found.setdefault((inner[1].ref, inner[0]), outer)
    return found


def _check_routes(projection: Projection, link: Link, address: str) -> None:
    network = network_of(address)
    wanted = projection.request.route_keys
    for route in projection.routes.get(link.netns, ()):
        if not _leads_through_other(route, link):
            continue
        destination = network_of(route.destination)
        if destination.prefixlen in (*_LENGTHS_OF_DEFAULTS, destination.max_prefixlen):
            continue
        if destination.version != network.version or route.key in wanted:
            continue
        device = projection.links.get((link.netns, route.device or ""))
        domain = "" if device is None else routing_domain(device)
        if network.overlaps(destination) and domain == routing_domain(link):
            where = f"{destination} by {route.device} {describe_location(link.netns)}"
            raise Conflict("addresses", address, f"overlaps the route to {where}; {_PERMIT}")


def _leads_through_other(route: Route, link: Link) -> bool:
    return (
        route.protocol != KERNEL_ROUTE
        and route.type == "unicast"
        and route.device not in (None, link.name)
    )
