# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Frames with which root of a namespace tries to get around policies, and who receives them."""

from __future__ import annotations

import ipaddress
import socket
import struct
from collections.abc import Iterator
from typing import NamedTuple

from support.netns import in_netns
from support.policy_flows import HOST, MEMBERS

MARKER = b"around-the-policy-"
BROADCAST = "ff:ff:ff:ff:ff:ff"
RED, BLUE, GREEN = (MEMBERS[name] for name in ("red", "blue", "green"))


class Attack(NamedTuple):
    """Frames to send, and whether they arrive where there are no policies."""

    name: str
    frames: list[bytes]
    arrives: bool = True


def mac_of(place: str | None, link: str) -> str:
    """The MAC address of an interface."""
    with in_netns(place), socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as made:
        made.bind((link, 0))
        return ":".join(f"{octet:02x}" for octet in made.getsockname()[4])


def _eth(source: str, target: str, kind: int, payload: bytes) -> bytes:
    macs = bytes.fromhex((target + source).replace(":", ""))
    return macs + struct.pack("!H", kind) + payload


def _sum(data: bytes) -> int:
    data += b"\0" * (len(data) % 2)
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total >> 16) + (total & 0xFFFF)
    return ~total & 0xFFFF


def _pack(address: str) -> bytes:
    return ipaddress.ip_address(address).packed


def _ip(source: str, target: str, number: int, payload: bytes, options: bytes = b"") -> bytes:
    """An IPv4 or IPv6 packet; ``options`` are IPv4 options."""
    if ":" in source:
        head = struct.pack("!IHBB", 6 << 28, len(payload), number, 255)
        return head + _pack(source) + _pack(target) + payload
    words = 5 + len(options) // 4
    head = struct.pack("!BBHHHBBH", 0x40 + words, 0, 4 * words + len(payload), 7, 0, 64, number, 0)
    whole = head + _pack(source) + _pack(target) + options
    return whole[:10] + struct.pack("!H", _sum(whole)) + whole[12:] + payload


def _with_sum(source: str, target: str, number: int, data: bytes, at: int) -> bytes:
    pseudo = _pack(source) + _pack(target) + struct.pack("!IHH", len(data), 0, number)
    if number == 1:
        pseudo = b""
    return data[:at] + struct.pack("!H", _sum(pseudo + data) or 0xFFFF) + data[at + 2 :]


def _udp(source: str, target: str, payload: bytes, port: int = 1080, own: int = 5000) -> bytes:
    data = struct.pack("!HHHH", own, port, 8 + len(payload), 0) + payload
    return _ip(source, target, 17, _with_sum(source, target, 17, data, 6))


def _tcp(source: str, target: str, payload: bytes, flags: int) -> bytes:
    data = struct.pack("!HHIIBBHHH", 1080, 1080, 7, 9, 0x50, flags, 1000, 0, 0) + payload
    return _ip(source, target, 6, _with_sum(source, target, 6, data, 16))


def _icmp(source: str, target: str, kind: int, code: int, payload: bytes) -> bytes:
    number = 58 if ":" in source else 1
    data = struct.pack("!BBH", kind, code, 0) + payload
    return _ip(source, target, number, _with_sum(source, target, number, data, 2))


def _arp(operation: int, mac: str, address: str, to_mac: str, to: str) -> bytes:
    head = struct.pack("!HHBBH", 1, 0x0800, 6, 4, operation)
    octets = [bytes.fromhex(each.replace(":", "")) for each in (mac, to_mac)]
    return head + octets[0] + _pack(address) + octets[1] + _pack(to)


class _Marks:
    """Marks that are different each time."""

    def __init__(self) -> None:
        self.number = 0

    def __call__(self) -> bytes:
        self.number += 1
        return MARKER + b"%03d" % self.number


class _Side(NamedTuple):
    """The MAC addresses, and the addresses of one family."""

    red: str
    blue: str
    green: str
    host: str
    family: int

    @property
    def own(self) -> str:
        return RED[self.family]

    @property
    def target(self) -> str:
        return BLUE[self.family]

    def frame(self, packet: bytes, to: str, source: str = "", kind: int = 0) -> bytes:
        own_kind = 0x0800 if self.family == 4 else 0x86DD
        return _eth(source or self.red, to, kind or own_kind, packet)

    def attack(self, name: str, packet: bytes) -> Attack:
        """A packet to the member's MAC address, and to that of the host."""
        frames = [self.frame(packet, to) for to in (self.blue, self.host)]
        return Attack(f"{name} IPv{self.family}", frames)


