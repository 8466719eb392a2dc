# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Notifications of the kernel that links, addresses, routes or rules have changed."""

from __future__ import annotations

import errno
import select
import socket

from . import uapi

LINKS_AND_ROUTES = (
    uapi.RTMGRP_LINK
    | uapi.RTMGRP_IPV4_IFADDR
    | uapi.RTMGRP_IPV4_ROUTE
    | uapi.RTMGRP_IPV6_IFADDR
    | uapi.RTMGRP_IPV6_ROUTE
)
EVERYTHING = (
    LINKS_AND_ROUTES
    | uapi.RTMGRP_TC
    | uapi.RTMGRP_IPV4_RULE
    | 1 << (uapi.RTNLGRP_IPV6_RULE - 1)
    | 1 << (uapi.RTNLGRP_IPV4_NETCONF - 1)
    | 1 << (uapi.RTNLGRP_IPV6_NETCONF - 1)
)
"""Also of traffic control, policy rules, and of forwarding and rp_filter of links. Neighbours are
not among them, which packets change."""


class Notifications:
    """Subscribes to the changes in the network namespace of the calling thread.

    The socket keeps that namespace in existence.
    """

    def __init__(self, groups: int = LINKS_AND_ROUTES, protocol: int = uapi.NETLINK_ROUTE) -> None:
        kind = socket.SOCK_RAW | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK
        self._socket = socket.socket(socket.AF_NETLINK, kind, protocol)
        self._socket.bind((0, groups))

    def fileno(self) -> int:
        """The descriptor, which can be read after a change."""
        return self._socket.fileno()

    def close(self) -> None:
        self._socket.close()

    def drain(self) -> None:
        """Forget the changes until now."""
        while True:
            try:
                self._socket.recv(1)
            except BlockingIOError:
                return
            except OSError as error:
                # The buffer was full, and what came then is lost: a change too.
                if error.errno != errno.ENOBUFS:
                    raise

    def wait(self, seconds: float) -> bool:
        """Wait until something changes; whether it did within that time."""
        readable = select.select([self._socket], [], [], max(seconds, 0.0))[0]
        if readable:
            self.drain()
        return bool(readable)


def subscribe_to_rules() -> Notifications | None:
    """Subscribe to the changes of nftables, also those by iptables-nft; None if there is none."""
    try:
        return Notifications(1 << (uapi.NFNLGRP_NFTABLES - 1), uapi.NETLINK_NETFILTER)
    except OSError as error:
        if error.errno in (errno.EPROTONOSUPPORT, errno.EINVAL):
            return None
        raise
