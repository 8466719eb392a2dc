# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The attributes that a link of this collection has where the user gives none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .._model.digests import sha256
from .._model.fast_replace import replace
from .._model.link_types import OWN_MAC
from .._model.links import IPV6_MIN_MTU, PORT_FLAGS, Link, default_arp, type_of
from .kinds import steps

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .projection import Projection

_NOT_IN_NEWLINK: dict[str, Any] = dict.fromkeys(
    (
        "accept_ra",
        "accept_dad",
        "addresses",
        "link_locals",
        "ports",
        "alias",
        "group",
        "altnames",
    )
)
"""Attributes that the message which creates a link does not set."""


def derive_mac(machine: str, netns: str | None, name: str) -> str:
    """A locally administered unicast MAC address (IEEE 802), always the same for this link."""
    digest = sha256("\0".join((machine, netns or "", name)).encode()).digest()
    return bytes((digest[0] & 0xFC | 0x02, *digest[1:6])).hex(":")


def _default_mtu(projection: Projection, wanted: Link) -> int | None:
    """The MTU with which a link on a parent is created; None where the kernel chooses."""
    parent = projection.links.get(wanted.parent) if wanted.parent else None
    if parent is None or parent.mtu is None:
        return None
    wanted_type = type_of(wanted)
    return parent.mtu - (wanted_type.overhead if wanted_type is not None else 0)


def _has_ipv6(projection: Projection, wanted: Link, current: Link | None) -> bool:
    """Whether a link will have IPv6 and its settings: not with an MTU below that of IPv6."""
    if wanted.mtu is None and current is not None:
        return current.link_local is not None
    mtu = _default_mtu(projection, wanted) if wanted.mtu is None and wanted.parent else wanted.mtu
    return projection.current.has_ipv6 and (mtu is None or mtu >= IPV6_MIN_MTU)


def _has_own_mac(wanted: Link, current: Link | None) -> bool:
    """Whether a link has a MAC address of its own, not that of its parent."""
    wanted_type = type_of(wanted)
    if wanted_type is None:
        return True
    if wanted_type.mac != OWN_MAC:
        return False
    # A macvlan with mode passthru has the address of its parent.
    options = (wanted.options, current.options if current is not None else None)
    return options == (None, None) or all(
        getattr(option, "mode", None) != "passthru" for option in options
    )


def with_defaults(projection: Projection, wanted: Link, current: Link | None) -> Link:
    """A wanted link with its defaults, if it is created or was created by the same topology.

    A link that exists otherwise keeps what the user does not name.
    """
    lab = projection.request.lab
    if current is not None and not (lab and current.owner == lab):
        return wanted
    # A link from the host, and one that is only changed, keeps everything else.
    is_new = wanted.kind is not None and (current is None or current.saved is None)
    defaults = _defaults(projection, wanted, current) if is_new else {}
    defaults["bridge"] = ""
    if projection.request.has_tunnels and is_new and steps.default_to_tunnel_mtu is not None:
        defaults["mtu"] = steps.default_to_tunnel_mtu(projection, wanted)
    if projection.request.sysctls and steps.yield_to_sysctls is not None:
        steps.yield_to_sysctls(projection, wanted, defaults)
    if current is not None and current.vrf:
        defaults["vrf"] = ""
    return complete(wanted, defaults)


def complete(wanted: Link, defaults: dict[str, Any]) -> Link:
    """A wanted link with the defaults of what the user does not name."""
    return replace(
        wanted, **{name: value for name, value in defaults.items() if getattr(wanted, name) is None}
    )


def _choose_mac(projection: Projection, wanted: Link, current: Link | None, derived: str) -> str:
    bridge = projection.links.get((wanted.netns, wanted.bridge)) if wanted.bridge else None
    if bridge is None or bridge.owner is not None:
        return derived
    from .bridge_macs import choose_port_mac

    return choose_port_mac(projection, wanted, current, derived)


def _needs_link_local(link: Link, bridge: str | None, addresses: Sequence[str] | None) -> bool:
    """Whether a link gets a link-local address by default.

    Not where IPv6 is not used: a thousand links that announce their address to all others keep a
    host busy for ten seconds. A wireguard link has no use for one, and the kernel gives it none.
    """
    link_type = type_of(link)
    return (
        not bridge
        and (link_type is None or link_type.link_local)
        and (not addresses or any(":" in address for address in addresses))
    )


def _is_switched_on_by_others(current: Link | None) -> bool:
    """Whether an existing link gets a link-local address, although it got none by default.

    NetworkManager switches this on when it ends. It does no harm, so it is no change to undo.
    """
    return (
        current is not None
        and current.link_local is True
        and not _needs_link_local(current, current.bridge, current.addresses)
    )


def _defaults(projection: Projection, wanted: Link, current: Link | None) -> dict[str, Any]:
    """The defaults of a link that this collection creates."""
    defaults: dict[str, Any] = {}
    if _has_own_mac(wanted, current):
        mac = derive_mac(projection.current.machine_id, wanted.netns, wanted.name)
        defaults["mac"] = _choose_mac(projection, wanted, current, mac)
    if current is None and wanted.kind == "veth":
        # The kernel would give each end a queue per processor: on a large machine most of the
        # memory of a pair.
        defaults["queues"] = 1
    if wanted.bridge:
        defaults["addresses"] = ()
    return {**defaults, **ipv6_defaults(projection, wanted, current)}


def ipv6_defaults(projection: Projection, wanted: Link, current: Link | None) -> dict[str, Any]:
    """The IPv6 settings of a link that this collection creates; none if it will not have IPv6."""
    if not _has_ipv6(projection, wanted, current):
        return {}
    defaults: dict[str, Any] = {}
    addresses = wanted.addresses
    if addresses is None and current is not None:
        addresses = current.addresses
    is_on = _needs_link_local(wanted, wanted.bridge, addresses)
    if is_on or not _is_switched_on_by_others(current):
        defaults["link_local"] = is_on
    if not wanted.bridge:
        # A router advertisement on a link of a lab must not give the host or a namespace a default
        # route.
        defaults["accept_ra"] = False
        # While its link-local address waits for duplicates, which derived MAC addresses rule out, a
        # router does not answer for 2 s.
        if wanted.link_local or (wanted.link_local is None and is_on):
            defaults["accept_dad"] = False
    return defaults


def link_as_created(projection: Projection, wanted: Link) -> Link:
    """A link as the message that creates it leaves it."""
    wanted_type = type_of(wanted)
    configured_later = wanted_type is not None and wanted_type.configured_later
    return replace(
        wanted,
        saved=None,
        up=False,
        mtu=None if wanted.kind == "bridge" else wanted.mtu,
        arp=default_arp(wanted),
        promisc=False,
        bridge="",
        vrf=None,
        options=None if configured_later else wanted.options,
        owner=projection.request.owner,
        link_local=_has_ipv6(projection, wanted, None) or None,
        **_NOT_IN_NEWLINK,
        **PORT_FLAGS,
    )
