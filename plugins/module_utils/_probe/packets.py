# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The packets of probes as bytes.

ICMP echo (RFC 792, RFC 4443), DNS queries (RFC 1035), and the first line of HTTP. Pure.
"""

from __future__ import annotations

import socket
import struct
from dataclasses import dataclass
from typing import Callable

from .._model.fast_typing import NamedTuple
from .._model.probes import DNS_RECORD_TYPES
from .._model.text import escape_text

_ECHO = struct.Struct("!BBHHH")
ECHO_TYPES = {4: (8, 0), 6: (128, 129)}
"""The ICMP types of request and reply, by address family."""
IP_HEADER = {4: 20, 6: 40}
ECHO_HEADER = _ECHO.size

_DNS_HEADER = struct.Struct("!HHHHHH")
_DNS_RESPONSE, _RECURSION_DESIRED, _CLASS_IN = 0x8000, 0x0100, 1
_RECORD_NAMES = {number: name for name, number in DNS_RECORD_TYPES.items()}
_RCODES = {0: "NOERROR", 1: "FORMERR", 2: "SERVFAIL", 3: "NXDOMAIN", 4: "NOTIMP", 5: "REFUSED"}
_MAX_STATUS_LINE = 1024


class EchoPacket(NamedTuple):
    """An echo request or reply."""

    type: int
    identifier: int
    sequence: int
    data: bytes


def _checksum(data: bytes) -> int:
    """The Internet checksum (RFC 1071)."""
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data[: len(data) & ~1]))
    total += data[-1] << 8 if len(data) & 1 else 0
    while total >> 16:
        total = (total >> 16) + (total & 0xFFFF)
    return ~total & 0xFFFF


def pack_echo(family: int, identifier: int, sequence: int, data: bytes) -> bytes:
    """An echo request. The kernel computes the checksum of ICMPv6."""
    kind = ECHO_TYPES[family][0]
    packet = _ECHO.pack(kind, 0, 0, identifier, sequence) + data
    if family == 6:
        return packet
    return _ECHO.pack(kind, 0, _checksum(packet), identifier, sequence) + data


def unpack_echo(packet: bytes) -> EchoPacket | None:
    """An ICMP packet read as an echo; None if it is too short."""
    if len(packet) < ECHO_HEADER:
        return None
    kind, _code, _checksum_field, identifier, sequence = _ECHO.unpack_from(packet)
    return EchoPacket(kind, identifier, sequence, packet[ECHO_HEADER:])


@dataclass(frozen=True)
class DnsResponse:
    """The response code of a name server, and the records of the requested type."""

    code: str
    records: tuple[str, ...]


def pack_dns_query(identifier: int, name: str, record: str) -> bytes:
    """A recursive query for a name and a record type of ``DNS_RECORD_TYPES``."""
    labels = b"".join(
        bytes([len(label)]) + label
        for label in name.rstrip(".").encode("ascii").split(b".")
        if label
    )
    header = _DNS_HEADER.pack(identifier, _RECURSION_DESIRED, 1, 0, 0, 0)
    return header + labels + b"\0" + struct.pack("!HH", DNS_RECORD_TYPES[record], _CLASS_IN)


def _read_name(message: bytes, offset: int) -> tuple[str, int]:
    """A domain name and the offset after it.

    A compression pointer must point to before the name it is in, so that the loop ends.

    :raises ValueError: it does not.
    """
    labels: list[str] = []
    begin, end = offset, 0
    while message[offset]:
        if message[offset] >= 0xC0:
            pointer = struct.unpack_from("!H", message, offset)[0] & 0x3FFF
            end = end or offset + 2
            if pointer >= begin:
                raise ValueError("a compression pointer that points forwards")
            begin = offset = pointer
            continue
        length = message[offset]
        label = message[offset + 1 : offset + 1 + length]
        labels.append(escape_text(label.decode("ascii", "backslashreplace")))
        offset += 1 + length
    return ".".join(labels) + ".", end or offset + 1


def _read_a(message: bytes, offset: int, length: int) -> str:
    return socket.inet_ntop(socket.AF_INET, message[offset : offset + length])


def _read_aaaa(message: bytes, offset: int, length: int) -> str:
    return socket.inet_ntop(socket.AF_INET6, message[offset : offset + length])


def _read_txt(message: bytes, offset: int, length: int) -> str:
    data, texts = message[offset : offset + length], []
    while data:
        texts.append(data[1 : 1 + data[0]])
        data = data[1 + data[0] :]
    return escape_text(b"".join(texts).decode("utf-8", "backslashreplace"))


def _read_mx(message: bytes, offset: int, length: int) -> str:
    (preference,) = struct.unpack_from("!H", message[offset : offset + length])
    return f"{preference} {_read_name(message, offset + 2)[0]}"


def _read_srv(message: bytes, offset: int, length: int) -> str:
    priority, weight, port = struct.unpack_from("!HHH", message[offset : offset + length])
    return f"{priority} {weight} {port} {_read_name(message, offset + 6)[0]}"


def _read_soa(message: bytes, offset: int, _length: int) -> str:
    primary, offset = _read_name(message, offset)
    mailbox, offset = _read_name(message, offset)
    numbers = struct.unpack_from("!IIIII", message, offset)
    return f"{primary} {mailbox} {' '.join(map(str, numbers))}"


def _read_domain(message: bytes, offset: int, _length: int) -> str:
    return _read_name(message, offset)[0]


_RECORD_READERS: dict[str, Callable[[bytes, int, int], str]] = {
    "A": _read_a,
    "AAAA": _read_aaaa,
    "TXT": _read_txt,
    "MX": _read_mx,
    "SRV": _read_srv,
    "SOA": _read_soa,
}
"""The readers of record data as dig(8) shows it; other types hold a domain name."""


def unpack_dns_response(message: bytes, identifier: int, record: str) -> DnsResponse | None:
    """The response to the query of that identifier; None for anything else."""
    try:
        number, flags, questions, answers, _authorities, _additional = _DNS_HEADER.unpack_from(
            message
        )
        if number != identifier or not flags & _DNS_RESPONSE:
            return None
        offset = _DNS_HEADER.size
        for _question in range(questions):
            offset = _read_name(message, offset)[1] + 4
        records = []
        for _answer in range(answers):
            offset = _read_name(message, offset)[1]
            kind, _class, _ttl, length = struct.unpack_from("!HHIH", message, offset)
            offset += 10
            if _RECORD_NAMES.get(kind) == record:
                read_data = _RECORD_READERS.get(record, _read_domain)
                records.append(read_data(message, offset, length))
            offset += length
        return DnsResponse(_RCODES.get(flags & 0xF, str(flags & 0xF)), tuple(records))
    except (IndexError, ValueError, OSError, struct.error):
        return None


def write_http_request(path: str, host: str) -> bytes:
    """A GET request of a client that closes after the response."""
    lines = [
        f"GET {path} HTTP/1.1",
        f"Host: {host}",
        "User-Agent: redblue.netns",
        "Accept: */*",
        "Connection: close",
    ]
    return "".join(f"{line}\r\n" for line in [*lines, ""]).encode("ascii")


def write_http_response(body: bytes) -> bytes:
    """A response with status 200 and a body of plain text."""
    lines = [
        "HTTP/1.1 200 OK",
        "Content-Type: text/plain",
        f"Content-Length: {len(body)}",
        "Connection: close",
    ]
    return "".join(f"{line}\r\n" for line in [*lines, ""]).encode("ascii") + body


def read_http_status(data: bytes) -> int | None:
    """The status code of a response (RFC 9112, section 4).

    None if the status line is not complete yet; 0 if it is not HTTP.
    """
    line, newline, _rest = data.partition(b"\n")
    words = line.split()
    if not newline:
        may_be_http = data[:5] == b"HTTP/"[: len(data)] and len(data) < _MAX_STATUS_LINE
        return None if may_be_http else 0
    is_status_line = (
        len(words) > 1
        and words[0].startswith(b"HTTP/")
        and len(words[1]) == 3
        and words[1].isdigit()
    )
    return int(words[1]) if is_status_line else 0
