# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Routes and next hops."""

from __future__ import annotations

import zlib
from typing import Any

from .fast_dataclass import dataclass
from .resources import NetlinkResource

SINGLE_ROUTE = 82
"""The protocol number of routes that a single module made."""
LAB_ROUTES = range(100, 164)
"""The protocol numbers of routes that topologies made. A route has no other field for a mark."""
MAIN_TABLE, LOCAL_TABLE = 254, 255
KERNEL_ROUTE = 2
"""The protocol number of routes that the kernel adds with an address (RTPROT_KERNEL)."""

KERNEL_METRICS = {4: 0, 6: 256}
"""The metrics of the routes that the kernel adds with an address, by family."""

OF_EACH_LINK = ("fe80::/64", "ff00::/8")
"""Networks to which the kernel adds a route for every link."""


def route_protocol(owner: str) -> int:
    """The protocol number for routes of an owner. Two topologies can have the same number."""
    return LAB_ROUTES[zlib.crc32(owner.encode()) % len(LAB_ROUTES)] if owner else SINGLE_ROUTE


@dataclass(frozen=True)
class Nexthop:
    """One of several next hops of a route."""

    gateway: str | None = None
    device: str | None = None
    weight: int = 1
    onlink: bool = False


@dataclass(frozen=True)
class Route(NetlinkResource):
    """A route. ``destination`` is a network; the default routes are ``0.0.0.0/0`` and ``::/0``.

    An IPv4 route can have an IPv6 gateway (RFC 8950). Only routes of others have the last three:
    ``selector`` are the packets for which it is, besides their destination, ``nexthop_id`` is the
    number of its nexthop object, and ``encapsulated`` tells whether its packets are wrapped.
    """

    netns: str | None
    destination: str
    table: int = MAIN_TABLE
    metric: int = 0
    type: str | None = None
    gateway: str | None = None
    device: str | None = None
    source: str | None = None
    scope: str | None = None
    onlink: bool | None = None
    mtu: int | None = None
    nexthops: tuple[Nexthop, ...] | None = None
    protocol: int | None = None
    selector: str = ""
    nexthop_id: int | None = None
    encapsulated: bool = False

    @property
    def key(self) -> tuple[Any, ...]:
        key = ("route", self.netns, self.table, self.destination, self.metric)
        return (*key, self.selector) if self.selector else key


def is_foreign_route(route: Route) -> bool:
    """Whether neither this collection nor the kernel made a route."""
    return route.protocol != KERNEL_ROUTE and not (
        route.protocol == SINGLE_ROUTE or route.protocol in LAB_ROUTES
    )
