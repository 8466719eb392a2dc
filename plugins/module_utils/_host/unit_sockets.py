# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where the sockets are that systemd opened for a socket unit."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

from .._model.lazy_pattern import compile_lazily
from .._model.services import ELSEWHERE, UNKNOWN
from .netns import inside_netns
from .proc_sockets import list_sockets

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .netns_handles import NetnsHandle

    Handles = Mapping["str | None", NetnsHandle]

_LISTEN = compile_lazily(r".*:(\d+) \((Stream|Datagram)\)")
_PROTOCOLS = {"Stream": ("tcp", "tcp6"), "Datagram": ("udp", "udp6")}


def locate_sockets(listens: Sequence[str], handles: Handles) -> str | None:
    """Where the sockets of a socket unit are, which process 1 holds; by their ports.

    :param listens: its property Listen.
    """
    listened = [match.groups() for match in map(_LISTEN.fullmatch, listens) if match]
    if not listened:
        return UNKNOWN
    inodes = _list_inodes()
    for place, handle in handles.items():
        with inside_netns(handle.descriptor):
            found = {
                (name, str(listed.local[1]))
                for names in _PROTOCOLS.values()
                for name in names
                for listed in list_sockets(name)
                if listed.inode in inodes
            }
        if all(any((name, port) in found for name in _PROTOCOLS[kind]) for port, kind in listened):
            return place
    return ELSEWHERE


def _list_inodes() -> set[str]:
    """The numbers of the sockets that process 1 holds."""
    inodes = set()
    for descriptor in os.listdir("/proc/1/fd"):
        with contextlib.suppress(OSError):
            target = os.readlink(f"/proc/1/fd/{descriptor}")
            if target.startswith("socket:["):
                inodes.add(target[len("socket:[") : -1])
    return inodes
