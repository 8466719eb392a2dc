# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Route netlink messages that the kernel sends: unpacked into our types. Only the attributes that somebody asks for are read."""

from __future__ import annotations

import socket
import struct
import sys
from typing import Any, Dict, List, Optional, Tuple

from .._model.routes import KERNEL_ROUTE, LOCAL_TABLE, Nexthop, Route
from . import nla_tables as words
from .rtnl_requests import ONLINK, ROUTE_SCOPES, ROUTE_TYPES
from .socket import read_attributes

_BODY = 16
"""Where a message begins, behind its header."""
_ADDRESS = struct.Struct("=BBBBI")
_ROUTE = struct.Struct("=BBBBBBBBI")
_NEIGHBOUR = struct.Struct("=BxxxiHBB")
_HOP = struct.Struct("=HBBi")

_THRESH3, _CONFIG = 4, 5
"""NDTA_THRESH3, NDTA_CONFIG."""
_PERMANENT = 0x80
_CLONED = 0x200
_SCOPES = (ROUTE_SCOPES["global"], ROUTE_SCOPES["site"])
_SCOPE_NAMES = {number: name for name, number in ROUTE_SCOPES.items()}
_TYPE_NAMES = {number: name for name, number in ROUTE_TYPES.items()}
_NOWHERE = ("blackhole", "unreachable", "prohibit", "throw")
_NEIGHBOUR_STATES = {
    1: "incomplete",
    2: "reachable",
    4: "stale",
    8: "delay",
    16: "probe",
    32: "failed",
    64: "noarp",
    128: "permanent",
}


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

    def mac(self, name: str) -> Optional[str]:
        data = self.bytes(name)
        return None if not data else data.hex(":")

    def address(self, name: str) -> Optional[str]:
        data = self.bytes(name)
        return (
            None
            if data is None
            else socket.inet_ntop(socket.AF_INET if len(data) == 4 else socket.AF_INET6, data)
        )

    def nest(self, name: str, table: words.Words) -> Optional[_Reader]:
        data = self.bytes(name)
        return None if data is None else _Reader(table, data)


def read_address(data: bytes) -> Optional[Tuple[int, str]]:
    """(index of its link, ADDRESS/LENGTH) of a permanent global address; None for any other."""
    _family, length, short_flags, scope, index = _ADDRESS.unpack_from(data, _BODY)
    if scope not in _SCOPES:
        return None
    reader = _Reader(words.ADDRESS, data, _BODY + _ADDRESS.size)
    flags = reader.number("IFA_FLAGS")
    if not (short_flags if flags is None else flags) & _PERMANENT:
        return None
    return index, f"{reader.address('IFA_LOCAL') or reader.address('IFA_ADDRESS')}/{length}"


def is_local_route(data: bytes) -> bool:
    """Whether it is one that the kernel keeps for its own addresses; told by the head alone, for most are."""
    return data[_BODY + 4] == LOCAL_TABLE and data[_BODY + 5] == KERNEL_ROUTE


def read_route(netns: Optional[str], names: Dict[int, str], data: bytes) -> Optional[Route]:
    """A route; None for a cached one, and for one of multicast or MPLS."""
    family, length, _source_length, _tos, table, protocol, scope, number, flags = (
        _ROUTE.unpack_from(data, _BODY)
    )
    if flags & _CLONED or family not in (socket.AF_INET, socket.AF_INET6):
        return None
    reader = _Reader(words.ROUTE, data, _BODY + _ROUTE.size)
    destination = reader.address("RTA_DST") or ("::" if family == socket.AF_INET6 else "0.0.0.0")
    metrics = reader.nest("RTA_METRICS", words.METRICS)
    kind = _TYPE_NAMES.get(number, str(number))
    hops = reader.bytes("RTA_MULTIPATH")
    return Route(
        netns=netns,
        destination=f"{destination}/{length}",
        table=reader.number("RTA_TABLE") or table,
        metric=reader.number("RTA_PRIORITY") or 0,
        type=kind,
        gateway=reader.address("RTA_GATEWAY"),
        device=None if kind in _NOWHERE else names.get(reader.number("RTA_OIF") or 0),
        source=reader.address("RTA_PREFSRC"),
        scope=_SCOPE_NAMES.get(scope, str(scope)),
        onlink=bool(flags & ONLINK),
        mtu=metrics.number("RTAX_MTU") if metrics else None,
        nexthops=_read_hops(hops, names) if hops else None,
        protocol=protocol,
    )


def _read_hops(data: bytes, names: Dict[int, str]) -> Tuple[Nexthop, ...]:
    found: List[Nexthop] = []
    offset = 0
    while offset + _HOP.size <= len(data):
        length, flags, hops, index = _HOP.unpack_from(data, offset)
        reader = _Reader(words.ROUTE, data[offset : offset + length], _HOP.size)
        found.append(
            Nexthop(reader.address("RTA_GATEWAY"), names.get(index), hops + 1, bool(flags & ONLINK))
        )
        offset += (length + 3) & ~3
    return tuple(sorted(found, key=lambda hop: (hop.gateway or "", hop.device or "")))


def read_neighbour(data: bytes) -> Tuple[int, Dict[str, Any]]:
    """(index of its link, address, mac, state, router) of an entry of the ARP or NDP table."""
    _family, index, state, flags, _type = _NEIGHBOUR.unpack_from(data, _BODY)
    reader = _Reader(words.NEIGHBOUR, data, _BODY + _NEIGHBOUR.size)
    return index, {
        "address": reader.address("NDA_DST"),
        "mac": reader.mac("NDA_LLADDR"),
        "state": _NEIGHBOUR_STATES.get(state, "none"),
        "router": bool(flags & 0x80),
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
    return (
        6 if data[_BODY] == socket.AF_INET6 else 4,
        int(struct.unpack_from("=I", config, 4)[0]),
        int(struct.unpack("=I", most)[0]),
    )
