# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lock that lets one run at a time change a host."""

from __future__ import annotations

import contextlib
import errno
import os
from typing import TYPE_CHECKING, Callable

from .._host.flocks import acquire_flock, find_holder, note_work
from .._host.machine import is_in_user_namespace
from .._host.netns import NETNS_DIRECTORY
from .._host.state_directory import STATE_DIRECTORY, UnsafeState, open_state_file
from .._model.errors import Failed

if TYPE_CHECKING:
    from collections.abc import Iterator

PATIENCE = 300.0
"""Seconds to wait for other runs, of which there may be many on a slow host."""
_SHORT_WAIT = 1.0
_LOCK_FILE = "lock"


@contextlib.contextmanager
def lock_host(
    create: bool,
    patience: float = PATIENCE,
    report_wait: Callable[[str], None] = lambda _holder: None,
    lab: str | None = None,
) -> Iterator[None]:
    """Hold the lock of this host: ``flock`` on a file that only root can open.

    A user who can open a file can also hold its lock, so other users cannot open this one.
    Without that file no run has changed this host, and check mode has nothing to wait for.

    :param create: Create the file if it is missing.
    :param patience: Seconds to wait for another process.
    :param report_wait: Called with the holder if it takes more than a second.
    :param lab: The topology for which it is held, for those who wait.
    :raises Failed: The lock is still held by another process, which the message names.
    """
    try:
        descriptor = _open_lock(create)
    except OSError as error:
        path = os.path.join(STATE_DIRECTORY, _LOCK_FILE)
        reason = f"this host cannot be locked by {path}: {error.strerror}"
        raise Failed(reason) from error
    if descriptor is None:
        yield
        return
    try:
        if not _acquire(descriptor, patience, report_wait):
            holder = find_holder(descriptor)
            raise Failed(f"waited {patience:.0f} s for the lock of this host, which {holder} holds")
        if create:
            note_work(descriptor, f"topology {lab}" if lab else "")
        yield
    finally:
        os.close(descriptor)


def _acquire(descriptor: int, patience: float, report_wait: Callable[[str], None]) -> bool:
    if acquire_flock(descriptor, min(patience, _SHORT_WAIT)):
        return True
    report_wait(find_holder(descriptor))
    return acquire_flock(descriptor, max(0.0, patience - _SHORT_WAIT))


def _open_lock(create: bool) -> int | None:
    try:
        return open_state_file(_LOCK_FILE, create)
    except UnsafeState:
        if not is_in_user_namespace():
            raise
    except OSError as error:
        if error.errno not in (errno.EACCES, errno.EROFS) or not is_in_user_namespace():
            raise
    # Root of a user namespace that sees the host's /run has only the directory of its namespaces.
    if create:
        from .._host.netns_mounts import make_netns_directory  # hardly any host needs it

        make_netns_directory()
    try:
        return os.open(NETNS_DIRECTORY, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
