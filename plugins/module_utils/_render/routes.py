# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Renders changes of routes."""

from __future__ import annotations

from .._describe.places import describe_location
from .._describe.resources import describe_resource
from .._describe.routes import describe_destination, describe_gateway, describe_route
from .._model.routes import MAIN_TABLE, Nexthop, Route
from .dispatch import compose_commands, describe_action, describe_details
from .iproute2 import ip
from .text import choose_verb, list_attributes


@describe_action.register(Route)
def _describe_action(route: Route, before: Route | None, after: Route | None) -> str:
    if before is None or after is None:
        return f"{choose_verb(before, after)} {describe_resource(route)}"
    where = describe_location(after.netns)
    return f"replace route {describe_route(before)} by {describe_route(after)} {where}"


@compose_commands.register(Route)
def _compose_commands(route: Route, before: Route | None, after: Route | None) -> list[str]:
    if after is None:
        return [_compose_command("del", route)]
    if before is None:
        return [_compose_command("add", after)]
    if ":" in after.destination and (before.nexthops or after.nexthops):
        # Replacing several IPv6 next hops replaces only the first.
        return [_compose_command("del", before), _compose_command("add", after)]
    return [_compose_command("replace", after)]


def _compose_command(verb: str, route: Route) -> str:
    family = " -6" if ":" in route.destination else ""
    gateways = (route.gateway, *(hop.gateway for hop in route.nexthops or ()))
    if not family and any(":" in (gateway or "") for gateway in gateways):
        family = " -4"  # Otherwise, ip(8) takes "default" for that of the gateway's family.
    route_type = "" if route.type in (None, "unicast") else f"{route.type} "
    words = f"{ip(route.netns)}{family} route {verb} {route_type}{describe_destination(route)}"
    words += _hop_words(route, Nexthop(route.gateway, route.device, 1, bool(route.onlink)))
    words += f" table {route.table}" if route.table != MAIN_TABLE else ""
    words += f" metric {route.metric}" if route.metric else ""
    words += f" proto {route.protocol}"
    words += f" src {route.source}" if route.source else ""
    if route.scope and verb != "del" and ":" not in route.destination:
        words += f" scope {route.scope}"
    words += f" mtu {route.mtu}" if route.mtu is not None else ""
    return words + "".join(
        f" nexthop{_hop_words(route, hop)} weight {hop.weight}" for hop in route.nexthops or ()
    )


def _hop_words(route: Route, hop: Nexthop) -> str:
    words = f" via {describe_gateway(route, hop.gateway)}" if hop.gateway else ""
    words += f" dev {hop.device}" if hop.device else ""
    return words + (" onlink" if hop.onlink else "")


@describe_details.register(Route)
def _describe_details(route: Route) -> list[str]:
    described = ["netns", "destination", "gateway", "device", "metric", "table", "type", "source"]
    described += [] if route.encapsulated else ["encapsulated"]
    return list_attributes(route, *described)
