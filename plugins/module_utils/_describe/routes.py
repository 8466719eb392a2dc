# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Routes in messages, in the words of ip-route(8)."""

from __future__ import annotations

from .._model.addresses import family_of
from .._model.routes import MAIN_TABLE, Nexthop, Route

DEFAULTS = ("0.0.0.0/0", "::/0")


def describe_destination(route: Route) -> str:
    """The destination, with the default routes as ``default``."""
    return "default" if route.destination in DEFAULTS else route.destination


def describe_route(route: Route) -> str:
    """A route, as in ``default via 10.0.0.1 dev eth0``."""
    words = [] if route.type in (None, "unicast") else [route.type]
    words.append(describe_destination(route))
    words += [route.selector] if route.selector else []
    words += ["encap"] if route.encapsulated else []
    for hop in route.nexthops or (Nexthop(route.gateway, route.device),):
        words += [f"via {describe_gateway(route, hop.gateway)}"] if hop.gateway else []
        words += [f"dev {hop.device}"] if hop.device else []
    # The kernel gives IPv6 routes the metric 1024 by default.
    if route.metric and not (route.metric == 1024 and family_of(route.destination) == 6):
        words.append(f"metric {route.metric}")
    if route.table != MAIN_TABLE:
        words.append(f"table {route.table}")
    return " ".join(words)


def describe_gateway(route: Route, gateway: str) -> str:
    """A gateway, as in ``via inet6 fe80::1`` if its family is not that of the route."""
    family = family_of(gateway)
    if family == family_of(route.destination):
        return gateway
    return f"{'inet6' if family == 6 else 'inet'} {gateway}"
