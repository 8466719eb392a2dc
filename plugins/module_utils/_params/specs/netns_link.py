# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of the module netns_link."""

from __future__ import annotations

from ..._model.fast_typing import TypedDict
from ..._model.link_types import NETNS_LINK_TYPES
from ..specification import STATE, Options, Specification
from .links import NEEDS_BRIDGE, PORT, PortParams


class WireguardPeerParams(TypedDict):
    public_key: str
    endpoint: str | None
    allowed_ips: list[str] | None
    persistent_keepalive: int | None
    preshared_key: str | None
    preshared_key_file: str | None


class NetnsLinkParams(PortParams):
    type: str | None
    device: str | None
    link: str | None
    link_netns: str | None
    mode: str | None
    flags: str | None
    id: int | None
    protocol: str | None
    remote: str | None
    group: str | None
    local: str | None
    dstport: int | None
    vxlan_learning: bool | None
    ttl: int | None
    user: str | None
    multi_queue: bool | None
    vnet_hdr: bool | None
    pi: bool | None
    table: int | None
    private_key: str | None
    private_key_file: str | None
    listen_port: int | None
    fwmark: int | None
    peers: list[WireguardPeerParams] | None
    force: bool


class NetnsLinkTaskParams(NetnsLinkParams):
    state: str


WIREGUARD_PEER = Specification(
    WireguardPeerParams,
    {
        "public_key": {"type": "str", "required": True, "no_log": False},
        "endpoint": {"type": "str"},
        "allowed_ips": {"type": "list", "elements": "str"},
        "persistent_keepalive": {"type": "int"},
        "preshared_key": {"type": "str", "no_log": True},
        "preshared_key_file": {"type": "path", "no_log": False},
    },
    mutually_exclusive=[["preshared_key_file", "preshared_key"]],
)

_NETNS_LINK: Options = {
    **PORT,
    "type": {"type": "str", "choices": ["physical", *NETNS_LINK_TYPES]},
    "device": {"type": "str"},
    "link": {"type": "str"},
    "link_netns": {"type": "str"},
    "mode": {
        "type": "str",
        "choices": ["bridge", "private", "vepa", "passthru", "l2", "l3", "l3s"],
    },
    "flags": {"type": "str", "choices": ["bridge", "private", "vepa"]},
    "id": {"type": "int"},
    "protocol": {"type": "str", "choices": ["802.1Q", "802.1ad"]},
    "remote": {"type": "str"},
    "group": {"type": "str"},
    "local": {"type": "str"},
    "dstport": {"type": "int"},
    "vxlan_learning": {"type": "bool"},
    "ttl": {"type": "int"},
    "user": {"type": "str"},
    "multi_queue": {"type": "bool"},
    "vnet_hdr": {"type": "bool"},
    "pi": {"type": "bool"},
    "table": {"type": "int"},
    "private_key": {"type": "str", "no_log": True},
    "private_key_file": {"type": "path", "no_log": False},
    "listen_port": {"type": "int"},
    "fwmark": {"type": "int"},
    "peers": WIREGUARD_PEER.as_list(),
    "force": {"type": "bool", "default": False},
}

_EXCLUSIVE = [["private_key_file", "private_key"], ["group", "remote"]]

NETNS_LINK_ITEM = Specification(
    NetnsLinkParams, _NETNS_LINK, mutually_exclusive=_EXCLUSIVE, required_by=NEEDS_BRIDGE
)

NETNS_LINK_SPEC = Specification(
    NetnsLinkTaskParams,
    {**_NETNS_LINK, **STATE},
    mutually_exclusive=_EXCLUSIVE,
    required_by=NEEDS_BRIDGE,
)
