# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A netlink socket that sends many requests at once and reports which of them failed (RFC 3549)."""

from __future__ import annotations

import errno
import os
import socket
import struct
from typing import TYPE_CHECKING

from .._model.errors import Failed
from .._model.fast_typing import NamedTuple
from . import uapi
from .attributes import align, read_attributes, read_text
from .headers import NLMSGHDR

if TYPE_CHECKING:
    from collections.abc import Sequence

_MAX_BATCH_MESSAGES = 64
_MAX_BATCH_BYTES = 48 * 1024
_RECEIVE_BUFFER_BYTES = 1 << 20
_MAX_DATAGRAM_BYTES = 1 << 16
"""The kernel puts no more than half of that into one datagram (net/netlink/af_netlink.c)."""
_TIMEOUT = 30
"""Seconds."""
_DUMP_ATTEMPTS = 20
_ERRNO = struct.Struct("=i")
_COOKIE = struct.Struct("=Q")


class Request(NamedTuple):
    """A message without its nlmsghdr. ``flags`` are those besides NLM_F_REQUEST.

    ``joined``: it is sent in one datagram with the request before it. The kernel handles all of a
    datagram, even if the process is killed meanwhile.
    """

    type: int
    body: bytes
    flags: int = 0
    joined: bool = False


class Skipped(NamedTuple):
    """Messages that are not wanted: those that have these bytes at this position."""

    position: int
    content: bytes


_NOTHING_SKIPPED = Skipped(0, b"no message begins so")


class Reply:
    """The messages that the kernel sent for a request, or an errno with the kernel's text."""

    __slots__ = ("errno", "messages", "words")

    def __init__(self, errno: int = 0, words: str = "") -> None:
        self.messages: list[bytes] = []
        self.errno = errno
        self.words = words

    def check(self) -> None:
        """:raises OSError: the kernel refused the request."""
        if self.errno:
            raise OSError(self.errno, self.words or os.strerror(self.errno))


