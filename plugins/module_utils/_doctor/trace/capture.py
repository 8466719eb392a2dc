# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sees packets pass the links of namespaces, by packet sockets as tcpdump(8) uses them.

A packet socket sees what arrives before all filters but XDP, and what is sent after all filters
and queues (net/core/dev.c: ptype_all).
"""

from __future__ import annotations

import contextlib
import ctypes
import socket
import struct
from typing import TYPE_CHECKING

from ..._host.netns import inside_netns
from ..._model.fast_typing import NamedTuple
from ..._model.text import escape_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ..._host.netns_handles import NetnsHandle

_ETH_P_ALL, _ETH_P_IP, _ETH_P_ARP, _ETH_P_IPV6 = 0x0003, 0x0800, 0x0806, 0x86DD
_OUTGOING = 4
"""linux/if_packet.h: the packet is sent."""
_SO_ATTACH_FILTER = 26
_BUFFER = 1 << 20
_FILTER = (
    (0x28, 0, 0, 0xFFFFF000),  # load the protocol (linux/filter.h: SKF_AD_PROTOCOL)
    (0x15, 6, 0, _ETH_P_ARP),
    (0x15, 0, 2, _ETH_P_IP),
    (0x30, 0, 0, 9),  # load the protocol above IPv4
    (0x15, 3, 4, 1),
    (0x15, 0, 3, _ETH_P_IPV6),
    (0x30, 0, 0, 6),  # load the protocol above IPv6
    (0x15, 0, 1, 58),
    (0x06, 0, 0, 0xFFFF),  # accept
    (0x06, 0, 0, 0),  # reject
)
"""ARP, ICMP and ICMPv6, as code, jumps and operand of struct sock_filter (linux/filter.h)."""
_ECHO_KINDS = {8: "request", 128: "request", 0: "reply", 129: "reply"}
_NEIGHBOUR_KINDS = {135: "who-has", 136: "is-at"}


class Sighting(NamedTuple):
    """A packet on a link.

    ``kind`` is ``request`` or ``reply`` of an echo, ``error`` of ICMP, and ``who-has`` or
    ``is-at`` of ARP and neighbour discovery. ``key`` is the marker of the echo, or the address
    that is resolved.
    """

    netns: str | None
    link: str
    direction: str
    kind: str
    key: str
    source: str


class Capture:
    """Packet sockets in namespaces.

    :param marker_size: the number of bytes at the beginning of an echo's data that identify it.
    """

    def __init__(self, handles: Iterable[NetnsHandle], marker_size: int) -> None:
        self._sockets: dict[str | None, socket.socket] = {}
        self._marker_size = marker_size
        for handle in handles:
            with contextlib.suppress(OSError), inside_netns(handle.descriptor):
                self._sockets[handle.netns] = _open_socket()

    def close(self) -> None:
        for packet_socket in self._sockets.values():
            packet_socket.close()

    def read(self) -> list[Sighting]:
        """What was seen since the last call."""
        return [
            sighting
            for netns, packet_socket in self._sockets.items()
            for sighting in self._read_socket(netns, packet_socket)
        ]

    def _read_socket(self, netns: str | None, packet_socket: socket.socket) -> Iterator[Sighting]:
        while True:
            try:
                data, address = packet_socket.recvfrom(2048)
            except OSError:
                return
            name, protocol, packet_type = address[0], address[1], address[2]
            read = (
                _read_arp(data) if protocol == _ETH_P_ARP else _read_icmp(data, self._marker_size)
            )
            if read is not None:
                direction = "out" if packet_type == _OUTGOING else "in"
                yield Sighting(netns, escape_name(name), direction, *read)


def _open_socket() -> socket.socket:
    packet_socket = socket.socket(
        socket.AF_PACKET,
        socket.SOCK_DGRAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK,
        socket.htons(_ETH_P_ALL),
    )
    code = b"".join(struct.pack("=HBBI", *instruction) for instruction in _FILTER)
    buffer = ctypes.create_string_buffer(code, len(code))
    program = struct.pack("@HP", len(_FILTER), ctypes.addressof(buffer))
    packet_socket.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, program)
    packet_socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
    return packet_socket


def _read_arp(data: bytes) -> tuple[str, str, str] | None:
    """RFC 826, for Ethernet and IPv4."""
    if len(data) < 28:
        return None
    operation = int.from_bytes(data[6:8], "big")
    sender, target = socket.inet_ntoa(data[14:18]), socket.inet_ntoa(data[24:28])
    return ("who-has", target, sender) if operation == 1 else ("is-at", sender, sender)


def _read_icmp(data: bytes, marker_size: int) -> tuple[str, str, str] | None:
    """An echo, an error about one, or neighbour discovery."""
    if len(data) < 28:
        return None
    if data[0] >> 4 == 4:
        header, source = (data[0] & 0xF) * 4, socket.inet_ntop(socket.AF_INET, data[12:16])
    else:
        header, source = 40, socket.inet_ntop(socket.AF_INET6, data[8:24])
    icmp = data[header:]
    if len(icmp) < 8 + marker_size:
        return None
    if data[0] >> 4 == 6 and icmp[0] in _NEIGHBOUR_KINDS:
        target = socket.inet_ntop(socket.AF_INET6, icmp[8:24])
        return _NEIGHBOUR_KINDS[icmp[0]], target, source
    kind = _ECHO_KINDS.get(icmp[0])
    if kind is None:
        return "error", icmp[8:].hex(), f"{source} type {icmp[0]} code {icmp[1]}"
    return kind, icmp[8 : 8 + marker_size].hex(), source
