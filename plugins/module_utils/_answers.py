# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Route netlink messages that the kernel sends: unpacked into our types. Only the attributes that somebody asks for are read."""

from __future__ import annotations

import socket
import struct
import sys
from typing import Any, Dict, List, NamedTuple, Optional, Tuple

from . import _kinds, _model
from . import _vocabulary as words
from ._home import read_alias
from ._link_data import read_data, read_parent
from ._netlink import Attributes, read_attributes
from ._requests import NO_LINK_LOCAL, NOARP, ONLINK, PORT, PROMISC, SCOPES, TYPES, UNFINISHED, UP

_BODY = 16
"""Where a message begins, behind its header."""
_LINK = struct.Struct("=BxHiII")
_ADDRESS = struct.Struct("=BBBBI")
_ROUTE = struct.Struct("=BBBBBBBBI")
_NEIGHBOUR = struct.Struct("=BxxxiHBB")
_HOP = struct.Struct("=HBBi")

_NETNS_IMMUTABLE = 67
_THRESH3, _CONFIG = 4, 5
"""NDTA_THRESH3, NDTA_CONFIG."""
_PERMANENT = 0x80
_CLONED = 0x200
_SCOPE_NAMES = {number: name for name, number in SCOPES.items()}
_TYPE_NAMES = {number: name for name, number in TYPES.items()}
_NOWHERE = ("blackhole", "unreachable", "prohibit", "throw")
_NEIGHBOUR_STATES = {1: "incomplete", 2: "reachable", 4: "stale", 8: "delay", 16: "probe", 32: "failed", 64: "noarp", 128: "permanent"}


class _Reader:
    """The attributes of one message or nest, by name."""

    def __init__(self, table: words.Words, data: bytes, offset: int = 0) -> None:
        self._numbers = table.numbers
        self._found = read_attributes(data, offset)

    def bytes(self, name: str) -> Optional[bytes]:
        return self._found.get(self._numbers[name])

    def number(self, name: str) -> Optional[int]:
        data = self._found.get(self._numbers[name])
        return None if data is None else int.from_bytes(data, sys.byteorder)

    def text(self, name: str) -> Optional[str]:
        data = self.bytes(name)
        return None if data is None else data.rstrip(b"\0").decode(errors="replace")

    def mac(self, name: str) -> Optional[str]:
        data = self.bytes(name)
        return None if not data else data.hex(":")

    def address(self, name: str) -> Optional[str]:
        data = self.bytes(name)
        return None if data is None else socket.inet_ntop(socket.AF_INET if len(data) == 4 else socket.AF_INET6, data)

    def nest(self, name: str, table: words.Words) -> Optional[_Reader]:
        data = self.bytes(name)
        return None if data is None else _Reader(table, data)


class LinkAnswer(NamedTuple):
    """A link without its relations, and how the kernel names it and those: by numbers (interface indexes).

    ``relative`` is that of a veth's other end, or of the link on which this one sits; ``relative_netns`` the number of its namespace.
    ``master`` is that of its master, and ``in_vrf`` says what that is.
    """

    link: _model.Link
    number: int
    relative: int
    relative_netns: Optional[int]
    master: int
    in_vrf: bool


def read_link(netns: Optional[str], data: bytes) -> LinkAnswer:
    """One link. Whether an ipvlan has ARP follows from its mode."""
    _family, _type, index, flags, _change = _LINK.unpack_from(data, _BODY)
    reader = _Reader(words.LINK, data, _BODY + _LINK.size)
    info = reader.nest("IFLA_LINKINFO", words.LINK_INFO)
    kind = (info.text("IFLA_INFO_KIND") if info else None) or ""
    found: Attributes = read_attributes(info.bytes("IFLA_INFO_DATA") or b"") if info and (kind == "bridge" or kind in _kinds.NATURES) else {}
    owner, home, alias = read_alias(reader.text("IFLA_IFALIAS"))
    link = _model.Link(
        netns=netns, name=reader.text("IFLA_IFNAME") or "", kind=kind, up=bool(flags & UP), mtu=reader.number("IFLA_MTU"), mac=reader.mac("IFLA_ADDRESS"),
        txqueuelen=reader.number("IFLA_TXQLEN"), queues=reader.number("IFLA_NUM_TX_QUEUES") if kind == "veth" else None,
        arp=None if kind == "ipvlan" else not flags & NOARP, promisc=bool(flags & PROMISC), bridge="", addresses=(), owner=owner, home=home, alias=alias,
        options=read_data(kind, found) if found else None, unfinished=reader.number("IFLA_GROUP") == UNFINISHED or None,
        **_read_port(info), **_read_inet6(reader),
    )
    parent = read_parent(kind, found)
    return LinkAnswer(
        link, index, reader.number("IFLA_LINK") or 0 if parent is None else parent, reader.number("IFLA_LINK_NETNSID"), reader.number("IFLA_MASTER") or 0,
        in_vrf=info is not None and info.text("IFLA_INFO_SLAVE_KIND") == "vrf",
    )


def is_immutable(data: bytes) -> bool:
    """Whether a link cannot leave its namespace (IFLA_NETNS_IMMUTABLE, since Linux 6.15)."""
    return read_attributes(data, _BODY + _LINK.size).get(_NETNS_IMMUTABLE) == b"\1"


def _read_port(info: Optional[_Reader]) -> Dict[str, Any]:
    if info is None or info.text("IFLA_INFO_SLAVE_KIND") != "bridge":
        return {}
    reader = info.nest("IFLA_INFO_SLAVE_DATA", words.PORT)
    return {name: bool(reader and reader.number(attribute)) for name, attribute in PORT.items()}


