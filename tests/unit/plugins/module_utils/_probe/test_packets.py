# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Packets, byte by byte."""

from __future__ import annotations

import struct

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._probe.packets import (
    pack_dns_query,
    pack_echo,
    read_http_status,
    unpack_dns_response,
    unpack_echo,
    write_http_request,
    write_http_response,
)
from hypothesis import given
from hypothesis import strategies as some


@pytest.mark.parametrize("data", [b"", b"abc", b"abcdefgh", bytes(range(255)), b"\xff" * 1000])
def test_the_checksum_of_an_echo_is_right(data: bytes) -> None:
    """The ones' complement sum of all words and the checksum is zero (RFC 1071)."""
    packet = pack_echo(4, 0x1234, 7, data)
    padded = packet + bytes(len(packet) % 2)
    total = sum(struct.unpack(f"!{len(padded) // 2}H", padded))
    while total >> 16:
        total = (total >> 16) + (total & 0xFFFF)
    assert total == 0xFFFF
    assert unpack_echo(packet) == (8, 0x1234, 7, data)


def test_the_bytes_of_an_echo() -> None:
    """The sum 0x0800 + 0x1234 + 0x0001 is 0x1a35, whose complement is 0xe5ca."""
    assert pack_echo(4, 0x1234, 1, bytes(8)).hex() == "0800e5ca1234000100000000" + "00000000"
    assert pack_echo(6, 0x1234, 1, b"x").hex() == "8000000012340001" + "78"
    assert unpack_echo(b"\0" * 7) is None


QUESTION = pack_dns_query(7, "example.org.", "A")


def answer(records: bytes, count: int, code: int = 0, identity: int = 7) -> bytes:
    return struct.pack("!HHHHHH", identity, 0x8180 | code, 1, count, 0, 0) + QUESTION[12:] + records


def record(kind: int, data: bytes) -> bytes:
    return b"\xc0\x0c" + struct.pack("!HHIH", kind, 1, 60, len(data)) + data


def test_the_bytes_of_a_dns_query() -> None:
    assert QUESTION.hex() == "000701000001000000000000" + "076578616d706c65036f726700" + "00010001"
    assert pack_dns_query(7, ".", "NS").hex() == "000701000001000000000000" + "00" + "00020001"


@pytest.mark.parametrize(
    ("kind", "number", "data", "text"),
    [
        ("A", 1, bytes([192, 0, 2, 1]), "192.0.2.1"),
        ("AAAA", 28, bytes.fromhex("20010db8000000000000000000000001"), "2001:db8::1"),
        ("NS", 2, b"\x02ns\xc0\x0c", "ns.example.org."),
        ("CNAME", 5, b"\x03www\x03net\x00", "www.net."),
        ("PTR", 12, b"\xc0\x0c", "example.org."),
        ("MX", 15, b"\x00\x0a\x02mx\xc0\x0c", "10 mx.example.org."),
        ("TXT", 16, b"\x03one\x04 two", "one two"),
        ("SRV", 33, b"\x00\x01\x00\x02\x00\x50\x01a\xc0\x0c", "1 2 80 a.example.org."),
        (
            "SOA",
            6,
            b"\x01a\xc0\x0c\x01b\xc0\x0c" + struct.pack("!IIIII", 1, 2, 3, 4, 5),
            "a.example.org. b.example.org. 1 2 3 4 5",
        ),
    ],
)
def test_dns_records_are_read(kind: str, number: int, data: bytes, text: str) -> None:
    other = record(46, b"signature")
    found = unpack_dns_response(answer(other + record(number, data) + other, 3), 7, kind)
    assert found is not None and (found.code, found.records) == ("NOERROR", (text,))


def test_dns_response_codes_are_named() -> None:
    codes = [unpack_dns_response(answer(b"", 0, code), 7, "A") for code in (2, 3, 5, 9)]
    assert [found.code for found in codes if found] == ["SERVFAIL", "NXDOMAIN", "REFUSED", "9"]


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"\0" * 11,
        QUESTION,
        answer(b"", 0, identity=8),
        answer(b"", 1),
        answer(record(1, b"\1\2\3"), 1),
        answer(b"\xc0\xff", 1),
        answer(b"\xc0\x1d" + b"\xc0\x1d", 1),
        answer(record(2, b"\xc0\xf0"), 1),
        answer(record(16, b""), 2),
        answer(record(1, b"\1\2\3\4")[:-1], 1),
    ],
    ids=lambda message: message[:40].hex(),
)
def test_a_malformed_response_has_no_records(message: bytes) -> None:
    response = unpack_dns_response(message, 7, "A")
    assert response is None or response.records == ()


@given(
    some.binary(max_size=80),
    some.integers(0, 80),
    some.sampled_from(["A", "SOA", "TXT", "MX", "SRV"]),
)
def test_random_bytes_raise_no_error(noise: bytes, place: int, kind: str) -> None:
    topology = answer(record(1, bytes(4)) + record(6, b"\x01a\xc0\x0c\xc0\x0c" + bytes(20)), 2)
    data = topology[:place] + noise + topology[place + len(noise) :]
    response = unpack_dns_response(data, 7, kind)
    assert response is None or (
        isinstance(response.code, str) and len(response.records) <= len(data)
    )
    echo, status = unpack_echo(noise), read_http_status(noise)
    assert (echo is None) == (len(noise) < 8) and (status is None or 0 <= status < 1000)


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"", None),
        (b"HTT", None),
        (b"HTTP/1.1 20", None),
        (b"HTTP/1.1 200 OK\r\n", 200),
        (b"HTTP/1.0 404\n", 404),
        (b"HTTP/1.1 2000 OK\r\n", 0),
        (b"HTTP/1.1\r\n", 0),
        (b"SSH-", 0),
        (b"SSH-2.0\r\n", 0),
        (b"HTTP/" + b"x" * 2000, 0),
    ],
)
def test_the_status_line_of_http_is_read(data: bytes, status: int | None) -> None:
    assert read_http_status(data) == status


def test_an_http_request_and_its_response() -> None:
    assert write_http_request("/x?y", "[::1]:81").startswith(
        b"GET /x?y HTTP/1.1\r\nHost: [::1]:81\r\n"
    )
    assert write_http_request("/", "a").endswith(b"\r\nConnection: close\r\n\r\n")
    page = write_http_response(b"sign")
    assert (
        read_http_status(page) == 200
        and b"Content-Length: 4\r\n" in page
        and page.endswith(b"\r\n\r\nsign")
    )
