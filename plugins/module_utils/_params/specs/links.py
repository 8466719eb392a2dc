# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options that several types of links share."""

from __future__ import annotations

from typing import List, Optional, TypedDict

from ..specification import NETNS, Options, Specification


class ImpairmentParams(TypedDict):
    delay: Optional[str]
    jitter: Optional[str]
    loss: Optional[str]
    corrupt: Optional[str]
    duplicate: Optional[str]
    reorder: Optional[str]
    rate: Optional[str]
    limit: Optional[int]


class LinkParams(TypedDict):
    netns: Optional[str]
    name: str
    addresses: Optional[List[str]]
    vrf: Optional[str]
    up: bool
    mtu: Optional[int]
    mac: Optional[str]
    promisc: Optional[bool]
    link_local: Optional[bool]


class PortParams(LinkParams):
    """A link that may be a port of a bridge."""

    bridge: Optional[str]
    txqueuelen: Optional[int]
    arp: Optional[bool]
    isolated: Optional[bool]
    hairpin: Optional[bool]
    learning: Optional[bool]
    vlan: Optional[int]
    vlans: Optional[List[str]]
    impairment: Optional[ImpairmentParams]


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
