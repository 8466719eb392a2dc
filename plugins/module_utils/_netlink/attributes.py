# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Attributes of netlink messages (linux/netlink.h): packed, and found in what the kernel sends."""

from __future__ import annotations

import os
import socket
import struct
import sys
from functools import lru_cache
from typing import TYPE_CHECKING

from .._model.text import decode_name, unescape_name
from . import uapi
from .headers import NLATTR

if TYPE_CHECKING:
    from collections.abc import Iterator

Attributes = dict[int, bytes]
"""Payloads by the numbers of the attributes."""

_U8, _U32 = struct.Struct("=B"), struct.Struct("=I")
_PADDING = (b"", b"\0\0\0", b"\0\0", b"\0")
"""By the length modulo 4 of what is padded."""


def align(length: int) -> int:
    """The length up to the next boundary, at which the next attribute or message begins."""
    return (length + 3) & ~3


def pack_attribute(number: int, payload: bytes) -> bytes:
    """An attribute, padded to its boundary. A nest is one whose payload is attributes."""
    length = len(payload)
    return NLATTR.pack(length + NLATTR.size, number) + payload + _PADDING[length % 4]


def pack_u8(number: int, value: int | None) -> bytes:
    """An attribute of 8 bits; nothing for None."""
    return b"" if value is None else pack_attribute(number, _U8.pack(value))


def pack_u32(number: int, value: int | None) -> bytes:
    """An attribute of 32 bits in the host's byte order; nothing for None."""
    return b"" if value is None else pack_attribute(number, _U32.pack(value))


def pack_text(number: int, text: str) -> bytes:
    """An attribute that is a string, ended by a zero byte."""
    return pack_attribute(number, text.encode() + b"\0")


@lru_cache(maxsize=4096)  # Each link of a run is named in several messages.
def pack_name(number: int, name: str) -> bytes:
    """An attribute that is a name in the form of ``escape_name``."""
    return pack_attribute(number, os.fsencode(unescape_name(name)) + b"\0")


def pack_mac(number: int, mac: str | None) -> bytes:
    """An attribute that is a link-layer address; nothing for None."""
    return b"" if mac is None else pack_attribute(number, bytes.fromhex(mac.replace(":", "")))


def pack_address(number: int, address: str | None) -> bytes:
    """An attribute that is an IPv4 or IPv6 address; nothing for None."""
    return b"" if address is None else pack_attribute(number, address_bytes(address))


def family_number(address: str) -> int:
    """AF_INET or AF_INET6."""
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def address_bytes(address: str) -> bytes:
    """An address in network byte order."""
    return socket.inet_pton(family_number(address), address)


def walk_attributes(data: bytes, offset: int, end: int) -> Iterator[tuple[int, int, int]]:
    """(number, start, end of the payload) of each attribute between two offsets.

    One that is cut off ends the walk.
    """
    while offset <= end - NLATTR.size:
        length, number = NLATTR.unpack_from(data, offset)
        if length < NLATTR.size:
            break
        yield number & uapi.NLA_TYPE_MASK, offset + NLATTR.size, min(offset + length, end)
        offset += align(length)


def read_attributes(data: bytes, offset: int = 0) -> Attributes:
    """The attributes from an offset to the end of a message or nest.

    It is called for each of thousands of messages, where ``walk_attributes`` would take twice as
    long.
    """
    unpack, header, mask = NLATTR.unpack_from, NLATTR.size, uapi.NLA_TYPE_MASK
    found: Attributes = {}
    last = len(data) - header
    while offset <= last:
        length, number = unpack(data, offset)
        if length < header:
            break
        found[number & mask] = data[offset + header : offset + length]
        offset += (length + 3) & ~3
    return found


def read_number(data: bytes | None) -> int | None:
    """An unsigned number of any size in the host's byte order."""
    return None if data is None else int.from_bytes(data, sys.byteorder)


def read_text(data: bytes | None) -> str | None:
    """A string without the zero byte at its end."""
    return None if data is None else data.rstrip(b"\0").decode(errors="replace")


@lru_cache(maxsize=4096)  # Many namespaces have links of the same names.
def read_name(data: bytes | None) -> str | None:
    """A name in the form of ``escape_name``. It can contain almost any byte."""
    return None if data is None else decode_name(data.rstrip(b"\0"))


def read_mac(data: bytes | None) -> str | None:
    """A link-layer address as aa:bb:cc:dd:ee:ff; None if it is empty."""
    return data.hex(":") if data else None


def read_ip(data: bytes | None) -> str | None:
    """An IPv4 or IPv6 address; the length shows the family."""
    if data is None:
        return None
    return socket.inet_ntop(socket.AF_INET if len(data) == 4 else socket.AF_INET6, data)
