# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Waiting for links that are up and have a carrier, but do not send yet.

The kernel starts their queues a moment later; while it deletes many namespaces, seconds later.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from .._netlink.link_queries import dump_links, get_link
from .._netlink.link_replies import read_link

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .._host.netns_handles import NetnsHandle

_TIMEOUT = 10.0
_INTERVAL = 0.01
"""Seconds."""


def await_carrier(handles: Iterable[NetnsHandle]) -> None:
    """Wait until the links that did not send yet when they were read do.

    Packets sent earlier would be dropped. After 10 s the wait ends without an error.
    """
    deadline = time.monotonic() + _TIMEOUT
    for handle in handles:
        pending = handle.carrier_pending
        while pending:
            late = _find_late(handle, pending)
            pending = {
                name: master for name, master in pending.items() if name in late or master in late
            }
            if not pending:
                break
            if time.monotonic() > deadline:
                return
            time.sleep(_INTERVAL)


def _find_late(handle: NetnsHandle, pending: dict[str, str]) -> set[str]:
    """Which of these links and their bridges do not send yet.

    Since Linux 6.9 the kernel starts a link's queues when it is asked for that link (rtnl_getlink).
    """
    masters = dict.fromkeys(filter(None, pending.values()))
    names = [*pending, *masters]
    replies = handle.socket.send([get_link(name) for name in names])
    return {
        name
        for name, reply in zip(names, replies)
        if reply.messages and read_link(handle.netns, reply.messages[0]).is_carrier_pending
    }


def await_all_carriers(handles: Iterable[NetnsHandle]) -> None:
    """Read the links of these namespaces, then wait as :func:`await_carrier` does."""
    handles = list(handles)
    for handle in handles:
        links = [read_link(handle.netns, data) for data in handle.socket.dump(dump_links())]
        names = {reply.ifindex: reply.link.name for reply in links}
        handle.carrier_pending = {
            reply.link.name: names.get(reply.master, "")
            for reply in links
            if reply.is_carrier_pending
        }
    await_carrier(handles)
