# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes a pcapng file (draft-ietf-opsawg-pcapng), which tcpdump itself cannot do.

In contrast to a pcap file it has the names of the interfaces, the filter, and how many packets were
dropped.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .._model.captures import CaptureRequest, Recording
    from .pcap import Packet

_BLOCK = struct.Struct("=II")
_SECTION, _INTERFACE, _PACKET = 0x0A0D0D0A, 1, 6
"""Block types."""
_SECTION_BODY = struct.Struct("=IHHq")
_BYTE_ORDER, _MAJOR, _MINOR, _UNKNOWN_LENGTH = 0x1A2B3C4D, 1, 0, -1
_INTERFACE_BODY = struct.Struct("=HHI")
_PACKET_BODY = struct.Struct("=IIIII")
_OPTION = struct.Struct("=HH")
_END, _COMMENT, _NAME, _APPLICATION, _FILTER = 0, 1, 2, 4, 11
"""Options. Some numbers have another meaning in another type of block."""
_LIBPCAP_FILTER = b"\0"
"""The first byte of a filter that is a text."""
_WRITER = b"tcpdump, redblue.netns"


def write_pcapng(
    request: CaptureRequest,
    recording: Recording,
    link_type: int,
    packets: Iterable[tuple[str, Packet]],
) -> bytes:
    """The content of a file with one section. Times are in microseconds.

    :param packets: each with the name of its interface.
    """
    blocks = [_pack_section(request, recording)]
    numbers: dict[str, int] = {}
    for name, packet in packets:
        if name not in numbers:
            numbers[name] = len(numbers)
            blocks.append(_pack_interface(request, name, link_type))
        high, low = divmod(packet.seconds * 1_000_000 + packet.microseconds, 1 << 32)
        head = _PACKET_BODY.pack(numbers[name], high, low, len(packet.data), packet.length)
        blocks.append(_pack_block(_PACKET, head + _pad(packet.data)))
    if not numbers:  # A file without an interface is not valid for all readers.
        blocks.append(_pack_interface(request, request.interface, link_type))
    return b"".join(blocks)


def _pack_section(request: CaptureRequest, recording: Recording) -> bytes:
    place = "the host" if request.netns is None else f"network namespace {request.netns}"
    comment = (
        f"captured in {place}; {recording.dropped_by_kernel} packets dropped by the kernel, "
        f"{recording.dropped_by_interface} by the interface"
    )
    body = _SECTION_BODY.pack(_BYTE_ORDER, _MAJOR, _MINOR, _UNKNOWN_LENGTH)
    options = _pack_options((_COMMENT, comment.encode()), (_APPLICATION, _WRITER))
    return _pack_block(_SECTION, body + options)


def _pack_interface(request: CaptureRequest, name: str, link_type: int) -> bytes:
    options = [(_NAME, name.encode())]
    if request.expression:
        options.append((_FILTER, _LIBPCAP_FILTER + request.expression.encode()))
    body = _INTERFACE_BODY.pack(link_type, 0, request.snaplen)
    return _pack_block(_INTERFACE, body + _pack_options(*options))


def _pack_block(kind: int, body: bytes) -> bytes:
    length = _BLOCK.size + len(body) + 4
    return _BLOCK.pack(kind, length) + body + struct.pack("=I", length)


def _pack_options(*options: tuple[int, bytes]) -> bytes:
    packed = [_OPTION.pack(code, len(value)) + _pad(value) for code, value in options]
    return b"".join([*packed, _OPTION.pack(_END, 0)])


def _pad(data: bytes) -> bytes:
    """Filled up to a multiple of four bytes."""
    return data + bytes(-len(data) % 4)
