# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One set of types for what a task wants and what the host has.

``None`` means "leave it as it is" in something wanted, and "does not have it" in something observed.
``netns`` is the name of a namespace, or ``None`` for the host itself.
``owner`` is who made a thing: ``None`` somebody else, ``""`` a single module, else the name of a topology.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, Optional, Tuple

from .link_options import LinkOptions, TunOptions
from .link_types import LINK_TYPES, LinkType

IPV6_MIN_MTU = 1280

MAX_MTU = 65535
IPV6_SETTINGS = ("accept_ra", "accept_dad")
"""Attributes of a link that are kernel parameters, net.ipv6.conf.LINK.*."""

PORT_FLAGS: Dict[str, Any] = {"isolated": False, "hairpin": False, "learning": True}
"""Attributes of a link that its bridge keeps of each port, as it gives them to a new one."""

LinkRef = Tuple[Optional[str], str]
"""Where a link is: (netns, name)."""


@dataclass(frozen=True)
class SavedSettings:
    """What a link was on the host before it was taken into a namespace. In something wanted only the name counts, and ``""`` is the link's own."""

    name: str
    up: Optional[bool] = None
    mtu: Optional[int] = None
    mac: Optional[str] = None
    txqueuelen: Optional[int] = None
    arp: Optional[bool] = None
    promisc: Optional[bool] = None
    addresses: Tuple[str, ...] = ()
    alias: Optional[str] = None


@dataclass(frozen=True)
class Link:
    """A network interface. ``kind`` is the kernel's (veth, bridge, ...), ``""`` for hardware.

    ``bridge`` names its master, ``""`` is none; ``vrf`` the one in whose table its routes are.
    ``parent``: the link on which it sits. Its name is ``""`` where there is none, and what it sends travels in that namespace all the same.
    ``home``: of a link that was taken from the host, what it was there; given back it is that again.
    ``queues``: of a veth end, how many it receives and sends by; for good.
    ``link_local``: whether the kernel gives it an IPv6 address of its own accord (addr_gen_mode).
    ``alias``: of somebody else's link, what its owner wrote beside it. Ours bear their mark there.
    """

    netns: Optional[str]
    name: str
    kind: Optional[str] = None
    peer: Optional[LinkRef] = None
    parent: Optional[LinkRef] = None
    saved: Optional[SavedSettings] = None
    up: Optional[bool] = None
    mtu: Optional[int] = None
    mac: Optional[str] = None
    txqueuelen: Optional[int] = None
    queues: Optional[int] = None
    arp: Optional[bool] = None
    promisc: Optional[bool] = None
    bridge: Optional[str] = None
    vrf: Optional[str] = None
    isolated: Optional[bool] = None
    hairpin: Optional[bool] = None
    learning: Optional[bool] = None
    accept_ra: Optional[bool] = None
    accept_dad: Optional[bool] = None
    link_local: Optional[bool] = None
    options: Optional[LinkOptions] = None
    addresses: Optional[Tuple[str, ...]] = None
    ports: Optional[Tuple[str, ...]] = None
    owner: Optional[str] = None
    alias: Optional[str] = None
    half_made: Optional[bool] = None
    """Ours, but not marked yet: who made it was killed before that."""

    @property
    def ref(self) -> LinkRef:
        return (self.netns, self.name)

    @property
    def key(self) -> Tuple[Any, ...]:
        return ("link", self.netns, self.name)


def type_name(link: Link) -> str:
    """The type of a link as ``netns_link`` names it; ``physical`` of hardware."""
    mode = link.options.mode if isinstance(link.options, TunOptions) else None
    return mode or link.kind or "physical"


def type_of(link: Link) -> Optional[LinkType]:
    """The type of a link; None of hardware, and of types that this collection does not manage."""
    return LINK_TYPES.get(type_name(link))


def changed_flags(before: Link, after: Link) -> Dict[str, bool]:
    """The flags that have to be set on a port: in a bridge to which it is new it has forgotten those of another."""
    if not after.bridge:
        return {}
    known = PORT_FLAGS if after.bridge != before.bridge else vars(before)
    wanted = {name: getattr(after, name) for name in PORT_FLAGS}
    return {
        name: value for name, value in wanted.items() if value is not None and value != known[name]
    }


@dataclass(frozen=True)
class Veth:
    """A pair: two links that are each other's peer."""

    end: Link
    peer: Link

    @property
    def key(self) -> Tuple[Any, ...]:
        return ("veth", self.end.ref, self.peer.ref)


def default_arp(link: Link) -> Optional[bool]:
    """Whether a new link has ARP; None where its mode decides."""
    link_type = type_of(link)
    return True if link_type is None else link_type.arp
