# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options that links of only one type have. ``None`` means as in ``links.py``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, Union

from .fast_dataclass import dataclass, field

if TYPE_CHECKING:
    from .wireguard_keys import Key


@dataclass(frozen=True)
class BridgeOptions:
    """Options of a bridge. Times are in seconds."""

    stp: bool | None = None
    priority: int | None = None
    forward_delay: int | None = None
    hello_time: int | None = None
    max_age: int | None = None
    ageing_time: int | None = None
    mcast_snooping: bool | None = None
    vlan_filtering: bool | None = None
    vlan_default_pvid: int | None = None


@dataclass(frozen=True)
class MacvlanOptions:
    mode: str | None = None


@dataclass(frozen=True)
class IpvlanOptions:
    """Both are the same for all ipvlans of one parent: the kernel keeps them there."""

    mode: str | None = None
    flags: str | None = None


@dataclass(frozen=True)
class VlanOptions:
    id: int | None = None
    protocol: str | None = None


@dataclass(frozen=True)
class VxlanOptions:
    """``remote`` is a unicast or multicast address. With ``ttl`` 0 the kernel chooses."""

    id: int | None = None
    remote: str | None = None
    local: str | None = None
    dstport: int | None = None
    learning: bool | None = None
    ttl: int | None = None


@dataclass(frozen=True)
class TunOptions:
    """``mode`` is tun or tap. If it is not persistent, it ends with the process that opened it."""

    mode: str | None = None
    user: int | None = None
    group: int | None = None
    multi_queue: bool | None = None
    vnet_hdr: bool | None = None
    pi: bool | None = None
    persist: bool | None = None


@dataclass(frozen=True)
class VrfOptions:
    table: int | None = None


@dataclass(frozen=True)
class Peer:
    """A WireGuard peer. ``persistent_keepalive`` is in seconds, and 0 disables it."""

    public_key: str
    endpoint: str | None = None
    """ADDRESS:PORT"""
    allowed_ips: tuple[str, ...] | None = None
    persistent_keepalive: int | None = None
    preshared_key: Key | None = None


@dataclass(frozen=True)
class WireguardOptions:
    """The options of a WireGuard link.

    The kernel derives ``public_key`` from the private key. It cannot be set, and is not compared.
    """

    private_key: Key | None = None
    listen_port: int | None = None
    fwmark: int | None = None
    peers: tuple[Peer, ...] | None = None
    public_key: str | None = field(default=None, compare=False)


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
    values: dict[str, Any] = {name: getattr(under, name) for name in vars(over)}
    values.update({name: value for name, value in vars(over).items() if value is not None})
    if isinstance(under, WireguardOptions) and values["peers"]:
        known = {peer.public_key: peer for peer in under.peers or ()}
        values["peers"] = tuple(
            merge_options(peer, known.get(peer.public_key, peer)) for peer in values["peers"]
        )
    return type(over)(**values)
