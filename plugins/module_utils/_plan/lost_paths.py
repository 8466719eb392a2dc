# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Compares how the host reaches a place before a plan and after it."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from .._describe.routes import describe_route
from .._model.addresses import family_of, is_part, network_of
from .._model.host_paths import find_default_routes
from .._model.routes import KERNEL_ROUTE, LOCAL_TABLE, MAIN_TABLE, Nexthop, Route
from .link_breaks import (
    MIN_MTU,
    Break,
    LinkStates,
    find_break,
    find_left_places,
    is_mtu_too_small,
)
from .projected_routing import project_routing
from .route_lookup import look_up

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .._model.changes import Change
    from .._model.current_state import CurrentState
    from .._model.host_paths import HostPaths, Target
    from .._model.links import Link
    from .host_state import HostState

_INTERNET = {
    4: (network_of("0.0.0.0/1"), network_of("128.0.0.0/2"), network_of("192.0.0.0/3")),
    6: (network_of("2000::/3"),),
}
"""The networks of unicast addresses that are routed between sites."""
_LONGEST_OF_WIDE = {4: 7, 6: 3}
"""A route to so few bits is to no network, but to a part of all: the largest networks are /8 (RFC
1918, and IANA's blocks), and 2000::/3 is all of IPv6."""

_Hops = frozenset[tuple["str | None", "str | None"]]


