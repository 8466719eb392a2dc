# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From the options of netns_route to the desired state."""

from __future__ import annotations

from typing import List, Optional, Tuple

from .._model.addresses import family_of
from .._model.changes import Resource
from .._model.desired_state import DesiredState
from .._model.errors import Refused
from .._model.routes import Nexthop, Route
from .._params.validators import (
    check_address,
    check_destination,
    check_gateway,
    check_link_name,
    check_mtu,
    check_range,
)
from .common import Params, allowances, check_netns, desired_state_for


def _checked_nexthops(params: Params, prefix: str) -> Optional[Tuple[Nexthop, ...]]:
    given = params["nexthops"]
    if given is None:
        return None
    hops = []
    for index, hop in enumerate(given):
        path = f"{prefix}nexthops[{index}]"
        if hop["gateway"] is None and hop["device"] is None:
            raise Refused(path, hop, "needs a gateway or a device")
        check_range(f"{path}.weight", hop["weight"], 1, 256)
        gateway = (
            None if hop["gateway"] is None else check_gateway(f"{path}.gateway", hop["gateway"])
        )
        device = None if hop["device"] is None else check_link_name(f"{path}.device", hop["device"])
        hops.append(Nexthop(gateway, device, hop["weight"], hop["onlink"]))
        if any((one.gateway, one.device) == (gateway, device) for one in hops[:-1]):
            raise Refused(
                path,
                gateway or device,
                "stands in nexthops already; weight says how much of the traffic goes there",
            )
    if len(hops) < 2:
        raise Refused(
            f"{prefix}nexthops",
            given,
            "several next hops are two at least; use gateway and device for one",
        )
    return tuple(sorted(hops, key=lambda hop: (hop.gateway or "", hop.device or "")))


def _check_route_shape(params: Params, prefix: str) -> None:
    if params["type"] != "unicast":
        for option in ("gateway", "device", "nexthops", "onlink"):
            if params[option] is not None:
                raise Refused(
                    f"{prefix}{option}",
                    params[option],
                    f"a route of type {params['type']} leads nowhere and takes no {option}",
                )
    elif (
        params["state"] == "present"
        and params["gateway"] is None
        and params["device"] is None
        and params["nexthops"] is None
    ):
        raise Refused(f"{prefix}gateway", None, "a unicast route needs gateway, device or nexthops")
    if params["nexthops"] is not None and (
        params["gateway"] is not None or params["device"] is not None
    ):
        raise Refused(f"{prefix}nexthops", params["nexthops"], "excludes gateway and device")
    if params["onlink"] and params["device"] is None:
        raise Refused(
            f"{prefix}onlink", True, "needs device: nothing else tells on which link the gateway is"
        )
    if params["scope"] in ("link", "host") and (
        params["gateway"] is not None or params["nexthops"] is not None
    ):
        raise Refused(
            f"{prefix}scope",
            params["scope"],
            "is for destinations on the link itself; a route by a gateway has scope global or site",
        )


def netns_route_resources(params: Params, prefix: str = "") -> List[Resource]:
    """A route. The family is the destination's; ``default`` takes it from the gateway or the source."""
    params = {"state": "present", **params}
    _check_route_shape(params, prefix)
    hops = _checked_nexthops(params, prefix)
    gateway = (
        None if params["gateway"] is None else check_gateway(f"{prefix}gateway", params["gateway"])
    )
    source = (
        None if params["source"] is None else check_address(f"{prefix}source", params["source"])
    )
    hints = [text for text in (gateway, source, *(hop.gateway for hop in hops or ())) if text]
    family = family_of(hints[0]) if hints else 4
    destination = check_destination(f"{prefix}destination", params["destination"], family)
    if any(family_of(hint) != family_of(destination) for hint in hints):
        raise Refused(
            f"{prefix}destination",
            params["destination"],
            f"is IPv{family_of(destination)}, but gateway or source is not",
        )
    if family_of(destination) == 6 and params["scope"] not in (None, "global"):
        raise Refused(f"{prefix}scope", params["scope"], "routes of IPv6 have no scope but global")
    check_range(f"{prefix}table", params["table"], 1, 2**32 - 1)
    metric = check_range(f"{prefix}metric", params["metric"], 0, 2**32 - 1)
    if not metric:
        metric = 1024 if family_of(destination) == 6 else 0
    return [
        Route(
            netns=check_netns(params, prefix),
            destination=destination,
            table=params["table"],
            metric=metric,
            type=params["type"],
            gateway=gateway,
            device=None
            if params["device"] is None
            else check_link_name(f"{prefix}device", params["device"]),
            source=source,
            scope=params["scope"],
            onlink=params["onlink"],
            mtu=check_mtu(f"{prefix}mtu", params["mtu"]),
            nexthops=hops,
        )
    ]


def parse_netns_route(params: Params) -> DesiredState:
    resources = netns_route_resources(params)
    return desired_state_for(params, resources, allowances(params, resources))