def forge_datagram(mac: str, to_mac: str, target: str) -> bytes:
    """A datagram of red to an address, sent with a MAC address."""
    kind, source = (0x86DD, RED[6]) if ":" in target else (0x0800, RED[4])
    return _eth(mac, to_mac, kind, _udp(source, target, MARKER))


def list_attacks(red: str, blue: str, green: str, host: str) -> Iterator[Attack]:
    """The attacks of red against blue; the arguments are MAC addresses."""
    mark = _Marks()
    for family in (4, 6):
        side = _Side(red, blue, green, host, family)
        yield from _plain_attacks(side, mark)
        yield from _transport_attacks(side, mark)
        yield from _icmp_attacks(side, mark)
    yield from _attacks_of_ipv4(red, blue, mark)
    yield from _attacks_of_ipv6(red, blue, host, mark)
    yield Attack("a frame of no known type", [_eth(red, blue, 0x88B5, mark())])
    yield Attack("LLC", [_eth(red, blue, 60, b"\xaa\xaa\x03" + mark() + b"\0" * 36)])


def _plain_attacks(side: _Side, mark: _Marks) -> Iterator[Attack]:
    own, target, zone = side.own, side.target, f" IPv{side.family}"
    yield side.attack("a datagram", _udp(own, target, mark()))
    broadcast = side.frame(_udp(own, target, mark()), BROADCAST)
    yield Attack(f"to the broadcast MAC address{zone}", [broadcast])
    other = side.frame(_udp(own, target, mark()), side.blue, side.green)
    yield Attack(f"with another MAC address{zone}", [other])
    # Others may drop what claims to be from the host itself.
    for source, arrives in ((GREEN[side.family], True), (HOST[side.family], False)):
        forged = side.attack(f"with the source address {source}", _udp(source, target, mark()))
        yield forged._replace(arrives=arrives)
        both = side.frame(_udp(source, target, mark()), side.blue, side.green)
        yield Attack(f"with the MAC address of another and {source}", [both], arrives)
    for kind, word in ((0x8100, "VLAN"), (0x88A8, "provider")):
        tag = struct.pack("!HH", 1, 0x0800 if side.family == 4 else 0x86DD)
        tagged = side.frame(tag + _udp(own, target, mark()), side.blue, kind=kind)
        yield Attack(f"with a {word} tag{zone}", [tagged])


def _transport_attacks(side: _Side, mark: _Marks) -> Iterator[Attack]:
    own, target = side.own, side.target
    for flags, word in ((2, "SYN"), (18, "SYN and ACK"), (16, "ACK"), (4, "RST"), (0, "none")):
        yield side.attack(f"a TCP segment with {word}", _tcp(own, target, mark(), flags))
    for protocol in (4, 41, 47, 50, 132, 253):
        yield side.attack(f"IP protocol {protocol}", _ip(own, target, protocol, mark() * 3))
    yield side.attack("an answer to no question", _udp(own, target, mark(), 40000, 53))


_ERRORS = {
    4: ((3, 1), (3, 4), (11, 0), (5, 1)),
    6: ((1, 0), (2, 0), (3, 0), (137, 0)),
}
_ECHOES = {4: ((8, "request"), (0, "reply")), 6: ((128, "request"), (129, "reply"))}


def _icmp_attacks(side: _Side, mark: _Marks) -> Iterator[Attack]:
    own, target = side.own, side.target
    for error in _ERRORS[side.family]:
        quoted = b"\0" * 4 + _udp(target, own, mark())
        yield side.attack(f"an ICMP error {error}", _icmp(own, target, *error, quoted))
    for kind, word in _ECHOES[side.family]:
        yield side.attack(f"an echo {word}", _icmp(own, target, kind, 0, mark()))


