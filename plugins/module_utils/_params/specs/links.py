# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options that several types of links share."""

from __future__ import annotations

from ..._model.fast_typing import TypedDict
from ..specification import NETNS, Options, Specification


class ImpairmentParams(TypedDict):
    delay: str | None
    jitter: str | None
    loss: str | None
    corrupt: str | None
    duplicate: str | None
    reorder: str | None
    rate: str | None
    limit: int | None


class LinkParams(TypedDict):
    netns: str | None
    name: str
    addresses: list[str] | None
    purge_addresses: bool
    allow_overlap: bool
    vrf: str | None
    up: bool
    mtu: int | None
    mac: str | None
    promisc: bool | None
    link_local: bool | None


class PortParams(LinkParams):
    """A link that may be a port of a bridge."""

    bridge: str | None
    txqueuelen: int | None
    arp: bool | None
    isolated: bool | None
    hairpin: bool | None
    learning: bool | None
    vlan: int | None
    vlans: list[str] | None
    impairment: ImpairmentParams | None


IMPAIRMENT = Specification(
    ImpairmentParams,
    {
        "delay": {"type": "str"},
        "jitter": {"type": "str"},
        "loss": {"type": "str"},
        "corrupt": {"type": "str"},
        "duplicate": {"type": "str"},
        "reorder": {"type": "str"},
        "rate": {"type": "str"},
        "limit": {"type": "int"},
    },
)

LINK: Options = {
    **NETNS,
    "name": {"type": "str", "required": True},
    "addresses": {"type": "list", "elements": "str"},
    "purge_addresses": {"type": "bool", "default": True},
    "allow_overlap": {"type": "bool", "default": False},
    "vrf": {"type": "str"},
    "up": {"type": "bool", "default": True},
    "mtu": {"type": "int"},
    "mac": {"type": "str"},
    "promisc": {"type": "bool"},
    "link_local": {"type": "bool"},
}

PORT: Options = {
    **LINK,
    "bridge": {"type": "str"},
    "txqueuelen": {"type": "int"},
    "arp": {"type": "bool"},
    "isolated": {"type": "bool"},
    "hairpin": {"type": "bool"},
    "learning": {"type": "bool"},
    "vlan": {"type": "int"},
    "vlans": {"type": "list", "elements": "str"},
    "impairment": IMPAIRMENT.as_dict(),
}

NEEDS_BRIDGE = {
    option: ["bridge"] for option in ("isolated", "hairpin", "learning", "vlan", "vlans")
}
"""Options of a bridge port, as ``required_by`` has them."""
