# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Addresses and routes of the host as they will be after a plan, those of the kernel included."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._model.addresses import Address, family_of, network_of
from .._model.changes import links_in
from .._model.fast_replace import replace
from .._model.host_paths import HostAddress, HostPaths
from .._model.links import Link, Veth
from .._model.routes import KERNEL_METRICS, KERNEL_ROUTE, MAIN_TABLE, Route

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from .._model.changes import Change
    from .._model.links import LinkRef


def project_routing(
    before: HostPaths, changes: Sequence[Change], links: Mapping[LinkRef, Link]
) -> HostPaths:
    """The routing of the host after these changes. ``links`` are those after them."""
    routing = _Routing(before)
    for change in changes:
        routing.apply(change)
    routing.add_connected_routes(links)
    return replace(before, addresses=tuple(routing.addresses), routes=tuple(routing.routes))


class _Routing:
    """Addresses and routes while changes are applied to them."""

    def __init__(self, before: HostPaths) -> None:
        self._connected = set(before.addresses)
        """The addresses whose networks have their routes."""
        self.addresses = dict.fromkeys(before.addresses)
        self.routes = list(before.routes)

    def apply(self, change: Change) -> None:
        """Apply a change, with what the kernel does because of it."""
        before, after = change.before, change.after
        if isinstance(before, Address) and before.netns is None:
            self._remove_address(HostAddress(before.link, before.address))
        elif isinstance(before, Route) and before.netns is None:
            self._remove_route(before)
        elif isinstance(before, Veth) or (isinstance(before, Link) and before.netns is None):
            self._change_links(before, links_in([after]) if after is not None else [])
        if isinstance(after, Address) and after.netns is None:
            self.addresses[HostAddress(after.link, after.address)] = None
        elif isinstance(after, Route) and after.netns is None:
            self.routes.append(after)

    def _remove_address(self, address: HostAddress) -> None:
        self.addresses.pop(address, None)
        self._connected.discard(address)
        text = address.address.split("/")[0]
        network = str(network_of(address.address))
        others = {
            str(network_of(other.address))
            for other in self.addresses
            if other.device == address.device
        }
        # Another interface may have the same address, and its routes stay.
        is_own = any(other.address.split("/")[0] == text for other in self.addresses)
        self.routes = [
            route
            for route in self.routes
            if not (
                (route.source == text and not is_own)
                or (
                    route.protocol == KERNEL_ROUTE
                    and route.device == address.device
                    and route.destination == network
                    and network not in others
                )
            )
        ]

    def _remove_route(self, removed: Route) -> None:
        """Remove a route. The kernel may show more of it than the plan knows."""
        for route in self.routes:
            if (
                route.key == removed.key
                and route.nexthops == removed.nexthops
                and ((route.gateway, route.device) == (removed.gateway, removed.device))
            ):
                self.routes.remove(route)
                return

    def _change_links(self, before: Link | Veth, after: Iterable[Link]) -> None:
        """Take away what a link loses that leaves its place, or is set down."""
        remaining = {link.ref: link for link in after}
        for link in links_in([before]):
            if link.netns is not None:
                continue
            now = remaining.get(link.ref)
            if now is None:
                self._lose(link.name, (4, 6))
            elif link.up and now.up is False:
                self._lose(link.name, (6,))
            elif now.up and not link.up:
                self._connected -= {each for each in self.addresses if each.device == link.name}

    def _lose(self, device: str, families: tuple[int, ...]) -> None:
        for address in [*self.addresses]:
            if address.device == device and family_of(address.address) in families:
                del self.addresses[address]
                self._connected.discard(address)
        self.routes = [
            replace(route, nexthops=tuple(hop for hop in route.nexthops if hop.device != device))
            if route.nexthops
            else route
            for route in self.routes
            if route.device != device
            and not (route.nexthops and all(hop.device == device for hop in route.nexthops))
        ]

    def add_connected_routes(self, links: Mapping[LinkRef, Link]) -> None:
        """Add what the kernel adds with each new address. A VRF is left to its own table."""
        for address in self.addresses:
            link = links.get((None, address.device))
            if address in self._connected or link is None or not link.up or link.vrf:
                continue
            self.routes.append(
                Route(
                    None,
                    str(network_of(address.address)),
                    table=MAIN_TABLE,
                    metric=KERNEL_METRICS[family_of(address.address)],
                    type="unicast",
                    device=address.device,
                    protocol=KERNEL_ROUTE,
                )
            )
