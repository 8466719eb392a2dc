# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads what tcpdump writes: a pcap file (draft-ietf-opsawg-pcap)."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from .._model.errors import Failed
from .._model.fast_typing import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

_MAGIC = 0xA1B2C3D4
"""In the byte order of this machine, and with times in microseconds, as tcpdump writes it."""
_FILE_HEADER = struct.Struct("=IHHiIII")
_PACKET_HEADER = struct.Struct("=IIII")
_LINK_TYPE_MASK = 0xFFFF


class Packet(NamedTuple):
    """A packet of a capture. ``length`` is that of what was sent, which ``data`` may cut off."""

    seconds: int
    microseconds: int
    data: bytes
    length: int


def read_link_type(content: bytes) -> int:
    """A number of https://www.tcpdump.org/linktypes.html, which says how packets begin.

    :raises Failed: it is no such file.
    """
    if len(content) < _FILE_HEADER.size:
        raise Failed("tcpdump wrote no complete header")
    magic, _major, _minor, _zone, _accuracy, _snaplen, link = _FILE_HEADER.unpack_from(content)
    if magic != _MAGIC:
        raise Failed(f"tcpdump wrote something else than a pcap file (it begins with {magic:#x})")
    return int(link & _LINK_TYPE_MASK)


def read_packets(content: bytes) -> Iterator[Packet]:
    """The complete packets, in their order."""
    offset = _FILE_HEADER.size
    while offset + _PACKET_HEADER.size <= len(content):
        seconds, micro, saved, length = _PACKET_HEADER.unpack_from(content, offset)
        offset += _PACKET_HEADER.size
        if offset + saved > len(content):
            return
        yield Packet(seconds, micro, content[offset : offset + saved], length)
        offset += saved
