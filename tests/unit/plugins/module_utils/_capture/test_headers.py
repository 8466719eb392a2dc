# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From where to where packets go. Whatever they hold, they are read without an error."""

from __future__ import annotations

import ipaddress
import struct

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._capture.conversations import (
    Conversations,
)
from ansible_collections.redblue.netns.plugins.module_utils._capture.headers import read_packet
from ansible_collections.redblue.netns.plugins.module_utils._capture.pcap import Packet
from ansible_collections.redblue.netns.plugins.module_utils._model.captures import Flow
from hypothesis import example, given
from hypothesis import strategies as some

ETHERNET, RAW, SLL, SLL2 = 1, 101, 113, 276
MACS = bytes.fromhex("020000000002020000000001")
PORTS = struct.pack("!HH", 1234, 80) + bytes(16)
UDP_FLOW = Flow("udp", "fd00::1", 1234, "fd00::2", 80)


def ipv4(protocol: int, payload: bytes = PORTS, fragment: int = 0, options: bytes = b"") -> bytes:
    head = struct.pack("!BBHHHBBH", 0x45 + len(options) // 4, 0, 0, 0, fragment, 64, protocol, 0)
    return head + bytes([10, 0, 0, 1, 10, 0, 0, 2]) + options + payload


def ipv6(protocol: int, payload: bytes = PORTS) -> bytes:
    ends = ipaddress.IPv6Address("fd00::1").packed + ipaddress.IPv6Address("fd00::2").packed
    return struct.pack("!IHBB", 6 << 28, len(payload), protocol, 64) + ends + payload


def ethernet(ether_type: int, payload: bytes, tags: bytes = b"") -> bytes:
    return MACS + tags + struct.pack("!H", ether_type) + payload


ARP = struct.pack("!HHBBH", 1, 0x0800, 6, 4, 1) + MACS[6:] + bytes([10, 0, 0, 1])
ARP += bytes(6) + bytes([10, 0, 0, 2])


@pytest.mark.parametrize(
    ("link_type", "data", "flow", "header"),
    [
        (
            ETHERNET,
            ethernet(0x0800, ipv4(6)),
            Flow("tcp", "10.0.0.1", 1234, "10.0.0.2", 80),
            14,
        ),
        (
            ETHERNET,
            ethernet(0x0800, ipv4(6, options=bytes(8))),
            Flow("tcp", "10.0.0.1", 1234, "10.0.0.2", 80),
            14,
        ),
        (
            ETHERNET,
            ethernet(0x0800, ipv4(17), b"\x88\xa8\0\7\x81\0\0\5"),
            Flow("udp", "10.0.0.1", 1234, "10.0.0.2", 80),
            22,
        ),
        (
            ETHERNET,
            ethernet(0x0800, ipv4(17, fragment=0x2001)),
            Flow("udp", "10.0.0.1", None, "10.0.0.2", None),
            14,
        ),
        (ETHERNET, ethernet(0x0806, ARP), Flow("arp", "10.0.0.1", None, "10.0.0.2", None), 14),
        (
            ETHERNET,
            ethernet(0x88CC, b""),
            Flow("ethertype 0x88cc", "02:00:00:00:00:01", None, "02:00:00:00:00:02", None),
            14,
        ),
        (
            ETHERNET,
            ethernet(0x0026, bytes(38)),
            Flow("llc", "02:00:00:00:00:01", None, "02:00:00:00:00:02", None),
            14,
        ),
        (
            ETHERNET,
            ethernet(0x0800, ipv4(6)[:19]),
            Flow("truncated", "02:00:00:00:00:01", None, "02:00:00:00:00:02", None),
            14,
        ),
        (RAW, ipv4(1), Flow("icmp", "10.0.0.1", None, "10.0.0.2", None), 0),
        (RAW, ipv4(41), Flow("ip protocol 41", "10.0.0.1", None, "10.0.0.2", None), 0),
        (RAW, ipv6(17), UDP_FLOW, 0),
        (RAW, ipv6(0, bytes([60, 0]) + bytes(6) + bytes([17, 1]) + bytes(14) + PORTS), UDP_FLOW, 0),
        (RAW, ipv6(44, bytes([17, 0, 0, 1]) + bytes(4) + PORTS), UDP_FLOW, 0),
        (
            RAW,
            ipv6(44, bytes([17, 0, 0, 8]) + bytes(4) + PORTS),
            Flow("udp", "fd00::1", None, "fd00::2", None),
            0,
        ),
        (
            SLL,
            struct.pack("!HHH8sH", 0, 1, 6, MACS[6:], 0x86DD) + ipv6(58),
            Flow("icmpv6", "fd00::1", None, "fd00::2", None),
            16,
        ),
        (
            SLL2,
            struct.pack("!HHIHBB8s", 0x86DD, 0, 7, 1, 0, 6, MACS[6:]) + ipv6(17),
            UDP_FLOW,
            20,
        ),
        (ETHERNET, b"", Flow("truncated", None, None, None, None), 0),
        (999, b"abc", Flow("link type 999", None, None, None, None), 0),
    ],
)
def test_the_flow_of_a_packet(link_type: int, data: bytes, flow: Flow, header: int) -> None:
    seen = read_packet(link_type, data)
    assert (seen.flow, seen.header) == (flow, header)
    assert seen.ifindex == (7 if link_type == SLL2 else None)


STARTS = (b"", MACS + b"\x08\0\x45", MACS + b"\x86\xdd\x60", MACS + b"\x08\6", MACS + b"\x81\0")


@given(
    some.sampled_from([ETHERNET, RAW, SLL, SLL2, 999]),
    some.sampled_from(STARTS),
    some.binary(max_size=200),
)
@example(ETHERNET, MACS + b"\x81\0\0\1" * 40, b"")
@example(RAW, b"\x60" + bytes(5) + b"\0" + bytes(34), b"\0\xff" * 80)
def test_any_bytes_are_a_packet(link_type: int, start: bytes, data: bytes) -> None:
    flow = read_packet(link_type, start + data).flow
    texts = [text for text in (flow.protocol, flow.source, flow.destination) if text is not None]
    assert all(text.isascii() and text.isprintable() for text in texts)


def test_both_directions_are_one_conversation() -> None:
    conversations = Conversations(ETHERNET, {}, "eth0")
    there = ethernet(0x0800, ipv4(6))
    back = ethernet(
        0x0800,
        ipv4(6, struct.pack("!HH", 80, 1234))[:12]
        + bytes([10, 0, 0, 2, 10, 0, 0, 1])
        + struct.pack("!HH", 80, 1234),
    )
    for data, length in ((there, 100), (back, 60), (there, 1014)):
        assert conversations.add(Packet(0, 0, data, length)) == "eth0"
    (one,) = conversations.list_all()
    assert (one.packets, one.bytes, one.reply_packets, one.reply_bytes) == (2, 1086, 1, 46)
    assert one.interfaces == ["eth0"]
