# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""flock(2) with a limit to the wait, and the process that holds a lock."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time

_PAUSE = 0.05


def acquire_flock(descriptor: int, patience: float) -> bool:
    """Lock an open file; False if another process holds the lock for longer than that.

    The lock ends with the descriptor.

    :param patience: seconds to wait.
    """
    deadline = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                return False
            time.sleep(_PAUSE)
        else:
            return True


def find_holder(descriptor: int) -> str:
    """The process that holds the lock of an open file, according to proc_locks(5)."""
    status = os.fstat(descriptor)
    device = f"{os.major(status.st_dev):02x}:{os.minor(status.st_dev):02x}"
    wanted = f"{device}:{status.st_ino}"
    with contextlib.suppress(OSError), open("/proc/locks", encoding="ascii") as lines:
        for line in lines:
            fields = line.split()
            if len(fields) > 5 and fields[1] == "FLOCK" and fields[5] == wanted:
                return f"process {fields[4]} ({_read_command(fields[4])})"
    return "a process that cannot be seen from here"


def _read_command(pid: str) -> str:
    with open(f"/proc/{pid}/cmdline", "rb") as file:
        words = file.read().replace(b"\0", b" ").decode(errors="replace").strip()[:80]
    # A command line can hold what a terminal would obey.
    return "".join(letter if letter.isprintable() else "?" for letter in words)
