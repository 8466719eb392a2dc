# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan for the addresses of a link: new ones before old ones, and no network on two links."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._describe.places import describe_location
from .._model.addresses import Network, network_of
from .._model.errors import Conflict
from .._model.fast_replace import replace
from .._model.routes import KERNEL_ROUTE, Route
from .link_effects import drop_routes, restore_route
from .phases import Phase

if TYPE_CHECKING:
    from .._model.links import Link
    from .projection import Projection


def _addresses_to_reorder(has: tuple[str, ...], wanted: tuple[str, ...]) -> list[str]:
    """The IPv4 addresses of networks of which the first address goes and another stays.

    The kernel removes the others of a network with the first one
    (net.ipv4.conf.*.promote_secondaries 0).
    """
    first: dict[Network, str] = {}
    for address in has:
        if ":" not in address:
            first.setdefault(network_of(address), address)
    if all(address in wanted for address in first.values()):
        return []
    wanted_networks = {network_of(address) for address in wanted}
    affected = {
        network
        for network, address in first.items()
        if address not in wanted and network in wanted_networks
    }
    return [address for address in has if ":" not in address and network_of(address) in affected]


def plan_addresses(projection: Projection, wanted: Link, current: Link) -> None:
    """Plan that a link has exactly the wanted addresses; it keeps what it has where none are given.

    :param current: the link in the projection.
    """
    if wanted.addresses is None or wanted.addresses == current.addresses:
        return
    has = current.addresses or ()
    # New addresses come before old ones go. Only those that the kernel would remove with the first
    # one of their network go first; the wanted ones among them are added again.
    reordered = _addresses_to_reorder(has, wanted.addresses) if has else []
    if reordered:
        projection.remove_addresses(current, reordered[::-1], Phase.ADDRESS)
    ipv4 = {text for text in has if ":" not in text}
    # The kernel drops the IPv4 routes through a link with its last IPv4 address.
    if ipv4 and ipv4 == set(reordered):
        for route in drop_routes(projection, current, Phase.ADDRESS, family=4):
            restore_route(projection, route)
    elif ipv4 and all(":" in text for text in wanted.addresses):
        drop_routes(projection, current, Phase.REMOVE_ADDRESS, family=4)
    remaining = tuple(text for text in has if text not in reordered)
    added = [text for text in wanted.addresses if text not in remaining]
    if added:
        projection.added_addresses += [(current.ref, text) for text in added]
        projection.add_addresses(current, added, Phase.ADDRESS)
    old = [text for text in reversed(remaining) if text not in wanted.addresses]
    if old:
        projection.departing.append(replace(current, addresses=tuple(old)))
        projection.remove_addresses(current, old, Phase.REMOVE_ADDRESS)


def check_overlaps(projection: Projection) -> None:
    """Check the added addresses against all addresses and routes of the projection.

    :raises Conflict: if a network would be reached by two links: the kernel uses one of them only.
    """
    for ref, address in projection.added_addresses:
        link = projection.links.get(ref)
        if link is not None:
            _check_overlap(projection, link, address)


def _routing_domain(link: Link | None) -> str:
    """The vrf in whose table the networks of a link are; ``""`` for the main table."""
    if link is None:
        return ""
    return link.name if link.kind == "vrf" else link.vrf or ""


def _is_host_on_lo(link: Link, network: Network) -> bool:
    """Whether an address is a single host on the loopback: such a one is reached by routes."""
    return link.name == "lo" and network.prefixlen == network.max_prefixlen


def _check_overlap(projection: Projection, link: Link, address: str) -> None:
    network = network_of(address)
    if _is_host_on_lo(link, network):
        return
    for other_link in projection.links.in_netns(link.netns):
        if other_link.name == link.name or _routing_domain(other_link) != _routing_domain(link):
            continue
        for other_network in map(network_of, other_link.addresses or ()):
            if network.overlaps(other_network) and not _is_host_on_lo(other_link, other_network):
                where = f"{other_link.name} {describe_location(link.netns)}"
                raise Conflict("addresses", address, f"overlaps {other_network} on {where}")
    for route in projection.routes.get(link.netns, ()):
        if not _leads_through_other(route, link):
            continue
        destination = network_of(route.destination)
        if not destination.prefixlen or destination.version != network.version:
            continue
        device = projection.links.get((link.netns, route.device or ""))
        if network.overlaps(destination) and _routing_domain(device) == _routing_domain(link):
            where = f"{destination} by {route.device} {describe_location(link.netns)}"
            raise Conflict("addresses", address, f"overlaps the route to {where}")


def _leads_through_other(route: Route, link: Link) -> bool:
    return (
        route.protocol != KERNEL_ROUTE
        and route.type == "unicast"
        and route.device not in (None, link.name)
    )
