# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The listening sockets of a namespace, as ss(8) asks for them (sock_diag(7))."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

from .._model.current_state import Listener
from . import uapi
from .headers import BODY, INET_DIAG_MSG, INET_DIAG_REQ_V2
from .socket import Request, Socket

if TYPE_CHECKING:
    from collections.abc import Iterator

_STATES = {
    "tcp": (socket.IPPROTO_TCP, uapi.TCP_LISTEN),
    "udp": (socket.IPPROTO_UDP, uapi.TCP_CLOSE),
}
"""The number of each protocol, and the state of a socket that receives from anyone."""


def dump_listeners() -> Iterator[Listener]:
    """The TCP and UDP listeners of the calling thread's namespace.

    The lists in /proc/net would have the kernel visit each bucket of its tables of connections:
    10 ms of CPU.

    :raises OSError: this kernel does not tell.
    """
    diagnosing = Socket(uapi.NETLINK_SOCK_DIAG)
    try:
        for protocol, (number, state) in _STATES.items():
            for family in (socket.AF_INET, socket.AF_INET6):
                body = INET_DIAG_REQ_V2.pack(family, number, 1 << state)
                for message in diagnosing.dump(Request(uapi.SOCK_DIAG_BY_FAMILY, body)):
                    yield _read_listener(protocol, message)
    finally:
        diagnosing.close()


def _read_listener(protocol: str, message: bytes) -> Listener:
    family, _state, port, address = INET_DIAG_MSG.unpack_from(message, BODY)
    size = 4 if family == socket.AF_INET else 16
    text = socket.inet_ntop(family, address[:size])
    return Listener(protocol, text, int.from_bytes(port, "big"))
