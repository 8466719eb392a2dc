# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Links that are up and about to carry: the kernel puts them to work a moment later, and one that is busy with the end of many namespaces, seconds later."""

from __future__ import annotations

import struct
import time
from typing import Iterable

from . import _requests
from . import _vocabulary as words
from ._netlink import read_attributes
from ._rooms import Room

_PATIENCE = 3.0
_UP, _RUNNING, _LOWER_UP = 0x1, 0x40, 0x10000
_FLAGS, _ATTRIBUTES = 24, 32
"""Where a message has its flags, and where its attributes begin: behind nlmsghdr and ifinfomsg."""
_OURS = (b"veth", b"bridge")
"""Others may stay so for long, as who waits to be let in by 802.1X."""


def _is_coming(data: bytes) -> bool:
    (flags,) = struct.unpack_from("=I", data, _FLAGS)
    if not flags & _UP or not flags & _LOWER_UP or flags & _RUNNING:
        return False
    info = read_attributes(read_attributes(data, _ATTRIBUTES).get(words.LINK.number("IFLA_LINKINFO"), b""))
    return info.get(words.LINK_INFO.number("IFLA_INFO_KIND"), b"").rstrip(b"\0") in _OURS


def await_links(rooms: Iterable[Room]) -> None:
    """Until what is sent over the links of these namespaces is not dropped for coming too early."""
    deadline = time.monotonic() + _PATIENCE
    for room in rooms:
        while any(map(_is_coming, room.socket.dump(_requests.GETLINK, _requests.dump_links()))) and time.monotonic() < deadline:
            time.sleep(0.01)
