# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Routes as items of a topology. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._model.addresses import family_of
from .._model.routes import KERNEL_ROUTE, LOCAL_TABLE, Nexthop, Route
from .items import Item, drop_none

if TYPE_CHECKING:
    from .._model.current_state import CurrentState

_RTPROT_RA = 9
_AUTOMATIC_PROTOCOLS = (KERNEL_ROUTE, _RTPROT_RA)
"""The protocols of routes that the kernel adds: with an address, or by a router advertisement."""
_TYPES = ("unicast", "blackhole", "unreachable", "prohibit")


def compose_routes(current: CurrentState) -> list[Item]:
    """The routes that were added by a program or a person, as options of ``netns_route``."""
    return [
        _compose_route(route)
        for routes in current.routes.values()
        for route in routes
        if route.protocol not in _AUTOMATIC_PROTOCOLS
        and route.table != LOCAL_TABLE
        and route.type in _TYPES
        and not _has_no_options(route)
    ]


def _has_no_options(route: Route) -> bool:
    """Whether ``netns_route`` could not add such a route."""
    gateways = [route.gateway, *(hop.gateway for hop in route.nexthops or ())]
    family = family_of(route.destination)
    return (
        bool(route.selector)
        or route.encapsulated
        or any(family_of(gateway) != family for gateway in gateways if gateway is not None)
    )


def _compose_hop(hop: Nexthop) -> Item:
    return drop_none(
        {
            "gateway": hop.gateway,
            "device": hop.device,
            "weight": hop.weight,
            "onlink": hop.onlink or None,
        }
    )


def _compose_route(route: Route) -> Item:
    is_ipv4 = family_of(route.destination) == 4
    return drop_none(
        {
            "netns": route.netns,
            # The option takes "default" for IPv4 only, if there is no gateway to tell the family.
            "destination": "default" if route.destination == "0.0.0.0/0" else route.destination,
            "gateway": route.gateway,
            "device": route.device,
            "metric": route.metric,
            "table": route.table,
            "source": route.source,
            "scope": route.scope if is_ipv4 else None,
            "type": route.type,
            "onlink": route.onlink or None,
            "mtu": route.mtu,
            "nexthops": [_compose_hop(hop) for hop in route.nexthops or ()] or None,
        }
    )
