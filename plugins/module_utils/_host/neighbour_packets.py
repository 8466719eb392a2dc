# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Packets that tell neighbours the MAC address of an address, as bytes. Pure.

ARP announcements (RFC 5227, section 3), and unsolicited neighbour advertisements (RFC 4861, 7.2.6).
"""

from __future__ import annotations

import socket
import struct

_ETHERNET = struct.Struct("!6s6sH")
_ARP = struct.Struct("!HHBBH6s4s6s4s")
_IPV6 = struct.Struct("!IHBB16s16s")
_ADVERTISEMENT = struct.Struct("!BBHI16sBB6s")
_TYPE_ARP, _TYPE_IPV6 = 0x0806, 0x86DD
_BROADCAST = b"\xff" * 6
_ALL_NODES_MAC = bytes.fromhex("333300000001")
_ALL_NODES = socket.inet_pton(socket.AF_INET6, "ff02::1")
_ETHERNET_HARDWARE, _TYPE_IPV4, _REQUEST = 1, 0x0800, 1
_ICMPV6, _HOP_LIMIT = 58, 255
_NEIGHBOUR_ADVERTISEMENT, _TARGET_LINK_LAYER_ADDRESS = 136, 2
_ROUTER, _OVERRIDE = 0x80000000, 0x20000000


def pack_announcement(mac: str, address: str, is_router: bool) -> bytes:
    """The Ethernet frame that announces an address to all neighbours.

    :param is_router: whether the link forwards IPv6. Without it, neighbours would give up a default
        route through it.
    """
    hardware = bytes.fromhex(mac.replace(":", ""))
    if ":" in address:
        return _pack_advertisement(hardware, socket.inet_pton(socket.AF_INET6, address), is_router)
    packed = socket.inet_aton(address)
    return _ETHERNET.pack(_BROADCAST, hardware, _TYPE_ARP) + _ARP.pack(
        _ETHERNET_HARDWARE, _TYPE_IPV4, 6, 4, _REQUEST, hardware, packed, bytes(6), packed
    )


def _pack_advertisement(mac: bytes, address: bytes, is_router: bool) -> bytes:
    flags = _OVERRIDE | (_ROUTER if is_router else 0)

    def pack(checksum: int) -> bytes:
        return _ADVERTISEMENT.pack(
            _NEIGHBOUR_ADVERTISEMENT,
            0,
            checksum,
            flags,
            address,
            _TARGET_LINK_LAYER_ADDRESS,
            1,
            mac,
        )

    pseudo_header = address + _ALL_NODES + struct.pack("!II", _ADVERTISEMENT.size, _ICMPV6)
    payload = pack(_checksum(pseudo_header + pack(0)))
    header = _IPV6.pack(6 << 28, len(payload), _ICMPV6, _HOP_LIMIT, address, _ALL_NODES)
    return _ETHERNET.pack(_ALL_NODES_MAC, mac, _TYPE_IPV6) + header + payload


def _checksum(data: bytes) -> int:
    """The Internet checksum (RFC 1071) of an even number of bytes."""
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total >> 16) + (total & 0xFFFF)
    return ~total & 0xFFFF
