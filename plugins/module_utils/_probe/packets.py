# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What probes send and what is sent back, as bytes: echoes (RFC 792, RFC 4443), questions to name servers (RFC 1035), the first line of HTTP. Pure."""

from __future__ import annotations

import socket
import struct
from dataclasses import dataclass
from typing import List, Optional, Tuple

from .._model.probes import DNS_RECORD_TYPES

_ECHO = struct.Struct("!BBHHH")
ECHO_TYPES = {4: (8, 0), 6: (128, 129)}
"""Request and reply, by family."""
IP_HEADER = {4: 20, 6: 40}
ECHO_HEADER = _ECHO.size

_HEADER = struct.Struct("!HHHHHH")
_RESPONSE, _RECURSE, _INTERNET = 0x8000, 0x0100, 1
_NAMES = {number: name for name, number in DNS_RECORD_TYPES.items()}
_CODES = {0: "NOERROR", 1: "FORMERR", 2: "SERVFAIL", 3: "NXDOMAIN", 4: "NOTIMP", 5: "REFUSED"}


def _sum(data: bytes) -> int:
    """The checksum of the Internet (RFC 1071)."""
    total = sum(struct.unpack(f"!{len(data) // 2}H", data[: len(data) & ~1])) + (
        data[-1] << 8 if len(data) & 1 else 0
    )
    while total >> 16:
        total = (total >> 16) + (total & 0xFFFF)
    return ~total & 0xFFFF


def write_echo(family: int, identity: int, number: int, data: bytes) -> bytes:
    """A request. The checksum of IPv6 is the kernel's to make."""
    kind = ECHO_TYPES[family][0]
    bare = _ECHO.pack(kind, 0, 0, identity, number) + data
    return bare if family == 6 else _ECHO.pack(kind, 0, _sum(bare), identity, number) + data


def read_echo(packet: bytes) -> Optional[Tuple[int, int, int, bytes]]:
    """(type, identity, number, data); ``None`` where it is cut short."""
    if len(packet) < ECHO_HEADER:
        return None
    kind, _code, _checksum, identity, number = _ECHO.unpack_from(packet)
    return kind, identity, number, packet[ECHO_HEADER:]


@dataclass(frozen=True)
class NameAnswer:
    """What a name server says: its code, and the records of the kind that was asked for."""

    code: str
    records: Tuple[str, ...]


def write_question(identity: int, name: str, record: str) -> bytes:
    """A question to a name server that may ask others."""
    labels = b"".join(
        bytes([len(label)]) + label
        for label in name.rstrip(".").encode("ascii").split(b".")
        if label
    )
    return (
        _HEADER.pack(identity, _RECURSE, 1, 0, 0, 0)
        + labels
        + b"\0"
        + struct.pack("!HH", DNS_RECORD_TYPES[record], _INTERNET)
    )


def _read_name(message: bytes, offset: int) -> Tuple[str, int]:
    """A name, and where it ends. Pointers lead to before where they are followed from, so it does end."""
    labels: List[str] = []
    begin, end = offset, 0
    while message[offset]:
        if message[offset] >= 0xC0:
            pointer = struct.unpack_from("!H", message, offset)[0] & 0x3FFF
            end = end or offset + 2
            if pointer >= begin:
                raise ValueError("a pointer that leads forwards")
            begin = offset = pointer
            continue
        length = message[offset]
        labels.append(message[offset + 1 : offset + 1 + length].decode("ascii", "backslashreplace"))
        offset += 1 + length
    return ".".join(labels) + ".", end or offset + 1


def _read_record(message: bytes, offset: int, kind: str, length: int) -> str:
    data = message[offset : offset + length]
    if kind in ("A", "AAAA"):
        return socket.inet_ntop(socket.AF_INET if kind == "A" else socket.AF_INET6, data)
    if kind == "TXT":
        texts = []
        while data:
            texts.append(data[1 : 1 + data[0]])
            data = data[1 + data[0] :]
        return b"".join(texts).decode("utf-8", "backslashreplace")
    if kind == "MX":
        return f"{struct.unpack_from('!H', data)[0]} {_read_name(message, offset + 2)[0]}"
    if kind == "SRV":
        return (
            " ".join(map(str, struct.unpack_from("!HHH", data)))
            + f" {_read_name(message, offset + 6)[0]}"
        )
    if kind == "SOA":
        first, offset = _read_name(message, offset)
        second, offset = _read_name(message, offset)
        return f"{first} {second} " + " ".join(
            map(str, struct.unpack_from("!IIIII", message, offset))
        )
    return _read_name(message, offset)[0]


def read_answer(message: bytes, identity: int, record: str) -> Optional[NameAnswer]:
    """What a name server answered to the question of that identity; ``None`` if it is no such answer, or cannot be read."""
    try:
        number, flags, questions, answers, _authorities, _more = _HEADER.unpack_from(message)
        if number != identity or not flags & _RESPONSE:
            return None
        offset = _HEADER.size
        for _question in range(questions):
            offset = _read_name(message, offset)[1] + 4
        records = []
        for _answer in range(answers):
            offset = _read_name(message, offset)[1]
            kind, _class, _ttl, length = struct.unpack_from("!HHIH", message, offset)
            offset += 10
            if _NAMES.get(kind) == record:
                records.append(_read_record(message, offset, record, length))
            offset += length
        return NameAnswer(_CODES.get(flags & 0xF, str(flags & 0xF)), tuple(records))
    except (IndexError, ValueError, OSError, struct.error):
        return None


def write_request(page: str, host: str) -> bytes:
    """A request for a page, by a client that stays for no second one."""
    return f"GET {page} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: redblue.netns\r\nAccept: */*\r\nConnection: close\r\n\r\n".encode(
        "ascii"
    )


def write_page(text: bytes) -> bytes:
    """A page, with its head."""
    return (
        b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s"
        % (len(text), text)
    )


def read_status(data: bytes) -> Optional[int]:
    """The status of an answer (RFC 9112, section 4); ``None`` as long as its first line is not there, 0 if it is no HTTP."""
    line, end, _rest = data.partition(b"\n")
    words = line.split()
    if not end:
        return None if data[:5] == b"HTTP/"[: len(data)] and len(data) < 1024 else 0
    right = (
        len(words) > 1
        and words[0].startswith(b"HTTP/")
        and len(words[1]) == 3
        and words[1].isdigit()
    )
    return int(words[1]) if right else 0
