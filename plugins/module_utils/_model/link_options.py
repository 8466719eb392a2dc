# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options that links of only one type have. ``None`` means as in ``links.py``."""

from __future__ import annotations

from typing import Any, Dict, Optional, Tuple, TypeVar, Union

from .fast_dataclass import dataclass, field
from .wireguard_keys import Key


@dataclass(frozen=True)
class BridgeOptions:
    """Options of a bridge. Times are in seconds."""

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
    """Both are the same for all ipvlans of one parent: the kernel keeps them there."""

    mode: Optional[str] = None
    flags: Optional[str] = None


@dataclass(frozen=True)
class VlanOptions:
    id: Optional[int] = None
    protocol: Optional[str] = None


@dataclass(frozen=True)
class VxlanOptions:
    """``remote`` is a unicast or multicast address. With ``ttl`` 0 the kernel chooses."""

    id: Optional[int] = None
    remote: Optional[str] = None
    local: Optional[str] = None
    dstport: Optional[int] = None
    learning: Optional[bool] = None
    ttl: Optional[int] = None


@dataclass(frozen=True)
class TunOptions:
    """``mode`` is tun or tap. If it is not persistent, it ends with the process that opened it."""

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
    """A WireGuard peer. ``persistent_keepalive`` is in seconds, and 0 disables it."""

    public_key: str
    endpoint: Optional[str] = None
    """ADDRESS:PORT"""
    allowed_ips: Optional[Tuple[str, ...]] = None
    persistent_keepalive: Optional[int] = None
    preshared_key: Optional[Key] = None


@dataclass(frozen=True)
class WireguardOptions:
    """The options of a WireGuard link.

    The kernel derives ``public_key`` from the private key. It cannot be set, and is not compared.
    """

    private_key: Optional[Key] = None
    listen_port: Optional[int] = None
    fwmark: Optional[int] = None
    peers: Optional[Tuple[Peer, ...]] = None
    public_key: Optional[str] = field(default=None, compare=False)


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

_Options = TypeVar("_Options", LinkOptions, Peer)


def merge_options(over: _Options, under: _Options) -> _Options:
    """The options of ``over``; where they are None, those of ``under``.

    The same applies to each WireGuard peer of ``over`` that ``under`` has as well.
    """
    values: Dict[str, Any] = {name: getattr(under, name) for name in vars(over)}
    values.update({name: value for name, value in vars(over).items() if value is not None})
    if isinstance(under, WireguardOptions) and values["peers"]:
        known = {peer.public_key: peer for peer in under.peers or ()}
        values["peers"] = tuple(
            merge_options(peer, known.get(peer.public_key, peer)) for peer in values["peers"]
        )
    return type(over)(**values)
