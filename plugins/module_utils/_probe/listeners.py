# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Listeners that probes bring along: they answer with a sign that nobody else knows, never take a port that is in use, and go with the probes."""

from __future__ import annotations

import contextlib
import errno
import os
import selectors
import socket
import struct
from dataclasses import dataclass, field
from typing import Dict, List, Optional, Tuple

from .._host.netns import inside_netns
from .._host.netns_handles import NetnsHandle
from .._model.addresses import family_of
from .event_loop import Loop
from .packets import write_page
from .reasons import check_room
from .sockets import name_socket, opened

_BACKLOG = 128
_AT_ONCE = struct.pack("=ii", 1, 0)
"""For SO_LINGER: a connection ends with its closing, and keeps no port busy for the minute that the kernel would (TIME_WAIT)."""


@dataclass
class Listener:
    """On one port. Without a ``sign`` somebody else serves there; ``complaint`` is why nobody can."""

    port: int
    sign: Optional[bytes] = None
    complaint: str = ""
    sockets: List[socket.socket] = field(default_factory=list)


class Listeners:
    """All of them."""

    def __init__(self, loop: Loop) -> None:
        self._loop = loop
        self._listeners: Dict[Tuple[Optional[str], str, int, int], Listener] = {}

    def close(self) -> None:
        for listener in self._listeners.values():
            for own in listener.sockets:
                self._loop.forget(own)
                own.close()

    def open(self, handle: NetnsHandle, address: str, port: int, protocol: str) -> Listener:
        """The one there, port 0 being any that is free."""
        kind = socket.SOCK_DGRAM if protocol == "udp" else socket.SOCK_STREAM
        key = (handle.netns, address, port, kind)
        if key not in self._listeners:
            with inside_netns(handle.descriptor):
                self._listeners[key] = self._listen(address, port, kind)
        return self._listeners[key]

    def _listen(self, address: str, port: int, kind: int) -> Listener:
        listener = Listener(port, b"redblue.netns " + os.urandom(8).hex().encode())
        try:
            with opened(family_of(address), kind) as own:
                if kind == socket.SOCK_STREAM:
                    # It shares a port with connections that have ended, never with somebody who listens; of UDP it would.
                    own.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                own.bind(name_socket(address, port))
                if kind == socket.SOCK_STREAM:
                    own.listen(_BACKLOG)
        except OSError as error:
            check_room(error.errno or 0)
            taken = error.errno == errno.EADDRINUSE
            return Listener(
                port,
                complaint=""
                if taken
                else f"nobody can listen on {address} port {port} there: {error.strerror}",
            )
        listener.port = own.getsockname()[1]
        listener.sockets.append(own)
        serve = self._answer if kind == socket.SOCK_DGRAM else self._accept
        self._loop.watch(own, selectors.EVENT_READ, lambda: serve(listener, own))
        return listener

    def _answer(self, listener: Listener, own: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                _data, sender = own.recvfrom(1 << 16)
                own.sendto(listener.sign or b"", sender)

    def _accept(self, listener: Listener, own: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                call, _sender = own.accept()
                listener.sockets.append(call)
                call.setblocking(False)
                call.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
                self._watch(listener, call)

    def _watch(self, listener: Listener, call: socket.socket) -> None:
        """Until the caller hangs up: who closes first keeps the port busy."""
        sign = listener.sign or b""

        def serve() -> None:
            with contextlib.suppress(OSError):
                data = call.recv(1 << 16)
                if data:
                    call.send(write_page(sign) if data.startswith(b"GET ") else sign)
                    return
            self._loop.forget(call)
            call.close()
            listener.sockets.remove(call)

        self._loop.watch(call, selectors.EVENT_READ, serve)
