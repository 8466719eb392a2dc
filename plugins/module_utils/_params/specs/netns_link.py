# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of the module netns_link."""

from __future__ import annotations

from typing import List, Optional, TypedDict

from ..._model.link_types import NETNS_LINK_TYPES
from ..specification import STATE, Options, Specification
from .links import NEEDS_BRIDGE, PORT, PortParams


class WireguardPeerParams(TypedDict):
    public_key: str
    endpoint: Optional[str]
    allowed_ips: Optional[List[str]]
    persistent_keepalive: Optional[int]
    preshared_key: Optional[str]
    preshared_key_file: Optional[str]


class NetnsLinkParams(PortParams):
    type: Optional[str]
    device: Optional[str]
    link: Optional[str]
    link_netns: Optional[str]
    mode: Optional[str]
    flags: Optional[str]
    id: Optional[int]
    protocol: Optional[str]
    remote: Optional[str]
    group: Optional[str]
    local: Optional[str]
    dstport: Optional[int]
    vxlan_learning: Optional[bool]
    ttl: Optional[int]
    user: Optional[str]
    multi_queue: Optional[bool]
    vnet_hdr: Optional[bool]
    pi: Optional[bool]
    table: Optional[int]
    private_key: Optional[str]
    private_key_file: Optional[str]
    listen_port: Optional[int]
    fwmark: Optional[int]
    peers: Optional[List[WireguardPeerParams]]
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
