# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The listening sockets of a namespace."""

from __future__ import annotations

from .._model.current_state import Listener
from .proc_sockets import LISTENING, UNCONNECTED, list_sockets

_LISTS = (
    ("tcp", "tcp", LISTENING),
    ("tcp", "tcp6", LISTENING),
    ("udp", "udp", UNCONNECTED),
    ("udp", "udp6", UNCONNECTED),
)
"""Protocol, list, and the state of a socket that receives from anyone."""


def read_listeners() -> tuple[Listener, ...]:
    """The TCP and UDP listeners of the calling thread's namespace, without SCTP."""
    found = {
        Listener(protocol, *listed.local)
        for protocol, name, state in _LISTS
        for listed in list_sockets(name)
        if listed.state == state
    }
    return tuple(sorted(found))
