# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Links and veth pairs.

All resources use the same types for the desired and the current state. ``None`` means "leave it as
it is" in a desired state, and "not set" in a current one. ``netns`` is the name of a namespace, or
``None`` for the host. ``owner`` is the name of the topology that made a resource, ``""`` for a
single module, and ``None`` for resources that this collection did not make.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Optional

from .fast_dataclass import dataclass
from .link_options import LinkOptions, TunOptions
from .link_types import LINK_TYPES, LinkType
from .resources import NetlinkResource

if TYPE_CHECKING:
    from collections.abc import Iterable

IPV6_MIN_MTU = 1280
ETHERNET_MTU = 1500
"""The MTU that the kernel gives to an Ethernet link."""
MAX_MTU = 65535

IPV6_SETTINGS = ("accept_ra", "accept_dad")
"""Attributes of a link that are sysctls, net.ipv6.conf.LINK.*."""

PORT_FLAGS: dict[str, Any] = {"isolated": False, "hairpin": False, "learning": True}
"""Attributes of a bridge port, with the values that a new port has."""

LinkRef = tuple[Optional[str], str]
"""What identifies a link: (netns, name)."""


@dataclass(frozen=True)
class SavedSettings:
    """The settings that a link had on the host before it was moved into a namespace.

    In a desired state only the name counts, and ``""`` means the name that the link has.
    """

    name: str
    up: bool | None = None
    mtu: int | None = None
    mac: str | None = None
    txqueuelen: int | None = None
    arp: bool | None = None
    promisc: bool | None = None
    addresses: tuple[str, ...] = ()
    alias: str | None = None
    group: int | None = None
    altnames: tuple[str, ...] = ()


@dataclass(frozen=True)
class Link(NetlinkResource):
    """A network interface.

    ``kind`` is the kernel's name of its type (IFLA_INFO_KIND), ``""`` for hardware. ``bridge`` and
    ``vrf`` name its master, ``""`` is none. ``parent`` is the link on which it is stacked; its name
    is ``""`` if there is none and only the namespace matters, in which an encapsulated packet
    travels. ``saved`` are the settings of a link from the host, to be restored when it returns.
    ``queues`` is the number of receive and of transmit queues of a veth end, which never changes.
    ``link_local``: whether the kernel assigns an IPv6 link-local address (addr_gen_mode).
    ``alias`` is the IFLA_IFALIAS of a link that this collection did not mark, ``group`` its group
    if it is not the default one, ``altnames`` its alternative names.
    """

    netns: str | None
    name: str
    kind: str | None = None
    peer: LinkRef | None = None
    parent: LinkRef | None = None
    saved: SavedSettings | None = None
    up: bool | None = None
    mtu: int | None = None
    mac: str | None = None
    txqueuelen: int | None = None
    queues: int | None = None
    arp: bool | None = None
    promisc: bool | None = None
    bridge: str | None = None
    vrf: str | None = None
    isolated: bool | None = None
    hairpin: bool | None = None
    learning: bool | None = None
    accept_ra: bool | None = None
    accept_dad: bool | None = None
    link_local: bool | None = None
    options: LinkOptions | None = None
    addresses: tuple[str, ...] | None = None
    link_locals: tuple[str, ...] | None = None
    """The IPv6 link-local addresses that the kernel did not assign by itself."""
    ports: tuple[str, ...] | None = None
    owner: str | None = None
    alias: str | None = None
    group: int | None = None
    altnames: tuple[str, ...] | None = None

    @property
    def ref(self) -> LinkRef:
        return (self.netns, self.name)

    @property
    def key(self) -> tuple[Any, ...]:
        return ("link", self.netns, self.name)


def type_name(link: Link) -> str:
    """The type of a link as ``netns_link`` names it; ``physical`` of hardware."""
    mode = link.options.mode if isinstance(link.options, TunOptions) else None
    return mode or link.kind or "physical"


def type_of(link: Link) -> LinkType | None:
    """The type of a link; None of hardware, and of types that this collection does not manage."""
    return LINK_TYPES.get(type_name(link))


def changed_flags(before: Link, after: Link) -> dict[str, bool]:
    """The port flags to set. A port that comes from another bridge has the default flags."""
    if not after.bridge:
        return {}
    known = PORT_FLAGS
    if after.bridge == before.bridge:
        known = {name: getattr(before, name) for name in PORT_FLAGS}
    flags = {name: getattr(after, name) for name in PORT_FLAGS}
    return {
        name: value for name, value in flags.items() if value is not None and value != known[name]
    }


@dataclass(frozen=True)
class Veth(NetlinkResource):
    """A veth pair: two links that are each other's peer."""

    end: Link
    peer: Link

    @property
    def key(self) -> tuple[Any, ...]:
        return ("veth", self.end.ref, self.peer.ref)

    @property
    def host_end_first(self) -> tuple[Link, Link]:
        """Both ends; if one is on the host, that one first."""
        return (self.end, self.peer) if self.end.netns is None else (self.peer, self.end)


def default_arp(link: Link) -> bool | None:
    """Whether a new link has ARP; None where its mode decides."""
    link_type = type_of(link)
    return True if link_type is None else link_type.arp


def list_down_loopbacks(links: Iterable[Link]) -> frozenset[str | None]:
    """The namespaces whose loopback is down, or is to be."""
    return frozenset(link.netns for link in links if link.name == "lo" and link.up is False)
