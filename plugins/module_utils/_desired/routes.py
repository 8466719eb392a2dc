# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The desired state of routes: from the options of netns_route."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._model.addresses import family_of
from .._model.errors import Refused
from .._model.routes import Nexthop, Route
from .._params.addresses import check_address, check_destination, check_gateway
from .._params.names import check_link_name, check_mtu, check_optional, check_range
from .common import allowances, check_netns, desired_state_for

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .._model.desired_state import DesiredState
    from .._model.resources import Resource
    from .._params.specs.netns_route import NetnsRouteParams, NetnsRouteTaskParams, NexthopParams


def netns_route_resources(params: NetnsRouteParams, state: str, prefix: str = "") -> list[Resource]:
    """Return a route. ``default`` is of the family of the gateway or the source."""
    _check_options(params, state, prefix)
    nexthops = None
    if params["nexthops"] is not None:
        nexthops = _parse_nexthops(f"{prefix}nexthops", params["nexthops"])
    gateway = check_optional(check_gateway, f"{prefix}gateway", params["gateway"])
    source = check_optional(check_address, f"{prefix}source", params["source"])
    gateways = [gateway, *(hop.gateway for hop in nexthops or ())]
    families = [family_of(text) for text in gateways if text]
    destination = _parse_destination(params, families, source, prefix)
    family = family_of(destination)
    if family == 6 and params["scope"] not in (None, "global"):
        rule = "is not supported for IPv6 routes, whose scope is global"
        raise Refused(f"{prefix}scope", params["scope"], rule)
    check_range(f"{prefix}table", params["table"], 1, 2**32 - 1)
    metric = check_range(f"{prefix}metric", params["metric"], 0, 2**32 - 1)
    return [
        Route(
            netns=check_netns(f"{prefix}netns", params["netns"]),
            destination=destination,
            table=params["table"],
            metric=metric or (1024 if family == 6 else 0),
            type=params["type"],
            gateway=gateway,
            device=check_optional(check_link_name, f"{prefix}device", params["device"]),
            source=source,
            scope=params["scope"],
            onlink=params["onlink"],
            mtu=check_mtu(f"{prefix}mtu", params["mtu"]),
            nexthops=nexthops,
        )
    ]


def _parse_destination(
    params: NetnsRouteParams, families: list[int], source: str | None, prefix: str
) -> str:
    """Return the destination, which has the family of the source.

    An IPv4 destination may have IPv6 gateways (RFC 8950). IPv6 has no such thing.

    :param families: those of the gateways.
    """
    own = [family_of(source)] if source else []
    parameter = f"{prefix}destination"
    default_family = min([*own, *families], default=4)
    destination = check_destination(parameter, params["destination"], default_family)
    family = family_of(destination)
    for option, others in (("source", own), ("gateway", families if family == 6 else [])):
        if any(other != family for other in others):
            rule = f"is an IPv{family} destination, but {option} is not an IPv{family} address"
            raise Refused(parameter, params["destination"], rule)
    return destination


def _check_options(params: NetnsRouteParams, state: str, prefix: str) -> None:
    """Refuse options that do not fit together."""
    by_gateway = params["gateway"] is not None or params["nexthops"] is not None
    if params["type"] != "unicast":
        values: Mapping[str, object] = params
        for option in ("gateway", "device", "nexthops", "onlink"):
            if values[option] is not None:
                rule = f"is not supported for routes of type {params['type']}"
                raise Refused(f"{prefix}{option}", values[option], rule)
    elif state == "present" and params["device"] is None and not by_gateway:
        rule = "a route of type unicast needs gateway, device or nexthops"
        raise Refused(f"{prefix}gateway", None, rule)
    if params["scope"] in ("link", "host") and by_gateway:
        rule = "is only for destinations on the link; a route with a gateway has scope global"
        raise Refused(f"{prefix}scope", params["scope"], f"{rule} or site")


def _parse_nexthops(parameter: str, items: list[NexthopParams]) -> tuple[Nexthop, ...]:
    hops: list[Nexthop] = []
    for index, item in enumerate(items):
        path = f"{parameter}[{index}]"
        check_range(f"{path}.weight", item["weight"], 1, 256)
        gateway = check_optional(check_gateway, f"{path}.gateway", item["gateway"])
        device = check_optional(check_link_name, f"{path}.device", item["device"])
        if any((hop.gateway, hop.device) == (gateway, device) for hop in hops):
            rule = "is already listed in nexthops; use weight for its share of the traffic"
            raise Refused(path, gateway or device, rule)
        hops.append(Nexthop(gateway, device, item["weight"], item["onlink"]))
    if len(hops) < 2:
        rule = "has less than two next hops; use gateway and device for a single one"
        raise Refused(parameter, items, rule)
    return tuple(sorted(hops, key=_sort_key))


def _sort_key(hop: Nexthop) -> tuple[str, str]:
    return (hop.gateway or "", hop.device or "")


def parse_netns_route(params: NetnsRouteTaskParams) -> DesiredState:
    """Return the desired state of a task of the module netns_route."""
    resources = netns_route_resources(params, params["state"])
    return desired_state_for(params["state"], resources, allowances(params, resources[0]))
