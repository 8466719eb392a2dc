# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan for addresses: new ones before old ones go, and no network by two ways."""

from __future__ import annotations

from typing import Dict, List, Optional, Tuple

from .._describe.places import describe_location
from .._model.addresses import Address, Network, network_of
from .._model.errors import Conflict
from .._model.fast_replace import replace
from .._model.links import Link
from .._model.routes import KERNEL_ROUTE
from .phases import Phase
from .projection import Projection


def _routes_without_address(has: Tuple[str, ...], wanted: Tuple[str, ...]) -> List[str]:
    """IPv4 addresses that go because the first of their network goes, on which the kernel hangs the others (promote_secondaries 0)."""
    first: Dict[Network, str] = {}
    for address in has:
        if ":" not in address:
            first.setdefault(network_of(address), address)
    lost = {
        network
        for network, address in first.items()
        if address not in wanted and any(network_of(one) == network for one in wanted)
    }
    return [address for address in has if ":" not in address and network_of(address) in lost]


def plan_addresses(projection: Projection, wanted: Link, current: Link) -> Tuple[str, ...]:
    has = current.addresses or ()
    if wanted.addresses is None:
        return has
    # New ones come before old ones go, but for those that would go along: they go first, and what is wanted comes back.
    uprooted = _routes_without_address(has, wanted.addresses)
    for address in reversed(uprooted):
        projection.step(Phase.ADDRESS, Address(current.netns, current.name, address), None)
    four = {address for address in has if ":" not in address}
    if four and four == set(uprooted):
        for route in projection.drop_routes(current, Phase.ADDRESS, family=4):
            projection.restore_route(route)
    elif four and all(":" in address for address in wanted.addresses):
        projection.drop_routes(current, Phase.REMOVE_ADDRESS, family=4)
    has = tuple(address for address in has if address not in uprooted)
    for address in wanted.addresses:
        if address not in has:
            projection.added.append((current.ref, address))
            projection.step(Phase.ADDRESS, None, Address(current.netns, current.name, address))
    late = tuple(address for address in reversed(has) if address not in wanted.addresses)
    if late:
        projection.leaving.append(replace(current, addresses=late))
        for address in late:
            projection.step(
                Phase.REMOVE_ADDRESS, Address(current.netns, current.name, address), None
            )
    return wanted.addresses


def check_overlaps(projection: Projection) -> None:
    """What was added, against all that there will be."""
    for place, address in projection.added:
        link = projection.links.get(place)
        if link is not None:
            _check_overlap(projection, link, address)


def _domain(link: Optional[Link]) -> str:
    """The vrf in whose table a link's networks are; ``""`` is the main one."""
    return "" if link is None else link.name if link.kind == "vrf" else link.vrf or ""


def _is_host_on_lo(link: Link, network: Network) -> bool:
    """An address alone on a loopback is reached by routes, whatever network it is from."""
    return link.name == "lo" and network.prefixlen == network.max_prefixlen


def _check_overlap(projection: Projection, link: Link, address: str) -> None:
    """A network that is reached by two ways of one namespace is reached by one of them only."""
    network = network_of(address)
    if _is_host_on_lo(link, network):
        return
    for other in projection.links_in(link.netns):
        for near in map(network_of, other.addresses or ()):
            apart = (
                other.name == link.name
                or _domain(other) != _domain(link)
                or _is_host_on_lo(other, near)
            )
            if not apart and network.overlaps(near):
                raise Conflict(
                    "addresses",
                    address,
                    f"overlaps {near} on {other.name} {describe_location(link.netns)}",
                )
    for route in projection.routes.get(link.netns, ()):
        far = network_of(route.destination)
        by_another = (
            route.protocol != KERNEL_ROUTE
            and route.type == "unicast"
            and route.device not in (None, link.name)
        )
        if (
            by_another
            and far.prefixlen
            and far.version == network.version
            and network.overlaps(far)
        ):
            if _domain(projection.links.get((link.netns, route.device or ""))) == _domain(link):
                raise Conflict(
                    "addresses",
                    address,
                    f"overlaps the route to {far} by {route.device} {describe_location(link.netns)}",
                )
