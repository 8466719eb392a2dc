# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of the module netns_route."""

from __future__ import annotations

from ..._model.fast_typing import TypedDict
from ..specification import NETNS, STATE, Options, Specification


class NexthopParams(TypedDict):
    gateway: str | None
    device: str | None
    weight: int
    onlink: bool


class NetnsRouteParams(TypedDict):
    netns: str | None
    destination: str
    gateway: str | None
    device: str | None
    metric: int | None
    table: int
    source: str | None
    scope: str | None
    type: str
    onlink: bool | None
    mtu: int | None
    nexthops: list[NexthopParams] | None
    force: bool


class NetnsRouteTaskParams(NetnsRouteParams):
    state: str


NEXTHOP = Specification(
    NexthopParams,
    {
        "gateway": {"type": "str"},
        "device": {"type": "str"},
        "weight": {"type": "int", "default": 1},
        "onlink": {"type": "bool", "default": False},
    },
    required_one_of=[["gateway", "device"]],
)

_NETNS_ROUTE: Options = {
    **NETNS,
    "destination": {"type": "str", "required": True},
    "gateway": {"type": "str"},
    "device": {"type": "str"},
    "metric": {"type": "int"},
    "table": {"type": "int", "default": 254},
    "source": {"type": "str"},
    "scope": {"type": "str", "choices": ["global", "site", "link", "host"]},
    "type": {
        "type": "str",
        "choices": ["unicast", "blackhole", "unreachable", "prohibit"],
        "default": "unicast",
    },
    "onlink": {"type": "bool"},
    "mtu": {"type": "int"},
    "nexthops": NEXTHOP.as_list(),
    "force": {"type": "bool", "default": False},
}

_EXCLUSIVE = [["nexthops", "gateway"], ["nexthops", "device"]]
_REQUIRED_IF = [("onlink", True, ["device"])]

NETNS_ROUTE_ITEM = Specification(
    NetnsRouteParams, _NETNS_ROUTE, mutually_exclusive=_EXCLUSIVE, required_if=_REQUIRED_IF
)

NETNS_ROUTE_SPEC = Specification(
    NetnsRouteTaskParams,
    {**_NETNS_ROUTE, **STATE},
    mutually_exclusive=_EXCLUSIVE,
    required_if=_REQUIRED_IF,
)
