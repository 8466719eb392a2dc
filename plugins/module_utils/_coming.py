# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Links that are up and about to carry: the kernel puts them to work a moment later, and one that is busy with the end of many namespaces, seconds later."""

from __future__ import annotations

import time
from typing import Iterable

from . import _requests
from ._link_answers import read_link
from ._rooms import Room

_PATIENCE = 10.0
"""Seconds."""


def await_links(rooms: Iterable[Room]) -> None:
    """Until what is sent over the links of these namespaces is not dropped for coming too early."""
    deadline = time.monotonic() + _PATIENCE
    for room in rooms:
        while any(read_link(room.netns, data).alike.coming for data in room.socket.dump(_requests.GETLINK, _requests.dump_links())):
            if time.monotonic() > deadline:
                return
            time.sleep(0.01)