def _attacks_of_ipv4(red: str, blue: str, mark: _Marks) -> Iterator[Attack]:
    own, target = RED[4], BLUE[4]
    for to, mac in (
        ("10.15.0.255", BROADCAST),
        ("255.255.255.255", BROADCAST),
        ("224.0.0.1", "01:00:5e:00:00:01"),
        ("224.0.0.251", "01:00:5e:00:00:fb"),
        ("224.0.0.1", blue),
    ):
        yield Attack(f"to {to} at {mac}", [_eth(red, mac, 0x0800, _udp(own, to, mark()))])
    data = struct.pack("!HHHH", 5000, 1080, 8 + 40, 0) + mark() + b"x" * 40
    head = _ip(own, target, 17, data[:24])
    first = head[:6] + b"\x20\x00" + b"\0\0" + head[8:10]
    whole = first[:8] + head[8:10] + b"\0\0" + head[12:]
    fragment = whole[:10] + struct.pack("!H", _sum(whole[:20])) + whole[12:]
    # br_netfilter waits for the others.
    yield Attack("a first fragment", [_eth(red, blue, 0x0800, fragment)], False)
    route = b"\x83\x07\x04" + _pack(target) + b"\0"
    yield Attack("source routing", [_eth(red, blue, 0x0800, _ip(own, HOST[4], 17, mark(), route))])
    yield Attack("from no address", [_eth(red, blue, 0x0800, _udp("0.0.0.0", target, mark()))])
    dhcp = _udp("0.0.0.0", "255.255.255.255", mark(), 68, 67)
    yield Attack("as a DHCP server", [_eth(red, BROADCAST, 0x0800, dhcp)])
    other = "02:00:00:00:00:99"
    for address, word in ((GREEN[4], "another member"), (HOST[4], "the gateway")):
        for operation in (1, 2):
            packet = _arp(operation, red, address, "00:00:00:00:00:00", address) + mark()
            yield Attack(
                f"ARP {operation} as {word}",
                [_eth(red, to, 0x0806, packet) for to in (blue, BROADCAST)],
            )
    packet = _arp(2, other, own, "00:00:00:00:00:00", own) + mark()
    yield Attack("ARP with another MAC address", [_eth(red, BROADCAST, 0x0806, packet)])
    long = _arp(1, red, own, "00:00:00:00:00:00", target) + mark() * 3
    yield Attack("data behind an ARP request", [_eth(red, BROADCAST, 0x0806, long)])


def _attacks_of_ipv6(red: str, blue: str, host: str, mark: _Marks) -> Iterator[Attack]:
    own, target = RED[6], BLUE[6]

    def frame(packet: bytes, to: str = blue) -> bytes:
        return _eth(red, to, 0x86DD, packet)

    local = "fe80::bad"
    yield Attack("from a link-local address", [frame(_udp(local, target, mark()))])
    yield Attack("to all nodes", [frame(_udp(own, "ff02::1", mark()), "33:33:00:00:00:01")])
    yield Attack(
        "a router advertisement",
        [
            frame(
                _icmp(local, "ff02::1", 134, 0, b"\x40\0\x07\x08" + b"\0" * 8 + mark()),
                "33:33:00:00:00:01",
            )
        ],
    )
    yield Attack(
        "a redirect",
        [frame(_icmp(local, target, 137, 0, b"\0" * 4 + _pack(GREEN[6]) + _pack(local) + mark()))],
    )
    yield from _attacks_by_discovery(red, blue, mark)
    yield from _attacks_by_headers(red, blue, host, mark)


def _attacks_by_discovery(red: str, blue: str, mark: _Marks) -> Iterator[Attack]:
    own, target = RED[6], BLUE[6]

    def frame(packet: bytes, to: str = blue) -> bytes:
        return _eth(red, to, 0x86DD, packet)

    for address, word in (
        (GREEN[6], "another member"),
        (HOST[6], "the gateway"),
        ("fe80::1", "a link-local address"),
    ):
        option = b"\x02\x01" + bytes.fromhex(red.replace(":", ""))
        advert = b"\x20\0\0\0" + _pack(address) + option + mark()
        yield Attack(
            f"an advertisement for {word}",
            [
                frame(_icmp(source, "ff02::1", 136, 0, advert), "33:33:00:00:00:01")
                for source in (own, address)
            ],
        )
        solicit = b"\0\0\0\0" + _pack(target) + b"\x01\x01" + option[2:] + mark()
        yield Attack(
            f"a solicitation from {word}",
            [frame(_icmp(address, target, 135, 0, solicit))],
            address == GREEN[6],
        )
    long = b"\0\0\0\0" + _pack(target) + mark() * 20
    yield Attack("data behind a solicitation", [frame(_icmp(own, target, 135, 0, long))])


def _attacks_by_headers(red: str, blue: str, host: str, mark: _Marks) -> Iterator[Attack]:
    own, target = RED[6], BLUE[6]
    inner = _udp(own, target, mark())[40:]
    for header, word in (
        (0, "hop-by-hop options"),
        (60, "destination options"),
        (43, "a routing header"),
    ):
        extended = _ip(own, target, header, b"\x11\0\x01\x04\0\0\0\0" + inner)
        yield Attack(f"with {word}", [_eth(red, to, 0x86DD, extended) for to in (blue, host)])
    extended = _ip(own, target, 44, b"\x11\0\0\x01\0\0\0\x07" + inner)
    yield Attack("a first IPv6 fragment", [_eth(red, blue, 0x86DD, extended)], False)
