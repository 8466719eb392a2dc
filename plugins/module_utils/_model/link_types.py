# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The kinds of links: what only each of them has, and what the kernel does with it of its own accord."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Dict, List, Optional, Tuple, TypeVar, Union

from .wireguard_keys import Key


@dataclass(frozen=True)
class BridgeOptions:
    """What only a bridge has. Times in seconds."""

    stp: Optional[bool] = None
    priority: Optional[int] = None
    forward_delay: Optional[int] = None
    hello_time: Optional[int] = None
    max_age: Optional[int] = None
    ageing_time: Optional[int] = None
    mcast_snooping: Optional[bool] = None
    vlan_filtering: Optional[bool] = None
    vlan_default_pvid: Optional[int] = None


@dataclass(frozen=True)
class MacvlanOptions:
    mode: Optional[str] = None


@dataclass(frozen=True)
class IpvlanOptions:
    """Both are the same for all that sit on one link: the kernel keeps them there."""

    mode: Optional[str] = None
    flags: Optional[str] = None


@dataclass(frozen=True)
class VlanOptions:
    id: Optional[int] = None
    protocol: Optional[str] = None


@dataclass(frozen=True)
class VxlanOptions:
    """``remote`` is a neighbour's address, or a group's. ``ttl`` 0 is the kernel's choice."""

    id: Optional[int] = None
    remote: Optional[str] = None
    local: Optional[str] = None
    dstport: Optional[int] = None
    learning: Optional[bool] = None
    ttl: Optional[int] = None


@dataclass(frozen=True)
class TunOptions:
    """``mode`` is tun or tap. One that is not persistent ends with the process that opened it; ours are."""

    mode: Optional[str] = None
    user: Optional[int] = None
    group: Optional[int] = None
    multi_queue: Optional[bool] = None
    vnet_hdr: Optional[bool] = None
    pi: Optional[bool] = None
    persist: Optional[bool] = None


@dataclass(frozen=True)
class VrfOptions:
    table: Optional[int] = None


@dataclass(frozen=True)
class Peer:
    """Of a wireguard. ``endpoint`` as ADDRESS:PORT, ``persistent_keepalive`` in seconds, 0 for none."""

    public_key: str
    endpoint: Optional[str] = None
    allowed_ips: Optional[Tuple[str, ...]] = None
    persistent_keepalive: Optional[int] = None
    preshared_key: Optional[Key] = None


@dataclass(frozen=True)
class WireguardOptions:
    private_key: Optional[Key] = None
    listen_port: Optional[int] = None
    fwmark: Optional[int] = None
    peers: Optional[Tuple[Peer, ...]] = None


LinkOptions = Union[
    BridgeOptions,
    MacvlanOptions,
    IpvlanOptions,
    VlanOptions,
    VxlanOptions,
    TunOptions,
    VrfOptions,
    WireguardOptions,
]

OPTIONS: Dict[str, Any] = {
    "bridge": BridgeOptions,
    "macvlan": MacvlanOptions,
    "ipvlan": IpvlanOptions,
    "vlan": VlanOptions,
    "vxlan": VxlanOptions,
    "tun": TunOptions,
    "vrf": VrfOptions,
    "wireguard": WireguardOptions,
}


@dataclass(frozen=True)
class LinkType:
    """What a kind is like.

    ``module`` and ``config`` are what a kernel needs to have it. ``mac``: it has an address of its own, which may be given when it is made.
    ``needed`` are the options without which none can be made, ``fixed`` those that it keeps.
    ``parent``: it sits on another link. ``underlay``: what it sends travels in the namespace in which it was made.
    ``arp``: it is born with ARP. ``port``: a bridge takes it.
    """

    module: str
    config: str
    mac: bool = True
    required: Tuple[str, ...] = ()
    immutable: Tuple[str, ...] = ()
    parent: bool = False
    underlay: bool = False
    arp: bool = True
    port: bool = True


LINK_TYPES: Dict[str, LinkType] = {
    "dummy": LinkType("dummy", "CONFIG_DUMMY", arp=False),
    "ipvlan": LinkType("ipvlan", "CONFIG_IPVLAN", mac=False, parent=True, port=False),
    "macvlan": LinkType("macvlan", "CONFIG_MACVLAN", parent=True),
    "tun": LinkType(
        "tun", "CONFIG_TUN", immutable=("mode", "user", "group", "multi_queue", "vnet_hdr", "pi")
    ),
    "vlan": LinkType(
        "8021q",
        "CONFIG_VLAN_8021Q",
        mac=False,
        required=("id",),
        immutable=("id", "protocol"),
        parent=True,
    ),
    "vrf": LinkType(
        "vrf", "CONFIG_NET_VRF", required=("table",), immutable=("table",), arp=False, port=False
    ),
    "vxlan": LinkType(
        "vxlan", "CONFIG_VXLAN", required=("id",), immutable=("id", "dstport"), underlay=True
    ),
    "wireguard": LinkType(
        "wireguard", "CONFIG_WIREGUARD", mac=False, underlay=True, arp=False, port=False
    ),
}
"""By the kernel's word. A vlan has its link's address until it is told another, and the kernel gives it that."""

MAX_BRIDGE_PORTS = 1023
"""What a bridge takes (BR_MAX_PORTS is 1,024, and port 0 is none: net/bridge/br_private.h)."""

TOO_MANY_PORTS = f"a Linux bridge takes {MAX_BRIDGE_PORTS} ports; use a second bridge"

STACKED_TYPES = frozenset(
    kind for kind, nature in LINK_TYPES.items() if nature.parent or nature.underlay
)
"""The kinds that depend on another link, or on another namespace."""

EXCLUSIVE_TYPES = ("macvlan", "ipvlan")
"""What is given all that comes in by the link on which it sits (rx_handler), as a bridge is of its ports: there can be one such."""

_Options = TypeVar("_Options")


def lay_over(over: _Options, under: _Options) -> _Options:
    """The options of the first, and where it says nothing those of the second; of a peer that is in both likewise."""
    values: Dict[str, Any] = {one.name: getattr(under, one.name) for one in fields(over)}  # type: ignore[arg-type]
    values.update({name: value for name, value in vars(over).items() if value is not None})
    if values.get("peers") and isinstance(under, WireguardOptions):
        known = {peer.public_key: peer for peer in under.peers or ()}
        values["peers"] = tuple(
            lay_over(peer, known.get(peer.public_key, peer)) for peer in values["peers"]
        )
    return type(over)(**values)


def differing_peers(before: WireguardOptions, after: WireguardOptions) -> List[Tuple[Peer, bool]]:
    """Peers that have to be set, and those (True) that have to go. Those come first: a network is only one's."""
    if after.peers is None:
        return []
    old, new = (
        {peer.public_key: peer for peer in before.peers or ()},
        {peer.public_key: peer for peer in after.peers},
    )
    return [(old[key], True) for key in old if key not in new] + [
        (peer, False) for key, peer in new.items() if peer != old.get(key)
    ]