class HostOutlook:
    """The host before a plan and after it."""

    def __init__(
        self,
        changes: Sequence[Change],
        current: CurrentState,
        after: HostState,
        paths: HostPaths,
    ) -> None:
        self._before = paths
        self._changes = changes
        self._current = current
        self._host_after = after
        self._links = current.links
        self._links_after = after.links

    @cached_property
    def _after(self) -> HostPaths:
        return project_routing(self._before, self._changes, self._links_after)

    @cached_property
    def _states(self) -> LinkStates:
        current, left = self._current, find_left_places(self._changes)
        return LinkStates(current.links, self._host_after, left, current.impairments, current.vlans)

    def find_loss(self, target: Target) -> Break | None:
        """Why a place would not be reached any more; None if it would."""
        return (
            self._find_loss_of_source(target)
            or self._find_loss_of_link(target.device, self._next_device(target))
            or self._find_loss_of_lookup(target)
            or (
                None
                if target.default is None
                else self._find_loss_of_default(target, target.default)
            )
        )

    def devices_to(self, target: Target) -> frozenset[str]:
        """The interfaces by which a place is reached after the plan."""
        route = self._route_after(target)
        devices = set() if route is None else {device for _gateway, device in self._hops(route)}
        return frozenset(filter(None, {target.device, *devices}))

    def _route_after(self, target: Target) -> Route | None:
        if target.path is not None:
            return look_up(self._after, target.flow, target.path.table)
        return None if target.default is None else self._default_after(target.default)

    def _default_after(self, default: Route) -> Route | None:
        """The default route that is used for one before: the first, or one of the same metric."""
        family = family_of(default.destination)
        after = find_default_routes(family, self._after.routes)
        if default != find_default_routes(family, self._before.routes)[0]:
            after = [route for route in after if route.metric == default.metric]
        return after[0] if after else None

    def _next_device(self, target: Target) -> str:
        """The interface to a place after the plan, in the place of the one before it."""
        route = self._route_after(target)
        return target.device if route is None else self._find_successor(target.device, route)

    def _find_successor(self, device: str, route: Route) -> str:
        """The interface of a route that takes the place of another; empty if none does."""
        names = {name for _gateway, name in self._hops(route)}
        return next((name for name in names if name and self._succeeds(device, name)), "")

    def _hops(self, route: Route) -> _Hops:
        """(gateway, device) of each next hop; a route may leave the device to its gateway."""
        hops = route.nexthops or (Nexthop(route.gateway, route.device),)
        return frozenset((hop.gateway, hop.device or self._find_device(hop)) for hop in hops)

    def _find_device(self, hop: Nexthop) -> str | None:
        for address in self._after.addresses:
            if hop.gateway and is_part(network_of(hop.gateway), network_of(address.address)):
                return address.device
        return None

    def _succeeds(self, device: str, other: str) -> bool:
        """Whether an interface takes the place of another: its bridge, or its port."""
        port, old_port = self._links_after.get((None, device)), self._links.get((None, other))
        return bool(
            (port is not None and port.bridge == other)
            or (old_port is not None and old_port.bridge == device)
        )

    def _find_loss_of_source(self, target: Target) -> Break | None:
        """Whether the host keeps its own address of a connection."""
        source, inbound = target.flow.source, target.inbound
        if source is None or inbound is None:
            return None
        devices = [
            address.device
            for address in self._after.addresses
            if address.address.split("/")[0] == source
        ]
        if inbound in devices:
            return self._find_loss_of_link(inbound, inbound)
        for device in devices:
            if self._succeeds(inbound, device):
                return self._find_loss_of_link(inbound, device)
        return find_break(self._states, (None, inbound)) or Break(
            "addresses", source, f"{inbound} would lose this address"
        )

    def _find_loss_of_link(self, device: str, successor: str) -> Break | None:
        """Whether packets still pass an interface, or the one that takes its place."""
        old_port = self._links.get((None, successor))
        if successor != device and old_port is not None and old_port.bridge == device:
            return find_break(self._states, (None, successor))
        found = find_break(self._states, (None, device))
        before, now = self._links.get((None, device)), self._links_after.get((None, device))
        if found is not None or before is None or now is None:
            return found
        if now.bridge and now.bridge == successor:
            return self._find_flaw(self._links_after[None, successor], before)
        if now.bridge and now.bridge != before.bridge:
            reason = f"{device} would be its port, and the addresses of a port receive nothing"
            return Break("bridge", now.bridge, reason)
        return None

    def _find_flaw(self, successor: Link, before: Link) -> Break | None:
        """Why a new bridge does not carry what its port carried before."""
        if not successor.up:
            return Break("up", False, f"{successor.name} would be down")
        if is_mtu_too_small(successor.mtu, before.mtu):
            return Break("mtu", successor.mtu, f"{successor.name} needs {MIN_MTU}")
        return None

    def _find_loss_of_lookup(self, target: Target) -> Break | None:
        """Whether the packets to a place take the same next hop as before."""
        if target.path is None:
            return None
        before = look_up(self._before, target.flow, target.path.table)
        now = self._route_after(target)
        if now is not None and now.table == LOCAL_TABLE and now.type == "local" and now != before:
            address = target.flow.destination
            return Break("addresses", address, "this would be an address of the host itself")
        return None if before is None else self._compare(before, now)

    def _find_loss_of_default(self, target: Target, default: Route) -> Break | None:
        """Whether the default route stays, and whether all that it was for still takes it."""
        now = self._default_after(default)
        found = self._compare(default, now)
        if found is None and now is not None:
            successor = self._find_successor(target.device, now)
            found = self._find_loss_of_link(target.device, successor)
        return found or self._find_wide_route(family_of(default.destination))

    def _compare(self, before: Route, now: Route | None) -> Break | None:
        """Why packets do not get where the route before led them."""
        if before == now:
            return None
        if now is None:
            return Break("destination", before.destination, "no other route would lead there")
        if now.type != "unicast":
            reason = f"packets would meet the route {describe_route(now)}"
            return Break("destination", now.destination, reason)
        if not self._is_same(self._hops(before), self._hops(now)):
            if now in self._before.routes and before.protocol == KERNEL_ROUTE:
                reason = f"this network would not be on {before.device} any more"
                return Break("addresses", before.destination, reason)
            if now.protocol == KERNEL_ROUTE:
                reason = f"this network would be on {now.device}"
                return Break("addresses", now.destination, reason)
            reason = f"packets would take the route {describe_route(now)}"
            return Break("destination", now.destination, reason)
        if is_mtu_too_small(now.mtu, before.mtu):
            return Break("mtu", now.mtu, f"routes on this path need {MIN_MTU}")
        return None

    def _is_same(self, before: _Hops, now: _Hops) -> bool:
        """Whether each next hop is one of before, on the same interface or its successor."""
        return all(
            any(
                gateway == old_gateway
                and (device == old or (old and device and self._succeeds(old, device)))
                for old_gateway, old in before
            )
            for gateway, device in now
        )

    def _find_wide_route(self, family: int) -> Break | None:
        """A new route to so much that it takes the place of the default route."""
        known = frozenset(self._before.routes)
        new = [route for route in self._after.routes if route not in known]
        for route in new:
            if route.table != MAIN_TABLE or family_of(route.destination) != family:
                continue
            network = network_of(route.destination)
            if 0 < network.prefixlen <= _LONGEST_OF_WIDE[family] and any(
                network.overlaps(part) for part in _INTERNET[family]
            ):
                option = "addresses" if route.protocol == KERNEL_ROUTE else "destination"
                reason = "a route to so much takes the place of the default route"
                return Break(option, route.destination, reason)
        return None
