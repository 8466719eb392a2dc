# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Echo requests (ping).

All requests from one origin share a raw socket. The sequence number identifies the reply.
"""

from __future__ import annotations

import errno
import os
import selectors
import socket
import struct
import time
from typing import TYPE_CHECKING, Protocol

from .._model.probes import ProbeReply
from .attempts import InFlight, Origin
from .packets import ECHO_TYPES, pack_echo, unpack_echo
from .reasons import ExtendedError, ReceivedPacket, read_error_queue, receive, reply_of_error
from .sockets import open_socket, socket_address

if TYPE_CHECKING:
    from .event_loop import EventLoop

_SOL_RAW, _ICMP_FILTER, _ICMPV6_FILTER = 255, 1, 1
_IP_MTU_DISCOVER, _IPV6_MTU_DISCOVER, _PMTUDISC_PROBE = 10, 23, 3
"""IP_PMTUDISC_PROBE sets the DF bit and ignores the known path MTU (linux/in.h)."""
_KEY_BYTES = 8
"""Random bytes at the beginning of the data. Replies to other programs do not have them."""
MIN_DATA = _KEY_BYTES
DEFAULT_DATA = 56
"""Bytes of data that ping(8) sends."""
_TRIES = 3


class PacketTooLarge(OSError):
    """A packet is larger than the MTU that the kernel knows for the path."""

    def __init__(self, mtu: int) -> None:
        super().__init__(errno.EMSGSIZE, os.strerror(errno.EMSGSIZE))
        self.mtu = mtu


class EchoHandler(Protocol):
    """What sent an echo request, and is called for its reply."""

    def on_reply(self, sequence: int, latency: float) -> None:
        """The reply arrived after this many seconds."""

    def on_error(self, sequence: int, error: ExtendedError) -> None:
        """An ICMP error came back."""


def _set_icmp_filter(open_socket: socket.socket, family: int, wanted: int) -> None:
    """Have a raw socket receive one ICMP type only. A set bit blocks the type."""
    if family == 4:
        blocked = struct.pack("=I", ~(1 << wanted) & 0xFFFFFFFF)
        open_socket.setsockopt(_SOL_RAW, _ICMP_FILTER, blocked)
    else:
        bitmap = bytearray(b"\xff" * 32)
        struct.pack_into("=I", bitmap, wanted // 32 * 4, ~(1 << wanted % 32) & 0xFFFFFFFF)
        open_socket.setsockopt(socket.IPPROTO_ICMPV6, _ICMPV6_FILTER, bytes(bitmap))


def _set_dont_fragment(open_socket: socket.socket, family: int) -> None:
    if family == 4:
        open_socket.setsockopt(socket.SOL_IP, _IP_MTU_DISCOVER, _PMTUDISC_PROBE)
    else:
        open_socket.setsockopt(socket.IPPROTO_IPV6, _IPV6_MTU_DISCOVER, _PMTUDISC_PROBE)


class EchoSocket:
    """A raw socket that sends echo requests from one origin."""

    def __init__(self, loop: EventLoop, origin: Origin, dont_fragment: bool) -> None:
        self._loop, self._origin = loop, origin
        self._identifier: int = struct.unpack("=H", os.urandom(2))[0]
        self._key = os.urandom(_KEY_BYTES)
        self._sequence = 0
        self._pending: dict[int, tuple[EchoHandler, float]] = {}
        protocol = socket.IPPROTO_ICMP if origin.family == 4 else socket.IPPROTO_ICMPV6
        self._socket = open_socket(origin, socket.SOCK_RAW, protocol)
        _set_icmp_filter(self._socket, origin.family, ECHO_TYPES[origin.family][1])
        if dont_fragment:
            _set_dont_fragment(self._socket, origin.family)
        loop.register(self._socket, selectors.EVENT_READ, self._on_readable)

    def close(self) -> None:
        self._loop.unregister(self._socket)
        self._socket.close()

    def send(self, handler: EchoHandler, address: str, size: int = DEFAULT_DATA) -> int:
        """Send an echo request and return its sequence number.

        :param size: bytes of data, at least ``MIN_DATA``.
        :raises PacketTooLarge: it cannot be sent unfragmented.
        :raises OSError: the kernel did not send it.
        """
        sequence = self._sequence = (self._sequence + 1) & 0xFFFF
        data = self._key + bytes(size - _KEY_BYTES)
        packet = pack_echo(self._origin.family, self._identifier, sequence, data)
        destination = socket_address(address, 0, self._origin.interface or "")
        for attempt in range(_TRIES):
            self._pending[sequence] = (handler, time.time())
            try:
                self._socket.sendto(packet, destination)
                break
            except OSError as error:
                del self._pending[sequence]
                reports = self._handle_errors()
                for report in reports:
                    if report.local and report.errno == error.errno == errno.EMSGSIZE:
                        raise PacketTooLarge(report.info) from error
                # sendto() returns a pending error of the socket, which may be about an earlier
                # packet. Then this one was not sent, and is sent again.
                if not reports or attempt == _TRIES - 1:
                    raise
        return sequence

    def cancel(self, sequence: int) -> None:
        """Ignore the reply to a request."""
        self._pending.pop(sequence, None)

    def _handle_errors(self) -> list[ExtendedError]:
        reports = read_error_queue(self._socket)
        # Clear the pending error of the socket; its cause is one of these reports.
        self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        for report in reports:
            echo = unpack_echo(report.packet)
            if echo and echo.identifier == self._identifier and echo.sequence in self._pending:
                handler, _sent_at = self._pending.pop(echo.sequence)
                handler.on_error(echo.sequence, report)
        return reports

    def _on_readable(self) -> None:
        self._handle_errors()
        while True:
            try:
                packet = receive(self._socket)
            except OSError:
                continue
            if packet is None:
                return
            self._handle_packet(packet)

    def _handle_packet(self, packet: ReceivedPacket) -> None:
        data = packet.data
        if self._origin.family == 4:
            # An IPv4 raw socket returns the IP header; its length is in 32-bit words.
            data = data[(data[0] & 0xF) * 4 :]
        echo = unpack_echo(data)
        if (
            echo is None
            or echo.type != ECHO_TYPES[self._origin.family][1]
            or echo.identifier != self._identifier
            or not echo.data.startswith(self._key)
        ):
            return
        if echo.sequence in self._pending:
            handler, sent_at = self._pending.pop(echo.sequence)
            latency = max(0.0, (packet.received_at or time.time()) - sent_at)
            handler.on_reply(echo.sequence, latency)


class EchoSockets:
    """The echo sockets of all origins."""

    def __init__(self, loop: EventLoop) -> None:
        self.loop = loop
        self._sockets: dict[tuple[Origin, bool], EchoSocket] = {}

    def get(self, origin: Origin, dont_fragment: bool = False) -> EchoSocket:
        """The socket of an origin. A new one is opened in the calling thread's namespace."""
        key = (origin, dont_fragment)
        if key not in self._sockets:
            self._sockets[key] = EchoSocket(self.loop, origin, dont_fragment)
        return self._sockets[key]

    def close(self) -> None:
        for echo_socket in self._sockets.values():
            echo_socket.close()


class Echo(InFlight):
    """A single echo request."""

    def __init__(
        self, echo_sockets: EchoSockets, origin: Origin, address: str, timeout: float
    ) -> None:
        super().__init__(origin, address, 0, timeout)
        self._echo_sockets = echo_sockets
        self._sent: tuple[EchoSocket, int] | None = None

    def start(self, loop: EventLoop) -> None:
        echo_socket = self._echo_sockets.get(self.origin)
        self._sent = echo_socket, echo_socket.send(self, self.address)

    def close(self) -> None:
        if self._sent is not None:
            echo_socket, sequence = self._sent
            echo_socket.cancel(sequence)

    def on_reply(self, sequence: int, latency: float) -> None:
        self._echo_sockets.loop.finish(self, ProbeReply("ok", latency=latency))

    def on_error(self, sequence: int, error: ExtendedError) -> None:
        self._echo_sockets.loop.finish(self, reply_of_error(error, "icmp", self.address))