class Socket:
    """A netlink socket. It stays in the network namespace in which the calling thread opened it."""

    def __init__(self, protocol: int = uapi.NETLINK_ROUTE) -> None:
        self._socket = socket.socket(
            socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, protocol
        )
        # The kernel binds it when it sends first.
        # Not settimeout(): with it Python calls poll() before each recv().
        timeout = struct.pack("@ll", _TIMEOUT, 0)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, timeout)
        for option in (uapi.NETLINK_EXT_ACK, uapi.NETLINK_GET_STRICT_CHK):
            self._socket.setsockopt(uapi.SOL_NETLINK, option, 1)
        self._sequence = 0
        self._takes_batches = False

    @classmethod
    def adopt(cls, descriptor: int) -> Socket:
        """Wrap the descriptor of such a socket that another process opened and passed on."""
        adopted = cls.__new__(cls)
        adopted._socket, adopted._sequence = socket.socket(fileno=descriptor), 0
        adopted._takes_batches = False
        return adopted

    def _prepare_for_batches(self) -> None:
        """Make room for the replies to many requests; a dump waits for its reader."""
        self._takes_batches = True
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER_BYTES)
        self._socket.setsockopt(uapi.SOL_NETLINK, uapi.NETLINK_CAP_ACK, 1)

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()

    def fileno(self) -> int:
        """Its descriptor."""
        return self._socket.fileno()

    @property
    def netns_cookie(self) -> int | None:
        """The number of its network namespace, which no other gets until the next boot.

        None before Linux 5.14.
        """
        try:
            data = self._socket.getsockopt(socket.SOL_SOCKET, uapi.SO_NETNS_COOKIE, _COOKIE.size)
        except OSError:
            return None
        return int(_COOKIE.unpack(data)[0])

    def send(self, requests: Sequence[Request]) -> list[Reply]:
        """Send all requests, in batches, and return a reply for each, in the same order."""
        replies: list[Reply] = []
        batch: list[Request] = []
        size = 0
        for request in requests:
            is_full = (
                len(batch) == _MAX_BATCH_MESSAGES or size + len(request.body) > _MAX_BATCH_BYTES
            )
            if batch and is_full and not request.joined:
                replies += self._exchange(batch)
                batch, size = [], 0
            batch.append(request)
            size += len(request.body) + NLMSGHDR.size
        return replies + (self._exchange(batch) if batch else [])

    def _pack_batch(self, batch: Sequence[Request], last: int) -> bytes:
        data = bytearray()
        for request in batch:
            self._sequence += 1
            flags = request.flags | uapi.NLM_F_REQUEST
            if self._sequence == last:
                flags |= uapi.NLM_F_ACK
            length = NLMSGHDR.size + len(request.body)
            data += NLMSGHDR.pack(length, request.type, flags, self._sequence, 0)
            data += request.body + bytes(-length % 4)
        return bytes(data)

    def send_transaction(
        self, begin: Request, requests: Sequence[Request], end: Request
    ) -> list[Reply]:
        """Send requests of which the kernel does all or none; the first reply is that of ``begin``.

        Whether ``end`` is acknowledged depends on the kernel.
        """
        return self._exchange([begin, *requests, end], unanswered=1)

    def _exchange(self, batch: Sequence[Request], unanswered: int = 0) -> list[Reply]:
        """Send a batch and read its replies.

        Only the last request asks to be acknowledged: the kernel handles them in order, and reports
        each that fails in any case.

        :param unanswered: how many at the end are not answered. The batch is a transaction then,
            and the kernel answers nothing else if it refuses the first.
        """
        if not self._takes_batches:
            self._prepare_for_batches()
        first = self._sequence + 1
        last = self._sequence + len(batch) - unanswered
        self._socket.sendall(self._pack_batch(batch, last))
        replies = [Reply() for _request in batch]
        while True:
            for message_type, flags, sequence, message in self._receive():
                index = sequence - first
                if not 0 <= index < len(batch):
                    continue
                if message_type != uapi.NLMSG_ERROR:
                    replies[index].messages.append(message)
                    continue
                replies[index].errno, replies[index].words = _read_error(message, flags)
                if sequence == last or (unanswered and sequence == first):
                    return replies

    def dump(self, request: Request, skipped: Skipped | None = None) -> list[bytes]:
        """Every object that a request asks for.

        A dump that the kernel marks as inconsistent is taken again.

        :param skipped: which of the messages are not wanted.
        :raises Failed: it was inconsistent each time.
        :raises OSError: the kernel refused the request.
        """
        for _attempt in range(_DUMP_ATTEMPTS):
            messages = self._dump_once(request, skipped)
            if messages is not None:
                return messages
        raise Failed("the kernel's tables change so fast that they cannot be read")

    def _dump_once(self, request: Request, skipped: Skipped | None) -> list[bytes] | None:
        """The messages of a dump; None if it is inconsistent.

        A check of 1,000 namespaces receives 20,000 messages here: a tuple of each would take longer
        than to receive it.
        """
        self._sequence = expected = self._sequence + 1
        flags = request.flags | uapi.NLM_F_REQUEST | uapi.NLM_F_DUMP
        length = NLMSGHDR.size + len(request.body)
        header = NLMSGHDR.pack(length, request.type, flags, expected, 0)
        self._socket.sendall(header + request.body)
        unpack = NLMSGHDR.unpack_from
        position, unwanted = skipped or _NOTHING_SKIPPED
        messages: list[bytes] = []
        is_consistent = True
        while True:
            data = self._receive_datagram()
            offset, last = 0, len(data) - NLMSGHDR.size
            while offset <= last:
                length, message_type, flags, sequence, _port = unpack(data, offset)
                if sequence == expected:
                    if flags & uapi.NLM_F_DUMP_INTR:
                        is_consistent = False
                    if message_type == uapi.NLMSG_DONE:
                        return messages if is_consistent else None
                    if message_type == uapi.NLMSG_ERROR:
                        Reply(*_read_error(data[offset : offset + length], flags)).check()
                    if not data.startswith(unwanted, offset + position):
                        messages.append(data[offset : offset + length])
                offset += (length + 3) & ~3

    def _receive(self) -> list[tuple[int, int, int, bytes]]:
        """(type, flags, sequence number, message with nlmsghdr) of each message of a datagram."""
        data = self._receive_datagram()
        unpack = NLMSGHDR.unpack_from
        messages: list[tuple[int, int, int, bytes]] = []
        offset, last = 0, len(data) - NLMSGHDR.size
        while offset <= last:
            length, message_type, flags, sequence, _port = unpack(data, offset)
            messages.append((message_type, flags, sequence, data[offset : offset + length]))
            offset += (length + 3) & ~3
        return messages

    def _receive_datagram(self) -> bytes:
        try:
            return self._socket.recv(_MAX_DATAGRAM_BYTES)
        except BlockingIOError:
            raise TimeoutError(
                errno.ETIMEDOUT, f"the kernel did not answer within {_TIMEOUT} s"
            ) from None


def _read_error(message: bytes, flags: int) -> tuple[int, str]:
    """(errno, the kernel's own text if it sent one) of an NLMSG_ERROR.

    Behind the errno is the request's header, and without NLM_F_CAPPED the rest of the request too.
    """
    (error,) = _ERRNO.unpack_from(message, NLMSGHDR.size)
    text = None
    if flags & uapi.NLM_F_ACK_TLVS:
        request = NLMSGHDR.size + _ERRNO.size
        length = NLMSGHDR.size
        if not flags & uapi.NLM_F_CAPPED:
            length, *_rest = NLMSGHDR.unpack_from(message, request)
        attributes = read_attributes(message, request + align(length))
        text = read_text(attributes.get(uapi.NLMSGERR_ATTR_MSG))
    return -error, text or ""
