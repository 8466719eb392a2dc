# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How the host reaches the addresses that it must not lose: the SSH client, default gateways."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .fast_dataclass import dataclass
from .fast_typing import NamedTuple
from .routes import LAB_ROUTES, MAIN_TABLE, SINGLE_ROUTE, Route

if TYPE_CHECKING:
    from .policy_rules import PolicyRule

DEFAULT_DESTINATIONS = {4: "0.0.0.0/0", 6: "::/0"}


class Flow(NamedTuple):
    """Packets that the host sends. ``ports`` are those of TCP, source and destination.

    ``vrf`` is the VRF in whose table they are looked up.
    """

    destination: str
    source: str | None = None
    ports: tuple[int, int] | None = None
    vrf: str | None = None


class Path(NamedTuple):
    """The kernel's answer for a flow: type of the route, next hop, and the table it is in.

    A route that the kernel does not find has the type ``unreachable``.
    """

    type: str
    device: str | None
    gateway: str | None
    table: int = MAIN_TABLE


class HostAddress(NamedTuple):
    """An address of the host, also one that is link-local or has a lifetime."""

    device: str
    address: str
    """ADDRESS/LENGTH."""


@dataclass(frozen=True)
class Target:
    """A place that the host has to reach.

    ``path`` is the kernel's answer before the plan; None for a link-local neighbour, which is
    reached without a lookup. ``device`` is the interface to it, ``inbound`` the one that has the
    host's own address of the connection. ``default`` is the default route whose gateway it is.
    """

    flow: Flow
    path: Path | None
    device: str
    inbound: str | None = None
    default: Route | None = None


@dataclass(frozen=True)
class HostPaths:
    """The routing of the host, and the places that it has to reach."""

    rules: tuple[PolicyRule, ...]
    routes: tuple[Route, ...]
    """Those of all tables but the kernel's own of table local."""
    addresses: tuple[HostAddress, ...]
    targets: tuple[Target, ...] = ()


def is_own_route(route: Route) -> bool:
    """Whether this collection added a route."""
    return route.protocol == SINGLE_ROUTE or route.protocol in LAB_ROUTES


def find_default_routes(family: int, routes: tuple[Route, ...]) -> list[Route]:
    """The default routes of table main, first the one that the kernel uses."""
    found = [
        route
        for route in routes
        if route.destination == DEFAULT_DESTINATIONS[family]
        and route.table == MAIN_TABLE
        and route.type == "unicast"
    ]
    return sorted(found, key=lambda route: route.metric)
