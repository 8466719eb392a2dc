# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""TCP connections, with or without an HTTP request, and UDP datagrams, with or without a DNS query.

Each attempt has its own socket.
"""

from __future__ import annotations

import contextlib
import errno
import os
import selectors
import socket
import struct
import time
from typing import TYPE_CHECKING

from .._model.fast_replace import replace
from .._model.probes import Probe, ProbeReply
from .attempts import InFlight, Origin
from .packets import pack_dns_query, read_http_status, unpack_dns_response, write_http_request
from .reasons import read_error_queue, receive, reply_of_errno, reply_of_error
from .sockets import open_socket, socket_address

if TYPE_CHECKING:
    from .event_loop import EventLoop

_TCP_INFO, _TCPI_RTT = 11, 68
"""The socket option, and the offset of tcpi_rtt, in microseconds (struct tcp_info, linux/tcp.h).
After the handshake tcpi_rtt is its duration."""
_MAX_READ = 1 << 16
_MAX_SHOWN = 60


def _show(data: bytes) -> str:
    """Received data in a message."""
    text = data.decode("utf-8", "backslashreplace")
    return repr(text if len(text) <= _MAX_SHOWN else text[:_MAX_SHOWN] + "...")


class SocketAttempt(InFlight):
    """An attempt with a connected socket.

    :param token: the answer of the probe's own listener; None without one.
    """

    KIND = socket.SOCK_STREAM

    def __init__(
        self, probe: Probe, origin: Origin, address: str, port: int, token: bytes | None
    ) -> None:
        super().__init__(origin, address, port, probe.timeout)
        self.probe, self.token = probe, token
        self._loop: EventLoop | None = None
        self._socket: socket.socket | None = None
        self._started_at = 0.0

    def start(self, loop: EventLoop) -> None:
        self._loop, self._socket = loop, open_socket(self.origin, self.KIND)
        self._started_at = time.time()
        target = socket_address(self.address, self.port, self.origin.interface or "")
        code = self._socket.connect_ex(target)
        if code not in (0, errno.EINPROGRESS):
            raise OSError(code, os.strerror(code))
        self.on_connecting(loop, self._socket)

    def on_connecting(self, loop: EventLoop, own_socket: socket.socket) -> None:
        """Called after connect(), which for TCP has only sent the SYN."""
        raise NotImplementedError

    def close(self) -> None:
        if self._socket is not None and self._loop is not None:
            self._loop.unregister(self._socket)
            self._socket.close()
            self._socket = None

    @property
    def expected_answer(self) -> bytes | None:
        """The bytes that the answer must contain; None if any answer is right."""
        return self.token or (None if self.probe.answer is None else self.probe.answer.encode())

    def _since_start(self, now: float | None = None) -> float:
        return max(0.0, (now or time.time()) - self._started_at)

    def _wrong_answer(self, message: str) -> ProbeReply:
        """The reply for an answer that does not contain ``expected_answer``."""
        return ProbeReply("wrong_answer" if self.token is None else "somebody_else", message)

    def _failure(self, code: int) -> ProbeReply:
        """The reply for an errno, or for the ICMP error that caused it."""
        errors = read_error_queue(self._socket) if self._socket is not None else []
        if errors:
            return reply_of_error(errors[-1], self.probe.protocol, self.address)
        return reply_of_errno(code)


class TcpAttempt(SocketAttempt):
    """A TCP connection. Once it is established the target is reached, whatever it answers."""

    def __init__(
        self, probe: Probe, origin: Origin, address: str, port: int, token: bytes | None
    ) -> None:
        super().__init__(probe, origin, address, port, token)
        self._received = b""
        self._latency: float | None = None

    def on_connecting(self, loop: EventLoop, own_socket: socket.socket) -> None:
        loop.register(
            own_socket, selectors.EVENT_WRITE, lambda: self._on_connected(loop, own_socket)
        )

    def _on_connected(self, loop: EventLoop, own_socket: socket.socket) -> None:
        code = own_socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if code:
            loop.finish(self, self._failure(code))
            return
        self._latency = self._handshake_duration(own_socket)
        # The server may have closed already; what it sent before can still be read.
        with contextlib.suppress(OSError):
            own_socket.send(self._request())
        if self.expected_answer is None and self.probe.protocol == "tcp":
            loop.finish(self, ProbeReply("ok", latency=self._latency))
        else:
            loop.modify(
                own_socket, selectors.EVENT_READ, lambda: self._on_readable(loop, own_socket)
            )

    def _handshake_duration(self, own_socket: socket.socket) -> float:
        """Seconds, as the kernel measured them if it did."""
        with contextlib.suppress(OSError, struct.error):
            info = own_socket.getsockopt(socket.IPPROTO_TCP, _TCP_INFO, 256)
            (microseconds,) = struct.unpack_from("=I", info, _TCPI_RTT)
            if microseconds:
                return float(microseconds) / 1e6
        return self._since_start()

    def _request(self) -> bytes:
        if self.probe.protocol == "http":
            host = f"[{self.address}]" if ":" in self.address else self.address
            host = host if self.port == 80 else f"{host}:{self.port}"
            return write_http_request(self.probe.page, self.probe.host or host)
        return self.probe.payload.encode() or (b"?\n" if self.token else b"")

    def _on_readable(self, loop: EventLoop, own_socket: socket.socket) -> None:
        try:
            data = own_socket.recv(_MAX_READ)
        except BlockingIOError:
            return
        except OSError as error:
            # What was received before a reset counts.
            received = self._reply_of_received(True) if self._received else None
            loop.finish(self, received or self._failure(error.errno or 0))
            return
        self._received += data
        reply = self._reply_of_received(not data or len(self._received) >= _MAX_READ)
        if reply is not None:
            loop.finish(self, reply)

    def _reply_of_received(self, complete: bool) -> ProbeReply | None:
        """The reply for the data so far; None while more data may change it."""
        if self.probe.protocol == "http":
            return self._reply_of_http(complete)
        if self.expected_answer is not None and self.expected_answer in self._received:
            return ProbeReply("ok", latency=self._latency)
        if not complete:
            return None
        return self._wrong_answer(
            f"connected, and the answer was {_show(self._received)}"
            if self._received
            else "connected, and received no data"
        )

    def _reply_of_http(self, complete: bool) -> ProbeReply | None:
        status = read_http_status(self._received)
        if status is None:
            return (
                self._wrong_answer("connected, and received no HTTP status") if complete else None
            )
        if not status:
            return self._wrong_answer(
                f"connected, and the answer was {_show(self._received)}, which is not HTTP"
            )
        latency, message = self._since_start(), f"HTTP status {status}"
        if self.token is None and status not in self.probe.statuses:
            return ProbeReply("wrong_answer", message, latency=latency, status=status)
        if self.expected_answer is None or self.expected_answer in self._received:
            return ProbeReply("ok", message, latency=latency, status=status)
        if not complete:
            return None
        wrong = self._wrong_answer(f"{message}, and the body does not contain the expected answer")
        return replace(wrong, status=status, latency=latency)

    def expire(self) -> ProbeReply | None:
        return super().expire() if self._latency is None else self._reply_of_received(True)


class UdpAttempt(SocketAttempt):
    """A UDP datagram. Without an answer it is unknown whether it arrived."""

    KIND = socket.SOCK_DGRAM

    def __init__(
        self, probe: Probe, origin: Origin, address: str, port: int, token: bytes | None
    ) -> None:
        super().__init__(probe, origin, address, port, token)
        self._identifier: int = struct.unpack("=H", os.urandom(2))[0]

    def on_connecting(self, loop: EventLoop, own_socket: socket.socket) -> None:
        own_socket.send(self._request())
        loop.register(own_socket, selectors.EVENT_READ, lambda: self._on_readable(loop, own_socket))

    def _request(self) -> bytes:
        if self.probe.protocol == "dns":
            return pack_dns_query(self._identifier, self.probe.query, self.probe.record)
        return self.probe.payload.encode()

    def _on_readable(self, loop: EventLoop, own_socket: socket.socket) -> None:
        try:
            packet = receive(own_socket)
        except OSError as error:
            loop.finish(self, self._failure(error.errno or 0))
            return
        if packet is None:
            errors = read_error_queue(own_socket)
            if errors:
                reply = reply_of_error(errors[-1], self.probe.protocol, self.address)
                loop.finish(self, reply)
            return
        latency = self._since_start(packet.received_at)
        if self.probe.protocol == "dns":
            dns_reply = self._reply_of_dns(packet.data, latency)
            if dns_reply is not None:
                loop.finish(self, dns_reply)
        else:
            loop.finish(self, self._reply_of_datagram(packet.data, latency))

    def _reply_of_datagram(self, data: bytes, latency: float) -> ProbeReply:
        if self.expected_answer is None or self.expected_answer in data:
            return ProbeReply("ok", latency=latency)
        return self._wrong_answer(f"the answer was {_show(data)}")

    def _reply_of_dns(self, data: bytes, latency: float) -> ProbeReply | None:
        """The reply for a datagram; None if it does not answer this query."""
        response = unpack_dns_response(data, self._identifier, self.probe.record)
        if response is None:
            return None
        expected, records = self.probe.answer, response.records
        found = bool(records) if expected is None else expected in records
        return ProbeReply(
            "ok" if response.code == "NOERROR" and found else "wrong_answer",
            f"{response.code}: {', '.join(records) or f'no record of type {self.probe.record}'}",
            latency=latency,
            records=records,
        )
