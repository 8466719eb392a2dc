# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The listening sockets of a namespace."""

from __future__ import annotations

from .._model.current_state import Listener
from .._netlink import uapi
from .._netlink.listeners import dump_listeners

_LISTS = (("tcp", "tcp"), ("tcp", "tcp6"), ("udp", "udp"), ("udp", "udp6"))
"""Protocol, and its list in /proc/net."""


def read_listeners() -> tuple[Listener, ...]:
    """The TCP and UDP listeners of the calling thread's namespace, without SCTP."""
    try:
        return tuple(sorted(set(dump_listeners())))
    except OSError as error:
        if error.errno in uapi.SHORTAGE_ERRORS:
            raise
        return list_listeners_in_proc()  # This kernel has no sock_diag.


def list_listeners_in_proc() -> tuple[Listener, ...]:
    """The same from the lists in /proc, which every kernel has."""
    from .proc_sockets import LISTENING, UNCONNECTED, list_sockets  # which few kernels need

    states = {"tcp": LISTENING, "udp": UNCONNECTED}
    found = {
        Listener(protocol, *listed.local)
        for protocol, name in _LISTS
        for listed in list_sockets(name)
        if listed.state == states[protocol]
    }
    return tuple(sorted(found))
