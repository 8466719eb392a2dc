# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A netlink socket that sends many requests at once and tells which of them failed (RFC 3549, linux/netlink.h)."""

from __future__ import annotations

import errno
import os
import socket
import struct
from dataclasses import dataclass, field
from typing import Dict, Iterator, List, Optional, Sequence, Tuple

from .._model.errors import Failed

ROUTE, NETFILTER, GENERIC = 0, 12, 16
"""Netlink families."""

Attributes = Dict[int, bytes]

_HEADER = struct.Struct("=IHHII")
_ATTRIBUTE = struct.Struct("=HH")
_KIND = 0x3FFF
_ERROR, _DONE = 2, 3
_REQUEST, _ACK, _DUMP, _DUMP_INTERRUPTED = 0x1, 0x4, 0x300, 0x10
_SOL_NETLINK, _CAP_ACK, _EXT_ACK, _STRICT = 270, 10, 11, 12
_ACK_TLVS, _CAPPED = 0x200, 0x100
_BATCH_MESSAGES, _BATCH_BYTES = 64, 48 * 1024
_MOST_RECEIVED = 1 << 16
"""The kernel puts no more than half of that into one answer (net/netlink/af_netlink.c)."""
_PATIENCE = 30
"""Seconds."""


def pack_attribute(number: int, payload: bytes) -> bytes:
    """An attribute, filled up to its boundary."""
    return _ATTRIBUTE.pack(len(payload) + 4, number) + payload + bytes(-len(payload) % 4)


def walk_attributes(data: bytes, offset: int, end: int) -> Iterator[Tuple[int, int, int]]:
    """(number, where it begins, where it ends) of each attribute between these places; what is cut off is none."""
    while offset <= end - 4:
        length, kind = _ATTRIBUTE.unpack_from(data, offset)
        if length < 4:
            break
        yield kind & _KIND, offset + 4, min(offset + length, end)
        offset += (length + 3) & ~3


def read_attributes(data: bytes, offset: int = 0) -> Attributes:
    """The attributes of a message or nest, by their numbers."""
    return {
        number: data[first:last] for number, first, last in walk_attributes(data, offset, len(data))
    }


@dataclass(frozen=True)
class Request:
    """One message without its header."""

    type: int
    body: bytes
    flags: int = 0


@dataclass
class Reply:
    """What the kernel answered: the messages it sent, or an errno with its words."""

    messages: List[bytes] = field(default_factory=list)
    errno: int = 0
    words: str = ""

    def check(self) -> None:
        if self.errno:
            raise OSError(self.errno, self.words or os.strerror(self.errno))


class Socket:
    """Opened in the network namespace of the calling thread, and stays in it."""

    def __init__(self, protocol: int = ROUTE) -> None:
        self._socket = socket.socket(
            socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, protocol
        )
        self._socket.bind((0, 0))
        # Not settimeout: with that Python asks for each answer twice, once whether it is there.
        self._socket.setsockopt(
            socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("@ll", _PATIENCE, 0)
        )
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        for option in (_CAP_ACK, _EXT_ACK, _STRICT):
            self._socket.setsockopt(_SOL_NETLINK, option, 1)
        self._sequence = 0

    @classmethod
    def adopt(cls, descriptor: int) -> Socket:
        """One that another process has opened so, and handed over."""
        adopted = cls.__new__(cls)
        adopted._socket, adopted._sequence = socket.socket(fileno=descriptor), 0
        return adopted

    def close(self) -> None:
        self._socket.close()

    def fileno(self) -> int:
        return self._socket.fileno()

    def send(self, requests: Sequence[Request]) -> List[Reply]:
        """Send all, in batches, and read all answers; the order is that of the requests."""
        replies: List[Reply] = []
        batch: List[Request] = []
        size = 0
        for request in requests:
            if batch and (len(batch) == _BATCH_MESSAGES or size + len(request.body) > _BATCH_BYTES):
                replies += self._exchange(batch)
                batch, size = [], 0
            batch.append(request)
            size += len(request.body) + _HEADER.size
        return replies + (self._exchange(batch) if batch else [])

    def _exchange(self, batch: Sequence[Request]) -> List[Reply]:
        """Only the last is acknowledged: the kernel takes them one by one, and tells of each that fails."""
        first = self._sequence + 1
        last = first + len(batch) - 1
        data = bytearray()
        for request in batch:
            self._sequence += 1
            flags = request.flags | _REQUEST | (_ACK if self._sequence == last else 0)
            data += _HEADER.pack(
                _HEADER.size + len(request.body), request.type, flags, self._sequence, 0
            )
            data += request.body + bytes(-len(request.body) % 4)
        self._socket.sendall(data)
        replies = [Reply() for request in batch]
        while True:
            for kind, flags, sequence, message in self._receive():
                index = sequence - first
                if not 0 <= index < len(batch):
                    continue
                if kind != _ERROR:
                    replies[index].messages.append(message)
                    continue
                replies[index].errno, replies[index].words = _read_error(message, flags)
                if sequence == last:
                    return replies

    def dump(self, kind: int, body: bytes) -> List[bytes]:
        """Every object of a kind. A dump that the kernel calls inconsistent is taken again."""
        for _attempt in range(20):
            messages, whole = self._dump_once(kind, body)
            if whole:
                return messages
        raise Failed("the kernel's tables change so fast that they cannot be read")

    def _dump_once(self, kind: int, body: bytes) -> Tuple[List[bytes], bool]:
        self._sequence += 1
        self._socket.sendall(
            _HEADER.pack(_HEADER.size + len(body), kind, _REQUEST | _DUMP, self._sequence, 0) + body
        )
        messages: List[bytes] = []
        whole = True
        while True:
            for answer, flags, sequence, message in self._receive():
                if sequence != self._sequence:
                    continue
                whole = whole and not flags & _DUMP_INTERRUPTED
                if answer == _DONE:
                    return messages, whole
                if answer == _ERROR:
                    Reply([], *_read_error(message, flags)).check()
                messages.append(message)

    def _receive(self) -> Iterator[Tuple[int, int, int, bytes]]:
        try:
            data = self._socket.recv(_MOST_RECEIVED)
        except BlockingIOError:
            raise TimeoutError(
                errno.ETIMEDOUT, f"the kernel did not answer within {_PATIENCE} s"
            ) from None
        offset, last = 0, len(data) - _HEADER.size
        while offset <= last:
            length, kind, flags, sequence, _port = _HEADER.unpack_from(data, offset)
            yield kind, flags, sequence, data[offset : offset + length]
            offset += (length + 3) & ~3


def _read_error(message: bytes, flags: int) -> Tuple[int, str]:
    """(errno, the kernel's own words if it sent any)."""
    (error,) = struct.unpack_from("=i", message, _HEADER.size)
    words: Optional[str] = None
    if flags & _ACK_TLVS:
        echoed = _HEADER.size
        if not flags & _CAPPED:
            (echoed,) = struct.unpack_from("=I", message, _HEADER.size + 4)
        offset = _HEADER.size + 4 + echoed
        while offset + 4 <= len(message):
            length, kind = struct.unpack_from("=HH", message, offset)
            if kind & 0x3FFF == 1:  # NLMSGERR_ATTR_MSG
                words = message[offset + 4 : offset + length].rstrip(b"\0").decode(errors="replace")
            offset += (length + 3) & ~3 or 4
    return -error, words or ""
