# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether an interface leaves the checksums of what it sends to the receiver, as ethtool shows it.

A netlink socket takes such a request too, for the namespace in which it was opened.
"""

from __future__ import annotations

import array
import fcntl
import struct
from typing import TYPE_CHECKING

from . import uapi

if TYPE_CHECKING:
    from .socket import Socket

_VALUE = struct.Struct("=II")
_IFREQ = struct.Struct("16sP16x")


def offloads_checksums(socket: Socket, name: str) -> bool:
    """Whether it does.

    :raises OSError: there is no such interface, or it does not say.
    """
    return bool(_request(socket, name, uapi.ETHTOOL_GTXCSUM, 0))


def offload_checksums(socket: Socket, name: str, is_on: bool) -> None:
    """Have the interface do that, or compute them. Then it sends no packets for others to cut.

    :raises OSError: there is no such interface, or it cannot.
    """
    _request(socket, name, uapi.ETHTOOL_STXCSUM, int(is_on))


def _request(socket: Socket, name: str, command: int, value: int) -> int:
    data = array.array("B", _VALUE.pack(command, value))
    request = _IFREQ.pack(name.encode(), data.buffer_info()[0])
    fcntl.ioctl(socket.fileno(), uapi.SIOCETHTOOL, request)
    answer: int = _VALUE.unpack(data.tobytes())[1]
    return answer
