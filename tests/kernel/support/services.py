# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Listeners in several namespaces, and clients that connect to them."""

from __future__ import annotations

import select
import socket
from dataclasses import dataclass, field

from support.netns import in_netns
from support.patience import scale

SILENCE, TIMEOUT = 0.4, scale(10.0)
"""Seconds after which no answer counts as none, and in which an expected answer must arrive."""


def _socket(name: str | None, address: str, port: int, protocol: str) -> socket.socket:
    with in_netns(name):
        kind = socket.SOCK_STREAM if protocol == "tcp" else socket.SOCK_DGRAM
        made = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, kind)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.settimeout(TIMEOUT)
    made.bind((address, port))
    return made


@dataclass
class Listeners:
    """Sockets that listen. ``connect`` returns the one that answered, and the client's address as
    it saw it.
    """

    listening: dict[str, socket.socket] = field(default_factory=dict)

    def listen(
        self, label: str, name: str | None, address: str, port: int, protocol: str = "tcp"
    ) -> None:
        self.listening[label] = _socket(name, address, port, protocol)
        if protocol == "tcp":
            self.listening[label].listen(100)

    def _accept(self, patience: float) -> tuple[str, str] | None:
        ready, _writable, _failed = select.select(list(self.listening.values()), [], [], patience)
        for label, listener in self.listening.items():
            if listener in ready and listener.type == socket.SOCK_STREAM:
                connection, peer = listener.accept()
                connection.close()
                return label, peer[0]
            if listener in ready:
                _data, peer = listener.recvfrom(100)
                listener.sendto(b"answer", peer)
                return label, peer[0]
        return None

    def connect(
        self,
        name: str | None,
        address: str,
        port: int,
        protocol: str = "tcp",
        source: str = "",
        patience: float = TIMEOUT,
    ) -> tuple[str, str] | None:
        """Connect or send from a namespace; None if there is no answer."""
        with _socket(
            name, source or ("::" if ":" in address else "0.0.0.0"), 0, protocol
        ) as client:
            client.settimeout(patience)
            try:
                client.connect((address, port))
                if protocol == "tcp":
                    return self._accept(patience)
                client.send(b"question")
                seen = self._accept(patience)
                return seen if seen and client.recv(100) == b"answer" else None
            except OSError:
                return None

    def is_unreachable(self, name: str | None, address: str, port: int) -> bool:
        """Whether a connection from a namespace gets no answer."""
        return self.connect(name, address, port, patience=SILENCE) is None

    def close(self) -> None:
        for listener in self.listening.values():
            listener.close()
