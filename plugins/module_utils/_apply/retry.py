# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Retries of requests that the kernel refuses until it has destroyed a namespace.

The kernel destroys a namespace asynchronously. Until then its links are not visible, and their MAC
addresses, VLAN and VXLAN ids and veth peers stay in use.
"""

from __future__ import annotations

import errno
import time
from typing import TYPE_CHECKING

from .._model.link_types import EXCLUSIVE_TYPES, STACKED_TYPES
from .._model.links import Link, Veth

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .._model.changes import Change
    from .._netlink.socket import Reply, Request, Socket

_MAX_WAIT: dict[int, float] = {
    errno.EADDRINUSE: 5.0,
    errno.EEXIST: 5.0,
    errno.EINVAL: 1.0,
    errno.EBUSY: 1.0,
}
"""In seconds: for a MAC address, for a VXLAN or VLAN id, and for the exclusive use of a parent.

For the last the kernel's error is the same as for a parent that takes no such link at all.
"""
_PAUSE = 0.02


class BusyRetry:
    """Retries requests. All changes together wait no longer than one of them may."""

    def __init__(self) -> None:
        self._waited = 0.0
        self.deleted_netns: set[str] = set()
        """Namespaces that were deleted in this run. A rollback creates their veth pairs again,
        whose peers exist until the kernel has destroyed the namespace."""

    def send_again(
        self, socket: Socket, change: Change, requests: Sequence[Request], replies: list[Reply]
    ) -> list[Reply]:
        """The replies to the requests of a change; the last ones, if they are sent again."""
        while any(reply.errno and self._is_temporary(change, reply) for reply in replies):
            time.sleep(_PAUSE)
            self._waited += _PAUSE
            replies = socket.send(requests)
        return replies

    def _is_temporary(self, change: Change, reply: Reply) -> bool:
        """Whether a request can succeed in a moment."""
        if self._waited >= _MAX_WAIT.get(reply.errno, 0):
            return False
        if isinstance(change.after, Veth):
            ends = {change.after.end.netns, change.after.peer.netns}
            return reply.errno == errno.EEXIST and not ends.isdisjoint(self.deleted_netns)
        link = change.after
        if not isinstance(link, Link) or link.kind not in STACKED_TYPES:
            return False
        if change.before is not None:
            return reply.errno == errno.EADDRINUSE
        if link.kind in EXCLUSIVE_TYPES:
            return reply.errno in (errno.EADDRINUSE, errno.EINVAL, errno.EBUSY)
        # For a name that exists already the kernel has no further message.
        return reply.errno == errno.EEXIST and bool(reply.words)
