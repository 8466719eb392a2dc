# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options that links of only one type have. ``None`` means as in ``links.py``."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Dict, Optional, Tuple, TypeVar, Union

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

_Options = TypeVar("_Options")


def merge_options(over: _Options, under: _Options) -> _Options:
    """The options of the first, and where it says nothing those of the second; of a peer that is in both likewise."""
    values: Dict[str, Any] = {one.name: getattr(under, one.name) for one in fields(over)}  # type: ignore[arg-type]
    values.update({name: value for name, value in vars(over).items() if value is not None})
    if values.get("peers") and isinstance(under, WireguardOptions):
        known = {peer.public_key: peer for peer in under.peers or ()}
        values["peers"] = tuple(
            merge_options(peer, known.get(peer.public_key, peer)) for peer in values["peers"]
        )
    return type(over)(**values)
