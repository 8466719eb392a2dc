# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The processes that a process has left, such as an nft that is still at work."""

from __future__ import annotations

import contextlib
import os
import signal

from .netns import call_libc
from .pids import read_parent

_PR_SET_CHILD_SUBREAPER = 36
"""linux/prctl.h"""


def adopt_orphans() -> None:
    """Have this process become the parent of what its descendants leave, see prctl(2)."""
    call_libc("prctl", _PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def end_orphans() -> None:
    """Kill all children of this process, and wait until they have ended.

    What they do must not come after what is undone. The children of each become its children.
    """
    with contextlib.suppress(ChildProcessError):  # There is none any more.
        while True:
            children = _list_children()
            for pid in children:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            for pid in children or [-1]:
                os.waitpid(pid, 0)


def _list_children() -> list[int]:
    """The children of this thread. Their IDs are theirs until they are waited for."""
    try:
        with open("/proc/thread-self/children", encoding="ascii") as file:
            return list(map(int, file.read().split()))
    except FileNotFoundError:  # This kernel does not list them.
        pids = [int(name) for name in os.listdir("/proc") if name.isdigit()]
        return [pid for pid in pids if read_parent(pid) == os.getpid()]
