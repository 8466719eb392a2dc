# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Links that are neither veth pairs nor bridges as items of a topology. Pure."""

from __future__ import annotations

import ipaddress
from functools import singledispatch
from typing import TYPE_CHECKING

from .._model import link_options
from .._model.link_types import NETNS_LINK_KINDS, OWN_MAC
from .._model.links import MAX_MTU, Link, type_name, type_of
from .items import Item, compose_port, drop_none

if TYPE_CHECKING:
    from .._model.current_state import CurrentState


def compose_links(current: CurrentState) -> list[Item]:
    """The links that ``netns_link`` can create or move, as its options."""
    items = (_compose_link(link, current) for link in current.links.values())
    return [item for item in items if item is not None]


def _compose_link(link: Link, current: CurrentState) -> Item | None:
    if link.name == "lo":
        return _compose_loopback(link)
    if isinstance(link.options, link_options.TunOptions) and not link.options.persist:
        return None  # it disappears with the program that has it open
    if (link.kind == "" or link.saved is not None) and link.netns is not None:
        return _compose_physical(link, current)
    return _compose_virtual(link, current) if link.kind in NETNS_LINK_KINDS else None


def _compose_loopback(link: Link) -> Item | None:
    """The loopback of a namespace, if it has addresses of its own or is down."""
    addresses = [*(link.addresses or ()), *(link.link_locals or ())]
    if link.netns is None or (link.up and not addresses):
        return None
    item: Item = {"name": "lo", "netns": link.netns, "addresses": addresses or None}
    return drop_none({**item, "up": None if link.up else False})


def _compose_physical(link: Link, current: CurrentState) -> Item:
    renamed = link.saved is not None and link.saved.name != link.name
    device = link.saved.name if link.saved is not None and renamed else None
    return drop_none({**compose_port(link, current), "type": "physical", "device": device})


def _compose_virtual(link: Link, current: CurrentState) -> Item | None:
    """None for a link whose parent is unknown."""
    link_type = type_of(link)
    if link_type is None or (link_type.parent and link.parent is None):
        return None
    parent_netns, parent = link.parent or (None, "")
    item = {
        **compose_port(link, current),
        "type": type_name(link),
        "link": parent or None,
        "link_netns": parent_netns,
    }
    if not link.mtu or link.mtu > MAX_MTU:
        item["mtu"] = None
    # A macvlan in mode passthru has the MAC address of its parent.
    if link_type.mac != OWN_MAC or getattr(link.options, "mode", None) == "passthru":
        item["mac"] = None
    if link_type.arp is None:
        item["arp"] = None
    if not link_type.link_local:
        item["link_local"] = None
    options = {} if link.options is None else compose_options(link.options)
    return drop_none({**item, **options})


@singledispatch
def compose_options(options: link_options.LinkOptions) -> Item:
    """The options that only links of this type have, as ``netns_link`` takes them.

    Secrets are left out.
    """
    raise TypeError(f"no options of {type(options).__name__}")


@compose_options.register(link_options.BridgeOptions)
@compose_options.register(link_options.IpvlanOptions)
@compose_options.register(link_options.MacvlanOptions)
@compose_options.register(link_options.VlanOptions)
@compose_options.register(link_options.VrfOptions)
def _compose_plain_options(options: link_options.LinkOptions) -> Item:
    return dict(vars(options))


@compose_options.register(link_options.TunOptions)
def _compose_tun_options(options: link_options.TunOptions) -> Item:
    """User and group are strings, because they may be names. ``type`` says the mode."""
    item = dict(vars(options))
    for name in ("user", "group"):
        item[name] = None if item[name] is None else str(item[name])
    return {**item, "mode": None, "persist": None}


@compose_options.register(link_options.VxlanOptions)
def _compose_vxlan_options(options: link_options.VxlanOptions) -> Item:
    """The remote is option ``group`` if it is a multicast address."""
    is_group = bool(options.remote) and ipaddress.ip_address(options.remote or "").is_multicast
    return {
        **vars(options),
        "remote": None,
        "group" if is_group else "remote": options.remote,
        "learning": None,
        "vxlan_learning": options.learning,
    }


@compose_options.register(link_options.WireguardOptions)
def _compose_wireguard_options(options: link_options.WireguardOptions) -> Item:
    return {
        "listen_port": options.listen_port,
        "fwmark": options.fwmark,
        "peers": [compose_peer(peer) for peer in options.peers or ()],
    }


def compose_peer(peer: link_options.Peer) -> Item:
    """A WireGuard peer without its preshared key."""
    return drop_none(
        {**vars(peer), "allowed_ips": list(peer.allowed_ips or ()), "preshared_key": None}
    )
