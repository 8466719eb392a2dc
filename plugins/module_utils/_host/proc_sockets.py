# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The sockets of a namespace, from /proc/net (proc_net_tcp.rst in the kernel)."""

from __future__ import annotations

import socket
import struct
from typing import TYPE_CHECKING

from .._model.fast_typing import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

ESTABLISHED, UNCONNECTED, LISTENING = "01", "07", "0A"
"""States. A UDP socket that receives from anyone is unconnected."""

Endpoint = tuple[str, int]
"""Address and port."""


class ProcSocket(NamedTuple):
    """A socket; ``inode`` is its number in /proc/PID/fd."""

    local: Endpoint
    remote: Endpoint
    state: str
    inode: str


def list_sockets(protocol: str) -> Iterator[ProcSocket]:
    """The sockets of the calling thread's namespace.

    :param protocol: tcp, tcp6, udp or udp6. Without IPv6 there is no list for it.
    """
    try:
        with open(f"/proc/thread-self/net/{protocol}", encoding="ascii") as listed:
            lines = listed.read().splitlines()[1:]
    except FileNotFoundError:
        return
    for fields in map(str.split, lines):
        yield ProcSocket(_read_endpoint(fields[1]), _read_endpoint(fields[2]), fields[3], fields[9])


def _read_endpoint(text: str) -> Endpoint:
    """Address and port; the address is hexadecimal words of 32 bits in the host's byte order."""
    digits, _colon, port = text.partition(":")
    words = [int(digits[start : start + 8], 16) for start in range(0, len(digits), 8)]
    family = socket.AF_INET if len(words) == 1 else socket.AF_INET6
    packed = struct.pack(f"={len(words)}I", *words)
    return socket.inet_ntop(family, packed), int(port, 16)
