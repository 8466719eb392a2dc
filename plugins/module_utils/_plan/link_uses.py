# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a link of others is used for, and would lose in another namespace."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._describe.links import describe_link
from .._describe.routes import describe_route
from .._model.routes import KERNEL_ROUTE
from .link_effects import routes_through

if TYPE_CHECKING:
    from .._model.links import Link
    from .._model.routes import Route
    from .projection import Projection

_MAX_SHOWN = 8
"""Classes and filters that are named; a link may have thousands."""


def routes_of_others(projection: Projection, link: Link) -> list[Route]:
    """The routes through a link that the kernel did not add by itself."""
    return [route for route in routes_through(projection, link) if route.protocol != KERNEL_ROUTE]


def list_addresses_and_routes(projection: Projection, link: Link) -> list[str]:
    """The addresses of a link and the routes through it, in words."""
    routes = routes_of_others(projection, link)
    return [
        *(link.addresses or ()),
        *(link.link_locals or ()),
        *(f"the route {describe_route(route)}" for route in routes),
    ]


def list_traffic_control(projection: Projection, link: Link) -> list[str]:
    """The classes and filters of a link, in words: the first ones, and how many there are more."""
    found = projection.current.traffic_control.get(link.ref, ())
    more = [f"{len(found) - _MAX_SHOWN} more"] if len(found) > _MAX_SHOWN else []
    return [*(f"the {name}" for name in found[:_MAX_SHOWN]), *more]


def warn_of_lost_traffic_control(projection: Projection, link: Link) -> None:
    """Warn of the classes and filters that a link loses when it is moved."""
    lost = list_traffic_control(projection, link)
    if lost:
        projection.builder.warnings.append(
            f"{describe_link(link)} is moved and loses for good: {', '.join(lost)}"
        )


def list_dependents(projection: Projection, link: Link) -> list[str]:
    """The links that are stacked on a link, in words."""
    return [describe_link(child) for child in projection.links.children(link.ref)]
