# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lock that lets one run at a time change a host."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from typing import Iterator

from .._host.netns import NETNS_DIRECTORY
from .._model.errors import Failed

PATIENCE = 60.0
"""Seconds to wait for another run."""
_PAUSE = 0.05


@contextlib.contextmanager
def lock_host(create: bool, patience: float = PATIENCE) -> Iterator[None]:
    """Hold the lock of this host: ``flock`` on the directory of namespaces.

    A host without that directory has no namespace yet, and check mode has nothing to wait for.

    :param create: Create the directory if it is missing.
    :param patience: Seconds to wait for another process.
    :raises Failed: The lock is still held by another process, which the message names.
    """
    if create:
        os.makedirs(NETNS_DIRECTORY, 0o755, exist_ok=True)
    try:
        descriptor = os.open(NETNS_DIRECTORY, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except FileNotFoundError:
        yield
        return
    except OSError as error:
        reason = f"this host cannot be locked by {NETNS_DIRECTORY}: {error.strerror}"
        raise Failed(reason) from error
    try:
        _wait_for_lock(descriptor, patience)
        yield
    finally:
        os.close(descriptor)


def _wait_for_lock(descriptor: int, patience: float) -> None:
    deadline = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() > deadline:
                holder = _find_holder(descriptor)
                raise Failed(
                    f"waited {patience:.0f} s for the lock of this host, which {holder} holds"
                ) from None
            time.sleep(_PAUSE)


def _find_holder(descriptor: int) -> str:
    """The process that holds the lock, as /proc/locks tells it (proc_locks(5))."""
    status = os.fstat(descriptor)
    device = f"{os.major(status.st_dev):02x}:{os.minor(status.st_dev):02x}"
    wanted = f"{device}:{status.st_ino}"
    with contextlib.suppress(OSError):
        with open("/proc/locks", encoding="ascii") as lines:
            for line in lines:
                fields = line.split()
                if len(fields) > 5 and fields[1] == "FLOCK" and fields[5] == wanted:
                    return f"process {fields[4]} ({_read_command(fields[4])})"
    return "a process that cannot be seen from here"


def _read_command(pid: str) -> str:
    with open(f"/proc/{pid}/cmdline", "rb") as file:
        return file.read().replace(b"\0", b" ").decode(errors="replace").strip()[:80]