def _read_inet6(link: _Reader) -> Dict[str, Any]:
    """The kernel parameters of a link that we set; none where there is no IPv6."""
    families = read_attributes(link.bytes("IFLA_AF_SPEC") or b"")
    inet6 = families.get(socket.AF_INET6)
    reader = None if inet6 is None else _Reader(words.LINK_INET6, inet6)
    settings = None if reader is None else reader.bytes("IFLA_INET6_CONF")
    if reader is None or settings is None:
        return {}
    link_local = {"link_local": reader.number("IFLA_INET6_ADDR_GEN_MODE") != NO_LINK_LOCAL}
    values = {name: struct.unpack_from("=i", settings, 4 * words.LINK_INET6_SETTINGS.index(name))[0] for name in _model.INET6_SETTINGS}
    # Of a link that knows no neighbours (a tun) the kernel says -1, which is neither: nobody has set it.
    return {**link_local, **{name: None if value < 0 else bool(value) for name, value in values.items()}}


def read_address(data: bytes) -> Optional[Tuple[int, str]]:
    """(index of its link, ADDRESS/LENGTH) of a permanent global address; None for any other."""
    _family, length, short_flags, scope, index = _ADDRESS.unpack_from(data, _BODY)
    reader = _Reader(words.ADDRESS, data, _BODY + _ADDRESS.size)
    flags = reader.number("IFA_FLAGS")
    if not (short_flags if flags is None else flags) & _PERMANENT or scope not in (SCOPES["global"], SCOPES["site"]):
        return None
    return index, f"{reader.address('IFA_LOCAL') or reader.address('IFA_ADDRESS')}/{length}"


def is_local_route(data: bytes) -> bool:
    """Whether it is one that the kernel keeps for its own addresses; told by the head alone, for most are."""
    return data[_BODY + 4] == _model.LOCAL_TABLE and data[_BODY + 5] == _model.KERNEL_ROUTE


def read_route(netns: Optional[str], names: Dict[int, str], data: bytes) -> Optional[_model.Route]:
    """A route; None for a cached one, and for one of multicast or MPLS."""
    family, length, _source_length, _tos, table, protocol, scope, number, flags = _ROUTE.unpack_from(data, _BODY)
    if flags & _CLONED or family not in (socket.AF_INET, socket.AF_INET6):
        return None
    reader = _Reader(words.ROUTE, data, _BODY + _ROUTE.size)
    destination = reader.address("RTA_DST") or ("::" if family == socket.AF_INET6 else "0.0.0.0")
    metrics = reader.nest("RTA_METRICS", words.METRICS)
    kind = _TYPE_NAMES.get(number, str(number))
    hops = reader.bytes("RTA_MULTIPATH")
    return _model.Route(
        netns=netns, destination=f"{destination}/{length}", table=reader.number("RTA_TABLE") or table, metric=reader.number("RTA_PRIORITY") or 0, type=kind,
        gateway=reader.address("RTA_GATEWAY"), device=None if kind in _NOWHERE else names.get(reader.number("RTA_OIF") or 0),
        source=reader.address("RTA_PREFSRC"), scope=_SCOPE_NAMES.get(scope, str(scope)), onlink=bool(flags & ONLINK),
        mtu=metrics.number("RTAX_MTU") if metrics else None, nexthops=_read_hops(hops, names) if hops else None, protocol=protocol,
    )


def _read_hops(data: bytes, names: Dict[int, str]) -> Tuple[_model.Nexthop, ...]:
    found: List[_model.Nexthop] = []
    offset = 0
    while offset + _HOP.size <= len(data):
        length, flags, hops, index = _HOP.unpack_from(data, offset)
        reader = _Reader(words.ROUTE, data[offset:offset + length], _HOP.size)
        found.append(_model.Nexthop(reader.address("RTA_GATEWAY"), names.get(index), hops + 1, bool(flags & ONLINK)))
        offset += (length + 3) & ~3
    return tuple(sorted(found, key=lambda hop: (hop.gateway or "", hop.device or "")))


def read_neighbour(data: bytes) -> Tuple[int, Dict[str, Any]]:
    """(index of its link, address, mac, state, router) of an entry of the ARP or NDP table."""
    _family, index, state, flags, _type = _NEIGHBOUR.unpack_from(data, _BODY)
    reader = _Reader(words.NEIGHBOUR, data, _BODY + _NEIGHBOUR.size)
    return index, {
        "address": reader.address("NDA_DST"), "mac": reader.mac("NDA_LLADDR"), "state": _NEIGHBOUR_STATES.get(state, "none"), "router": bool(flags & 0x80),
    }


def read_netns_number(data: bytes) -> int:
    """The number that a namespace has for another; negative where there is none."""
    return int(struct.unpack_from("=i", data, 24)[0])


def read_hop(data: bytes) -> Tuple[Optional[str], int]:
    """(gateway, index of the link) by which a packet would leave."""
    reader = _Reader(words.ROUTE, data, _BODY + _ROUTE.size)
    return reader.address("RTA_GATEWAY"), reader.number("RTA_OIF") or 0


def read_neighbour_table(data: bytes) -> Optional[Tuple[int, int, int]]:
    """(family, entries, the most that it takes); ``None`` for the parameters of a single link. For all namespaces together (linux/neighbour.h)."""
    found = read_attributes(data, _BODY + 4)
    most, config = found.get(_THRESH3), found.get(_CONFIG)
    if most is None or config is None:
        return None
    return 6 if data[_BODY] == socket.AF_INET6 else 4, int(struct.unpack_from("=I", config, 4)[0]), int(struct.unpack("=I", most)[0])
