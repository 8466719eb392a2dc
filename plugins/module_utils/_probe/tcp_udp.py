# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Connections of TCP, bare or with a page of HTTP over them, and datagrams, bare or with a question to a name server in them."""

from __future__ import annotations

import contextlib
import errno
import os
import selectors
import socket
import struct
import time
from typing import Optional

from .._model.fast_replace import replace
from .._model.probes import Probe, ProbeReply
from .event_loop import InFlight, Loop, Origin
from .packets import read_answer, read_status, write_question, write_request
from .reasons import judge_complaint, judge_errno, read_complaints, receive
from .sockets import name_socket, open_socket

_TCP_INFO, _TCP_INFO_RTT = 11, 68
"""The option, and where in it the time is that the handshake took, in microseconds (linux/tcp.h)."""
_MOST_READ = 1 << 16
_SHOWN = 60


def _show(data: bytes) -> str:
    """What somebody said, for a message."""
    text = data.decode("utf-8", "backslashreplace")
    return repr(text if len(text) <= _SHOWN else text[:_SHOWN] + "...")


class Call(InFlight):
    """One of a probe by its own socket. ``sign`` is what our own listener says."""

    KIND = socket.SOCK_STREAM

    def __init__(
        self, probe: Probe, way: Origin, address: str, port: int, sign: Optional[bytes]
    ) -> None:
        super().__init__(way, address, port, probe.timeout)
        self.probe, self.sign = probe, sign
        self._loop: Optional[Loop] = None
        self._socket: Optional[socket.socket] = None
        self._began = 0.0

    def start(self, loop: Loop) -> None:
        self._loop, self._socket = loop, open_socket(self.way, self.KIND)
        self._began = time.time()
        code = self._socket.connect_ex(
            name_socket(self.address, self.port, self.way.interface or "")
        )
        if code not in (0, errno.EINPROGRESS):
            raise OSError(code, os.strerror(code))
        self.begin(loop, self._socket)

    def begin(self, loop: Loop, own: socket.socket) -> None:
        """What is done once the socket knows whom it asks."""
        raise NotImplementedError

    def close(self) -> None:
        if self._socket is not None and self._loop is not None:
            self._loop.forget(self._socket)
            self._socket.close()
            self._socket = None

    @property
    def wanted(self) -> Optional[bytes]:
        """What has to be heard."""
        return self.sign or (None if self.probe.answer is None else self.probe.answer.encode())

    def mistake(self, words: str) -> ProbeReply:
        """Somebody answered, and not as is wanted."""
        return ProbeReply("wrong_answer" if self.sign is None else "somebody_else", words)

    def fail(self, code: int) -> ProbeReply:
        """An error, and what came back for it."""
        complaints = read_complaints(self._socket) if self._socket is not None else []
        return (
            judge_complaint(complaints[-1], self.probe.protocol, self.address)
            if complaints
            else judge_errno(code)
        )


