# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Links that are up and about to carry: the kernel puts them to work a moment later, and one that is busy with the end of many namespaces, seconds later."""

from __future__ import annotations

import time
from typing import Iterable

from .._host.netns_handles import NetnsHandle
from .._netlink.link_replies import read_link
from .._netlink.rtnl_requests import GETLINK, dump_links, get_link

_PATIENCE = 10.0
"""Seconds."""


def await_carrier(handles: Iterable[NetnsHandle]) -> None:
    """Until what is sent over the links that were about to carry when they were read is not dropped for coming too early."""
    deadline = time.monotonic() + _PATIENCE
    for handle in handles:
        coming = handle.carrier_pending
        while coming:
            names = [*coming, *dict.fromkeys(filter(None, coming.values()))]
            # To be asked for a single link has the kernel put it to work (rtnl_getlink, since Linux 6.9); before that it is waited for.
            replies = handle.socket.send([get_link(name) for name in names])
            late = {
                name
                for name, reply in zip(names, replies)
                if reply.messages and read_link(handle.netns, reply.messages[0]).is_carrier_pending
            }
            coming = {
                name: master for name, master in coming.items() if name in late or master in late
            }
            if coming and time.monotonic() > deadline:
                return
            if coming:
                time.sleep(0.01)


def await_all_carriers(handles: Iterable[NetnsHandle]) -> None:
    """The same of rooms whose links have not been read."""
    handles = list(handles)
    for handle in handles:
        links = [
            read_link(handle.netns, data) for data in handle.socket.dump(GETLINK, dump_links())
        ]
        names = {one.ifindex: one.link.name for one in links}
        handle.carrier_pending = {
            one.link.name: names.get(one.master, "") for one in links if one.is_carrier_pending
        }
    await_carrier(handles)
