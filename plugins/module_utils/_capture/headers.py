# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads from where to where a packet goes. What it holds comes from strangers: it may be anything.

Link types are those of https://www.tcpdump.org/linktypes.html. Pure.
"""

from __future__ import annotations

import ipaddress
import socket
import struct
from typing import Callable

from .._model.captures import Flow
from .._model.fast_typing import NamedTuple

_IPV4, _IPV6, _ARP, _LLC = 0x0800, 0x86DD, 0x0806, 0x05DC
_VLAN_TAGS = (0x8100, 0x88A8)
_PROTOCOLS = {
    1: "icmp",
    2: "igmp",
    6: "tcp",
    17: "udp",
    47: "gre",
    50: "esp",
    51: "ah",
    58: "icmpv6",
    89: "ospf",
    103: "pim",
    112: "vrrp",
    132: "sctp",
}
_WITH_PORTS = (6, 17, 132)
_IPV6_EXTENSIONS = (0, 43, 60)
"""Hop-by-hop options, routing, destination options: next header, length in 8 bytes less one."""
_IPV6_FRAGMENT = 44
_MAX_EXTENSIONS = 8


class _Frame(NamedTuple):
    """A packet without its link header. ``sender`` and ``receiver`` are MAC addresses, if known."""

    ether_type: int
    header: int
    """The length of the link header in bytes."""
    ifindex: int | None = None
    sender: str | None = None
    receiver: str | None = None


class Sighting(NamedTuple):
    """A packet: its flow, the length of its link header, and the interface if the packet has it."""

    flow: Flow
    header: int
    ifindex: int | None


def _format_mac(data: bytes) -> str | None:
    return data.hex(":") if len(data) == 6 else None


def _read_ethernet(data: bytes) -> _Frame:
    (ether_type,) = struct.unpack_from("!H", data, 12)
    header = 14
    while ether_type in _VLAN_TAGS:
        (ether_type,) = struct.unpack_from("!H", data, header + 2)
        header += 4
    return _Frame(ether_type, header, None, _format_mac(data[6:12]), _format_mac(data[:6]))


def _read_cooked(data: bytes) -> _Frame:
    """LINUX_SLL, as an older libpcap captures all interfaces."""
    length, address, ether_type = struct.unpack_from("!4xH8sH", data)
    return _Frame(ether_type, 16, None, _format_mac(address[:length]))


def _read_cooked_v2(data: bytes) -> _Frame:
    """LINUX_SLL2, as libpcap 1.10 captures all interfaces."""
    ether_type, ifindex, length, address = struct.unpack_from("!H2xI3xB8s", data)
    return _Frame(ether_type, 20, ifindex, _format_mac(address[:length]))


def _read_raw(data: bytes) -> _Frame:
    """IP without a link header."""
    return _Frame(_IPV6 if data[0] >> 4 == 6 else _IPV4, 0)


_LINK_READERS: dict[int, Callable[[bytes], _Frame]] = {
    1: _read_ethernet,
    101: _read_raw,
    113: _read_cooked,
    276: _read_cooked_v2,
}


def read_packet(link_type: int, data: bytes) -> Sighting:
    """From where to where a packet goes, as far as its headers are complete."""
    reader = _LINK_READERS.get(link_type)
    if reader is None:
        return Sighting(Flow(f"link type {link_type}", None, None, None, None), 0, None)
    try:
        frame = reader(data)
    except (struct.error, IndexError):
        return Sighting(Flow("truncated", None, None, None, None), 0, None)
    try:
        flow = _read_network(frame, data[frame.header :])
    except (struct.error, IndexError, ValueError):
        flow = Flow("truncated", frame.sender, None, frame.receiver, None)
    return Sighting(flow, frame.header, frame.ifindex)


def _read_network(frame: _Frame, data: bytes) -> Flow:
    if frame.ether_type == _IPV4:
        return _read_ipv4(data)
    if frame.ether_type == _IPV6:
        return _read_ipv6(data)
    if frame.ether_type == _ARP:
        source, target = struct.unpack_from("!14x4s6x4s", data)
        addresses = socket.inet_ntoa(source), socket.inet_ntoa(target)
        return Flow("arp", addresses[0], None, addresses[1], None)
    kind = "llc" if frame.ether_type <= _LLC else f"ethertype {frame.ether_type:#06x}"
    return Flow(kind, frame.sender, None, frame.receiver, None)


def _read_ipv4(data: bytes) -> Flow:
    length, fragment, protocol, source, target = struct.unpack_from("!B5xHxB2x4s4s", data)
    addresses = socket.inet_ntoa(source), socket.inet_ntoa(target)
    is_first = not fragment & 0x1FFF
    return _compose_flow(protocol, *addresses, data[(length & 0x0F) * 4 :] if is_first else b"")


def _read_ipv6(data: bytes) -> Flow:
    protocol, source, destination = struct.unpack_from("!6xBx16s16s", data)
    addresses = str(ipaddress.IPv6Address(source)), str(ipaddress.IPv6Address(destination))
    offset, is_first = 40, True
    for _number in range(_MAX_EXTENSIONS):
        if protocol == _IPV6_FRAGMENT:
            protocol, fragment = struct.unpack_from("!BxH", data, offset)
            is_first = fragment < 8
            offset += 8
        elif protocol in _IPV6_EXTENSIONS:
            protocol, length = struct.unpack_from("!BB", data, offset)
            offset += (length + 1) * 8
        else:
            break
        if not is_first:
            break
    return _compose_flow(protocol, *addresses, data[offset:] if is_first else b"")


def _compose_flow(protocol: int, source: str, destination: str, data: bytes) -> Flow:
    """A flow of IP. Without its first bytes, as in a later fragment, it has no ports."""
    name = _PROTOCOLS.get(protocol, f"ip protocol {protocol}")
    if protocol in _WITH_PORTS and len(data) >= 4:
        ports = struct.unpack_from("!HH", data)
        return Flow(name, source, ports[0], destination, ports[1])
    return Flow(name, source, None, destination, None)
