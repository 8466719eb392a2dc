# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sends the frames of attacks, and sees who receives them."""

from __future__ import annotations

import select
import socket
import time

from support.netns import in_netns
from support.policy_attacks import MARKER, Attack
from support.services import SILENCE

_ALL = 0x0003
"""ETH_P_ALL (linux/if_ether.h)."""


class Receivers:
    """Sockets that see each frame which arrives at the members other than red."""

    def __init__(self) -> None:
        self._sockets: list[socket.socket] = []
        for name in ("blue", "green", "far", "lan"):
            with in_netns(name):
                made = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_ALL))
            made.bind(("eth0", _ALL))
            self._sockets.append(made)

    def arrived(self) -> set[bytes]:
        """The numbers of the marks that arrived, until a moment passes without a frame."""
        found: set[bytes] = set()
        end = time.monotonic() + SILENCE
        while time.monotonic() < end:
            ready, _writable, _failed = select.select(self._sockets, [], [], 0.05)
            for each in ready:
                data = each.recv(4000)
                if MARKER in data:
                    start = data.index(MARKER) + len(MARKER)
                    found.add(data[start : start + 3])
        return found

    def close(self) -> None:
        for each in self._sockets:
            each.close()


def send_all(attacks: list[Attack], sender_netns: str = "red") -> set[str]:
    """Send all frames; the names of those attacks of which something arrived."""
    receivers = Receivers()
    with in_netns(sender_netns):
        sender = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    sender.bind(("eth0", 0))
    try:
        for attack in attacks:
            for frame in attack.frames:
                sender.send(frame)
        numbers = receivers.arrived()
    finally:
        receivers.close()
        sender.close()
    return {
        attack.name
        for attack in attacks
        if any(MARKER + number in frame for frame in attack.frames for number in numbers)
    }
