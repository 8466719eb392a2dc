# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The network namespace of a process, which may end at any time and leave its ID to another one."""

from __future__ import annotations

import os

from .._model.fast_typing import NamedTuple
from .netns import open_netns_file
from .pids import read_start_time


class ProcessNetns(NamedTuple):
    """A namespace that is open, and the process in it."""

    descriptor: int
    pid: int
    start_time: int


def open_process_netns(pid: int) -> ProcessNetns | None:
    """Open the namespace of a process; None if it has ended.

    The descriptor is that of this very process: it runs before it is opened, and afterwards.
    """
    start_time = read_start_time(pid)
    if start_time is None:
        return None
    descriptor = open_netns_file(f"/proc/{pid}/ns/net")
    if descriptor is None:
        return None
    try:
        if read_start_time(pid) == start_time:
            return ProcessNetns(descriptor, pid, start_time)
    except BaseException:
        os.close(descriptor)
        raise
    os.close(descriptor)
    return None
