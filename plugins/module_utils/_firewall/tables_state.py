# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The kernel's number of the state in which all nftables tables of the host are.

While the number is the one that was noted, nobody has changed a table since. Only the host has
notes. Root of a namespace could make transactions until a number comes back.
"""

from __future__ import annotations

from .._host.machine import identify_host
from .._host.netns import identify_netns
from .._model.fast_typing import NamedTuple
from .._netlink import uapi
from .._netlink.nft_tables import read_generation
from .._netlink.socket import Socket


class TablesState(NamedTuple):
    """The host in which the calling thread is, and the number of the state of its tables."""

    inode: int
    host: list[object]
    generation: int


def read_tables_state() -> TablesState | None:
    """None if the kernel tells no number that no later namespace has, or has no nf_tables."""
    device, inode = identify_netns(None)
    socket = Socket(uapi.NETLINK_NETFILTER)
    try:
        cookie = socket.netns_cookie
        if cookie is None:
            return None
        generation = int.from_bytes(read_generation(socket), "big")
    except OSError:
        return None
    finally:
        socket.close()
    return TablesState(inode, identify_host((device, inode, cookie)), generation)
