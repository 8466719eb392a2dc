# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Notifications of the kernel that something about links, addresses or routes has changed."""

from __future__ import annotations

import contextlib
import select
import socket

from . import uapi

_GROUPS = (
    uapi.RTMGRP_LINK
    | uapi.RTMGRP_IPV4_IFADDR
    | uapi.RTMGRP_IPV4_ROUTE
    | uapi.RTMGRP_IPV6_IFADDR
    | uapi.RTMGRP_IPV6_ROUTE
)
_MAX_DATAGRAM_BYTES = 1 << 16


class Notifications:
    """Subscribes to the changes in the network namespace of the calling thread."""

    def __init__(self) -> None:
        kind = socket.SOCK_RAW | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK
        self._socket = socket.socket(socket.AF_NETLINK, kind, uapi.NETLINK_ROUTE)
        self._socket.bind((0, _GROUPS))

    def close(self) -> None:
        self._socket.close()

    def wait(self, seconds: float) -> bool:
        """Wait until something changes; whether it did within that time."""
        readable = select.select([self._socket], [], [], max(seconds, 0.0))[0]
        # What was lost, as the buffer was full, is a change too.
        with contextlib.suppress(BlockingIOError, OSError):
            while readable:
                self._socket.recv(_MAX_DATAGRAM_BYTES)
        return bool(readable)
