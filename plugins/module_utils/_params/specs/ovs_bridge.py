# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of the module ovs_bridge."""

from __future__ import annotations

from ..._model.fast_typing import TypedDict
from ..._model.ovs import DATAPATH_TYPES, FAIL_MODES, PORT_TYPES, TUNNEL_TYPES
from ..specification import STATE, Options, Specification
from .links import LINK


class OvsPortParams(TypedDict):
    name: str
    type: str
    peer: str | None
    remote_ip: str | None
    local_ip: str | None
    vni: str | None
    dst_port: int | None
    vlan: int | None
    vlans: list[str] | None


class OvsMirrorParams(TypedDict):
    name: str
    all: bool
    sources: list[str] | None
    destinations: list[str] | None
    vlans: list[int] | None
    output: str | None
    output_vlan: int | None


class OvsBridgeParams(TypedDict):
    name: str
    addresses: list[str] | None
    purge_addresses: bool
    allow_overlap: bool
    up: bool
    mtu: int | None
    mac: str | None
    promisc: bool | None
    link_local: bool | None
    force: bool
    datapath_type: str | None
    fail_mode: str | None
    protocols: list[str] | None
    controller: list[str] | None
    ports: list[OvsPortParams] | None
    mirrors: list[OvsMirrorParams] | None


class OvsBridgeTaskParams(OvsBridgeParams):
    state: str


_PORT = Specification(
    OvsPortParams,
    {
        "name": {"type": "str", "required": True},
        "type": {"type": "str", "required": True, "choices": list(PORT_TYPES)},
        "peer": {"type": "str"},
        "remote_ip": {"type": "str"},
        "local_ip": {"type": "str"},
        "vni": {"type": "str"},
        "dst_port": {"type": "int"},
        "vlan": {"type": "int"},
        "vlans": {"type": "list", "elements": "str"},
    },
    required_if=[
        ("type", "patch", ["peer"]),
        *(("type", tunnel, ["remote_ip"]) for tunnel in TUNNEL_TYPES),
    ],
)

_MIRROR = Specification(
    OvsMirrorParams,
    {
        "name": {"type": "str", "required": True},
        "all": {"type": "bool", "default": False},
        "sources": {"type": "list", "elements": "str"},
        "destinations": {"type": "list", "elements": "str"},
        "vlans": {"type": "list", "elements": "int"},
        "output": {"type": "str"},
        "output_vlan": {"type": "int"},
    },
)

_LINK: Options = {name: LINK[name] for name in LINK if name not in ("netns", "vrf")}

OVS_BRIDGE_ITEM = Specification(
    OvsBridgeParams,
    {
        **_LINK,
        "force": {"type": "bool", "default": False},
        "datapath_type": {"type": "str", "choices": list(DATAPATH_TYPES)},
        "fail_mode": {"type": "str", "choices": list(FAIL_MODES)},
        "protocols": {"type": "list", "elements": "str"},
        "controller": {"type": "list", "elements": "str"},
        "ports": _PORT.as_list(),
        "mirrors": _MIRROR.as_list(),
    },
)

OVS_BRIDGE_SPEC = Specification(OvsBridgeTaskParams, {**OVS_BRIDGE_ITEM.options, **STATE})
