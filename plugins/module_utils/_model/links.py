# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One set of types for what a task wants and what the host has.

``None`` means "leave it as it is" in something wanted, and "does not have it" in something observed.
``netns`` is the name of a namespace, or ``None`` for the host itself.
``owner`` is who made a thing: ``None`` somebody else, ``""`` a single module, else the name of a topology.
"""

from __future__ import annotations

import ipaddress
import socket
import zlib
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Dict, Optional, Tuple, TypeVar, Union

from . import _kinds

if TYPE_CHECKING:
    from dataclasses import replace
else:
    def replace(thing: T, **changes: Any) -> T:
        """``dataclasses.replace``, five times as fast: a type of ours is its attributes and nothing else."""
        altered = object.__new__(type(thing))
        vars(altered).update(vars(thing), **changes)
        return altered

MARK = "redblue.netns"
SINGLE_ROUTE = 82
LAB_ROUTES = range(100, 164)
"""The protocol numbers that mark our routes: a single module's, and one for each topology. All that a route can bear is a number."""
MAIN_TABLE, LOCAL_TABLE = 254, 255
KERNEL_ROUTE = 2
"""The protocol number of what the kernel makes by itself with an address (RTPROT_KERNEL)."""

OF_EACH_LINK = ("fe80::/64", "ff00::/8")
"""Networks to which every link has a route of the kernel's."""

REDIRECTS = "net/ipv4/conf/all/send_redirects"
INET6_OF_NEW = "net/ipv6/conf/default/disable_ipv6"
"""Whether IPv6 is disabled on links that come."""
INET6_SETTINGS = ("accept_ra", "accept_dad")
"""Attributes of a link that are kernel parameters, net.ipv6.conf.LINK.*."""

PORT_FLAGS: Dict[str, Any] = {"isolated": False, "hairpin": False, "learning": True}
"""Attributes of a link that its bridge keeps of each port, as it gives them to a new one."""

T = TypeVar("T")

Network = Union[ipaddress.IPv4Network, ipaddress.IPv6Network]

Place = Tuple[Optional[str], str]
"""Where a link is: (netns, name)."""


def write_mark(owner: str) -> str:
    """The text that marks a thing in the kernel as made by us, for this owner."""
    return f"{MARK}:{owner}" if owner else MARK


def read_mark(text: Optional[str]) -> Optional[str]:
    """The owner in a mark; ``None`` when the text is no mark of ours."""
    if text == MARK:
        return ""
    if text and text.startswith(MARK + ":"):
        return text[len(MARK) + 1:]
    return None


def route_protocol(owner: str) -> int:
    """The number that marks a route as made by us, for this owner. Two topologies may share one; see ``_plan.py``."""
    return LAB_ROUTES[zlib.crc32(owner.encode()) % len(LAB_ROUTES)] if owner else SINGLE_ROUTE


def family_of(text: str) -> int:
    """4 or 6, of an address, network or interface address."""
    return 6 if ":" in text else 4


@dataclass(frozen=True)
class Netns:
    """A named network namespace."""

    name: str
    owner: Optional[str] = None

    @property
    def key(self) -> Tuple[Any, ...]:
        return ("netns", self.name)


@dataclass(frozen=True)
class Stale:
    """A name under /run/netns that is no namespace: an empty file that a crash left behind."""

    name: str

    @property
    def key(self) -> Tuple[Any, ...]:
        return ("netns", self.name)


@dataclass(frozen=True)
class Resolver:
    """The resolver's configuration of a namespace, /etc/netns/NAME/resolv.conf."""

    netns: str
    nameservers: Tuple[str, ...] = ()
    search: Tuple[str, ...] = ()
    owner: Optional[str] = None

    @property
    def key(self) -> Tuple[Any, ...]:
        return ("resolver", self.netns)


@dataclass(frozen=True)
class Sysctl:
    """A kernel parameter under /proc/sys. ``key_path`` uses slashes: interface names may have dots."""

    netns: Optional[str]
    key_path: str
    value: Optional[str]

    @property
    def key(self) -> Tuple[Any, ...]:
        return ("sysctl", self.netns, self.key_path)


@dataclass(frozen=True)
class Home:
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
    peer: Optional[Place] = None
    parent: Optional[Place] = None
    home: Optional[Home] = None
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
    options: Optional[_kinds.LinkOptions] = None
    addresses: Optional[Tuple[str, ...]] = None
    ports: Optional[Tuple[str, ...]] = None
    owner: Optional[str] = None
    alias: Optional[str] = None
    unfinished: Optional[bool] = None
    """Ours, but not marked yet: who made it was killed before that."""

    @property
    def place(self) -> Place:
        return (self.netns, self.name)

    @property
    def key(self) -> Tuple[Any, ...]:
        return ("link", self.netns, self.name)


def changed_flags(before: Link, after: Link) -> Dict[str, bool]:
    """The flags that have to be set on a port: in a bridge to which it is new it has forgotten those of another."""
    if not after.bridge:
        return {}
    known = PORT_FLAGS if after.bridge != before.bridge else vars(before)
    wanted = {name: getattr(after, name) for name in PORT_FLAGS}
    return {name: value for name, value in wanted.items() if value is not None and value != known[name]}


@dataclass(frozen=True)
class Veth:
    """A pair: two links that are each other's peer."""

    end: Link
    peer: Link

    @property
    def key(self) -> Tuple[Any, ...]:
        return ("veth", self.end.place, self.peer.place)


@dataclass(frozen=True)
class Address:
    """One address of one link, as ``ADDRESS/LENGTH``."""

    netns: Optional[str]
    link: str
    address: str

    @property
    def key(self) -> Tuple[Any, ...]:
        return ("address", self.netns, self.link, self.address)


@dataclass(frozen=True)
class Nexthop:
    gateway: Optional[str] = None
    device: Optional[str] = None
    weight: int = 1
    onlink: bool = False


@dataclass(frozen=True)
class Route:
    """A route. ``destination`` is a network in full (``0.0.0.0/0``, ``::/0`` for the default)."""

    netns: Optional[str]
    destination: str
    table: int = MAIN_TABLE
    metric: int = 0
    type: Optional[str] = None
    gateway: Optional[str] = None
    device: Optional[str] = None
    source: Optional[str] = None
    scope: Optional[str] = None
    onlink: Optional[bool] = None
    mtu: Optional[int] = None
    nexthops: Optional[Tuple[Nexthop, ...]] = None
    protocol: Optional[int] = None

    @property
    def key(self) -> Tuple[Any, ...]:
        return ("route", self.netns, self.table, self.destination, self.metric)


@lru_cache(maxsize=8192)
def address_of(text: str) -> Union[ipaddress.IPv4Address, ipaddress.IPv6Address]:
    """An address, of which the same few are asked for again and again."""
    return ipaddress.ip_address(text)


def network_of(text: str) -> Network:
    """The network in which an interface address lies, or that is written like one."""
    address, _slash, length = text.partition("/")
    packed = socket.inet_pton(socket.AF_INET6 if ":" in address else socket.AF_INET, address)
    bits = 8 * len(packed)
    hosts = bits - (int(length) if length else bits)
    return _network(bits, int.from_bytes(packed, "big") >> hosts << hosts, bits - hosts)


@lru_cache(maxsize=8192)
def _network(bits: int, number: int, length: int) -> Network:
    """Thousands of addresses lie in the same few."""
    return ipaddress.IPv4Network((number, length)) if bits == 32 else ipaddress.IPv6Network((number, length))
