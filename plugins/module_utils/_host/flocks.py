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
_LONGEST = 80
"""Letters of a command that are shown."""


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


def note_work(descriptor: int, work: str) -> None:
    """Note in an open file that this process has locked what it works on."""
    with contextlib.suppress(OSError):
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()} {work}".encode(), 0)


def find_holder(descriptor: int) -> str:
    """The process that holds the lock of an open file, according to proc_locks(5).

    With what it works on, if it has noted that.
    """
    status = os.fstat(descriptor)
    device = f"{os.major(status.st_dev):02x}:{os.minor(status.st_dev):02x}"
    wanted = f"{device}:{status.st_ino}"
    with contextlib.suppress(OSError), open("/proc/locks", encoding="ascii") as lines:
        for line in lines:
            fields = line.split()
            if len(fields) > 5 and fields[1] == "FLOCK" and fields[5] == wanted:
                pid = fields[4]
                details = [_read_command(pid), _read_work(descriptor, pid)]
                return f"process {pid} ({'; '.join(filter(None, details))})"
    return "a process that cannot be seen from here"


def _read_command(pid: str) -> str:
    """The command of a process. Of paths, it has the names of the files."""
    with open(f"/proc/{pid}/cmdline", "rb") as file:
        words = file.read().decode(errors="replace").split("\0")
    names = [os.path.basename(word) if word.startswith("/") else word for word in words]
    return _cut(" ".join(names).strip())


def _read_work(descriptor: int, pid: str) -> str:
    """What that process has noted; not what an earlier one has."""
    with contextlib.suppress(OSError):
        noted, _space, work = os.pread(descriptor, 2 * _LONGEST, 0).decode().partition(" ")
        if noted == pid:
            return _cut(work)
    return ""


def _cut(text: str) -> str:
    # A command line can hold what a terminal would obey.
    return "".join(letter if letter.isprintable() else "?" for letter in text[:_LONGEST])
