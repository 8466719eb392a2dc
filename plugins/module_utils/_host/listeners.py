# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The listening sockets of a namespace, from /proc/net (proc_net_tcp.rst in the kernel)."""

from __future__ import annotations

import socket
import struct
from typing import TYPE_CHECKING

from .._model.current_state import Listener

if TYPE_CHECKING:
    from collections.abc import Iterator

_LISTS = (("tcp", "tcp", "0A"), ("tcp", "tcp6", "0A"), ("udp", "udp", "07"), ("udp", "udp6", "07"))
"""Protocol, file, and the state of a socket that receives from anyone."""


def _read_address(digits: str) -> str:
    """An address written as hexadecimal words of 32 bits, each in the host's byte order."""
    words = [int(digits[start : start + 8], 16) for start in range(0, len(digits), 8)]
    return socket.inet_ntop(
        socket.AF_INET if len(words) == 1 else socket.AF_INET6,
        struct.pack(f"={len(words)}I", *words),
    )


def _read_list(protocol: str, file: str, state: str) -> Iterator[Listener]:
    try:
        with open(f"/proc/thread-self/net/{file}", encoding="ascii") as listed:
            lines = listed.read().splitlines()[1:]
    except FileNotFoundError:
        return  # There is no list for IPv6 without IPv6.
    for fields in map(str.split, lines):
        address, _colon, port = fields[1].partition(":")
        if fields[3] == state:
            yield Listener(protocol, _read_address(address), int(port, 16))


def read_listeners() -> tuple[Listener, ...]:
    """The TCP and UDP listeners of the calling thread's namespace, without SCTP."""
    return tuple(sorted({listener for names in _LISTS for listener in _read_list(*names)}))
