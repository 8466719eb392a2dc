# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What links of a namespace hold while it ends: the kernel ends it later, and until then nobody sees them, and nobody else can have the same."""

from __future__ import annotations

import errno
import time
from typing import Dict, List, Sequence, Set

from .._model.changes import Change
from .._model.link_types import EXCLUSIVE_TYPES, STACKED_TYPES
from .._model.links import Link, Veth
from .._netlink.socket import Reply, Request, Socket

_PATIENCE: Dict[int, float] = {
    errno.EADDRINUSE: 5.0,
    errno.EEXIST: 5.0,
    errno.EINVAL: 1.0,
    errno.EBUSY: 1.0,
}
"""Seconds. The MAC address of a station, the number of a vxlan or vlan; of a link that another had for itself, the kernel says no more than
for one that takes none."""
_PAUSE = 0.02


class BusyRetry:
    """How long was waited already: all changes together wait no longer than one."""

    def __init__(self) -> None:
        self._spent = 0.0
        self.ended: Set[str] = set()
        """Namespaces that were removed by whom this is: what undoes that makes their cables again, whose far ends are there until the kernel ends them."""

    def send_again(
        self, socket: Socket, change: Change, requests: Sequence[Request], replies: List[Reply]
    ) -> List[Reply]:
        """The replies, if need be those of a later time."""
        while any(reply.errno and self._may_pass(change, reply) for reply in replies):
            time.sleep(_PAUSE)
            self._spent += _PAUSE
            replies = socket.send(requests)
        return replies

    def _may_pass(self, change: Change, reply: Reply) -> bool:
        """Whether it is refused for what may be free in a moment."""
        before, after = change.before, change.after
        if isinstance(after, Veth):
            returns = after.end.netns in self.ended or after.peer.netns in self.ended
            return returns and reply.errno == errno.EEXIST and self._spent < _PATIENCE[reply.errno]
        if not isinstance(after, Link) or after.kind not in STACKED_TYPES:
            return False
        if before is not None:
            held = reply.errno == errno.EADDRINUSE
        elif after.kind in EXCLUSIVE_TYPES:
            held = reply.errno in (errno.EADDRINUSE, errno.EINVAL, errno.EBUSY)
        else:
            held = reply.errno == errno.EEXIST and bool(
                reply.words
            )  # of a name that is taken the kernel says no more than that
        return held and self._spent < _PATIENCE[reply.errno]