class Connection(Call):
    """Of TCP. Taken, it is reached; what is said over it may be wrong."""

    def __init__(
        self, probe: Probe, way: Origin, address: str, port: int, sign: Optional[bytes]
    ) -> None:
        super().__init__(probe, way, address, port, sign)
        self._heard = b""
        self._latency: Optional[float] = None

    def begin(self, loop: Loop, own: socket.socket) -> None:
        loop.watch(own, selectors.EVENT_WRITE, lambda: self._connect(loop, own))

    def _connect(self, loop: Loop, own: socket.socket) -> None:
        code = own.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if code:
            loop.land(self, self.fail(code))
            return
        self._latency = self._measure(own)
        # Who has hung up already may have said something before.
        with contextlib.suppress(OSError):
            own.send(self._words())
        if self.wanted is None and self.probe.protocol == "tcp":
            loop.land(self, ProbeReply("ok", latency=self._latency))
        else:
            loop.rewatch(own, selectors.EVENT_READ, lambda: self._read(loop, own))

    def _measure(self, own: socket.socket) -> float:
        """How long the handshake took, as the kernel saw it."""
        with contextlib.suppress(OSError, struct.error):
            (microseconds,) = struct.unpack_from(
                "=I", own.getsockopt(socket.IPPROTO_TCP, _TCP_INFO, 256), _TCP_INFO_RTT
            )
            if microseconds:
                return float(microseconds) / 1e6
        return max(0.0, time.time() - self._began)

    def _words(self) -> bytes:
        if self.probe.protocol == "http":
            host = f"[{self.address}]" if ":" in self.address else self.address
            return write_request(
                self.probe.page,
                self.probe.host or (host if self.port == 80 else f"{host}:{self.port}"),
            )
        return self.probe.payload.encode() or (b"?\n" if self.sign else b"")

    def _read(self, loop: Loop, own: socket.socket) -> None:
        try:
            data = own.recv(_MOST_READ)
        except BlockingIOError:
            return
        except OSError as error:
            # What was said before it was broken off stands.
            loop.land(
                self, (self._judge(True) if self._heard else None) or self.fail(error.errno or 0)
            )
            return
        self._heard += data
        reply = self._judge(not data or len(self._heard) >= _MOST_READ)
        if reply is not None:
            loop.land(self, reply)

    def _judge(self, ended: bool) -> Optional[ProbeReply]:
        """What was heard so far; ``None`` while it is not enough."""
        if self.probe.protocol == "http":
            return self._judge_page(ended)
        if self.wanted is not None and self.wanted in self._heard:
            return ProbeReply("ok", latency=self._latency)
        return (
            self.mistake(
                f"connected, and {_show(self._heard)} was said"
                if self._heard
                else "connected, and nothing was said"
            )
            if ended
            else None
        )

    def _judge_page(self, ended: bool) -> Optional[ProbeReply]:
        status = read_status(self._heard)
        if status is None:
            return self.mistake("connected, and no page came") if ended else None
        latency = max(0.0, time.time() - self._began)
        if not status:
            return self.mistake(f"connected, and {_show(self._heard)} was said, which is no HTTP")
        if self.sign is None and status not in self.probe.statuses:
            return ProbeReply(
                "wrong_answer", f"HTTP status {status}", latency=latency, status=status
            )
        if self.wanted is None or self.wanted in self._heard:
            return ProbeReply("ok", f"HTTP status {status}", latency=latency, status=status)
        if not ended:
            return None
        return replace(
            self.mistake(f"HTTP status {status}, and a page without the answer"),
            status=status,
            latency=latency,
        )

    def expire(self) -> Optional[ProbeReply]:
        return super().expire() if self._latency is None else self._judge(True)


class Datagram(Call):
    """Of UDP. What is not answered, nobody knows to have arrived."""

    KIND = socket.SOCK_DGRAM

    def __init__(
        self, probe: Probe, way: Origin, address: str, port: int, sign: Optional[bytes]
    ) -> None:
        super().__init__(probe, way, address, port, sign)
        self._identity: int = struct.unpack("=H", os.urandom(2))[0]

    def begin(self, loop: Loop, own: socket.socket) -> None:
        asks = self.probe.protocol == "dns"
        own.send(
            write_question(self._identity, self.probe.query, self.probe.record)
            if asks
            else self.probe.payload.encode()
        )
        loop.watch(own, selectors.EVENT_READ, lambda: self._read(loop, own))

    def _read(self, loop: Loop, own: socket.socket) -> None:
        try:
            arrival = receive(own)
        except OSError as error:
            loop.land(self, self.fail(error.errno or 0))
            return
        if arrival is None:
            complaints = read_complaints(own)
            if complaints:
                loop.land(self, judge_complaint(complaints[-1], self.probe.protocol, self.address))
            return
        latency = max(0.0, (arrival.when or time.time()) - self._began)
        reply = (
            self._judge_records(arrival.data, latency)
            if self.probe.protocol == "dns"
            else self._judge(arrival.data, latency)
        )
        if reply is not None:
            loop.land(self, reply)

    def _judge(self, data: bytes, latency: float) -> ProbeReply:
        if self.wanted is None or self.wanted in data:
            return ProbeReply("ok", latency=latency)
        return self.mistake(f"{_show(data)} was answered")

    def _judge_records(self, data: bytes, latency: float) -> Optional[ProbeReply]:
        """``None`` for what is no answer to this question."""
        found = read_answer(data, self._identity, self.probe.record)
        if found is None:
            return None
        wanted = self.probe.answer
        said = ", ".join(found.records) or f"no record of type {self.probe.record}"
        right = found.code == "NOERROR" and (
            bool(found.records) if wanted is None else wanted in found.records
        )
        return ProbeReply(
            "ok" if right else "wrong_answer",
            f"{found.code}: {said}",
            latency=latency,
            records=found.records,
        )
