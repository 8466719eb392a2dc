# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Listeners that a probe brings along.

They answer with a token that no other program knows, never take a port that is in use, and are
closed with the probes.
"""

from __future__ import annotations

import contextlib
import errno
import os
import selectors
import socket
import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .._host.netns import inside_netns
from .._model.addresses import family_of
from .packets import write_http_response
from .reasons import check_process_limits
from .sockets import new_socket, socket_address

if TYPE_CHECKING:
    from .._host.netns_handles import NetnsHandle
    from .event_loop import EventLoop

_BACKLOG = 128
_MAX_READ = 1 << 16
_LINGER_ZERO = struct.pack("=ii", 1, 0)
"""For SO_LINGER: closing resets the connection, so that its port is not in TIME_WAIT for a minute
afterwards."""


@dataclass
class Listener:
    """A listener on a port.

    ``token`` is None if another program listens on the port already. ``error`` says why nothing
    can listen there; it is empty if something does.
    """

    port: int
    token: bytes | None = None
    error: str = ""
    sockets: list[socket.socket] = field(default_factory=list)


class Listeners:
    """The listeners of all probes."""

    def __init__(self, loop: EventLoop) -> None:
        self._loop = loop
        self._listeners: dict[tuple[str | None, str, int, int], Listener] = {}

    def close(self) -> None:
        """Close the listeners and their connections."""
        for listener in self._listeners.values():
            for open_socket in listener.sockets:
                self._loop.unregister(open_socket)
                open_socket.close()

    def open(self, handle: NetnsHandle, address: str, port: int, protocol: str) -> Listener:
        """The listener on an address and port of a namespace; port 0 is any free port.

        :raises Failed: see ``reasons.check_process_limits``.
        """
        kind = socket.SOCK_DGRAM if protocol == "udp" else socket.SOCK_STREAM
        key = (handle.netns, address, port, kind)
        if key not in self._listeners:
            with inside_netns(handle.descriptor):
                self._listeners[key] = self._listen(address, port, kind)
        return self._listeners[key]

    def _listen(self, address: str, port: int, kind: int) -> Listener:
        listener = Listener(port, b"redblue.netns " + os.urandom(8).hex().encode())
        try:
            with new_socket(family_of(address), kind) as server:
                if kind == socket.SOCK_STREAM:
                    # With it a TCP socket shares the port with connections in TIME_WAIT, never
                    # with another listener. A UDP socket would share it with another one.
                    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                server.bind(socket_address(address, port))
                if kind == socket.SOCK_STREAM:
                    server.listen(_BACKLOG)
        except OSError as error:
            check_process_limits(error.errno or 0)
            if error.errno == errno.EADDRINUSE:
                return Listener(port)
            return Listener(port, error=f"cannot listen on {address} port {port}: {error.strerror}")
        listener.port = server.getsockname()[1]
        listener.sockets.append(server)
        serve = self._answer_datagrams if kind == socket.SOCK_DGRAM else self._accept
        self._loop.register(server, selectors.EVENT_READ, lambda: serve(listener, server))
        return listener

    def _answer_datagrams(self, listener: Listener, server: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                _data, client = server.recvfrom(_MAX_READ)
                server.sendto(listener.token or b"", client)

    def _accept(self, listener: Listener, server: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _client = server.accept()
                listener.sockets.append(connection)
                connection.setblocking(False)
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_ZERO)
                self._serve(listener, connection)

    def _serve(self, listener: Listener, connection: socket.socket) -> None:
        """Answer until the client closes. The side that closes first would hold TIME_WAIT."""
        token = listener.token or b""

        def on_readable() -> None:
            with contextlib.suppress(OSError):
                data = connection.recv(_MAX_READ)
                if data:
                    is_http = data.startswith(b"GET ")
                    connection.send(write_http_response(token) if is_http else token)
                    return
            self._loop.unregister(connection)
            connection.close()
            listener.sockets.remove(connection)

        self._loop.register(connection, selectors.EVENT_READ, on_readable)
