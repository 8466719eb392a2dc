# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Creates and removes named network namespaces: files under /run/netns, and mounts on them."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from typing import Callable, Optional, Set, Tuple

from .._model.errors import Failed
from .._model.fast_replace import T
from .netns import (
    CLONE_NEWNET,
    NETNS_DIRECTORY,
    call_libc,
    file_identity,
    open_netns,
    open_own_netns,
    path_of,
)

# linux/mount.h; the last from sys/mount.h
_MS_BIND, _MS_REC, _MS_SHARED, _MNT_DETACH = 0x1000, 0x4000, 1 << 20, 2

UNFINISHED_BIT = stat.S_ISVTX
"""A bit in the mode of a name's file that only we set.

It is visible only where no namespace is mounted on the file. No other task of ours runs under the
lock of this host, so such a file was left by a task that was killed."""

_mounted: Set[Tuple[int, int]] = set()
"""The directory (device, inode), once this process has made it a mount."""


def _mount(source: str, target: str, flags: int) -> None:
    call_libc("mount", source.encode(), target.encode(), b"none", flags, None)


def prepare_netns_directory() -> None:
    """Make the directory a shared mount, as ``ip netns add`` does.

    Namespaces created here are then visible in other mount namespaces, and outlive those.
    """
    os.makedirs(NETNS_DIRECTORY, 0o755, exist_ok=True)
    try:
        _mount("", NETNS_DIRECTORY, _MS_SHARED | _MS_REC)
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
        _mount(NETNS_DIRECTORY, NETNS_DIRECTORY, _MS_BIND | _MS_REC)
        _mounted.add(file_identity(os.stat(NETNS_DIRECTORY)))
        _mount("", NETNS_DIRECTORY, _MS_SHARED | _MS_REC)


def create_netns(name: str, configure: Callable[[], T]) -> Tuple[int, T]:
    """Create a named namespace.

    :param configure: called inside, before the name leads there. A task that is killed leaves a
        namespace that is marked, or none.
    :returns: a descriptor of it, and what ``configure`` returned.
    """
    prepare_netns_directory()
    own = open_own_netns()
    try:
        _create_name(name)
        try:
            return _create_netns(name, configure, own)
        except BaseException:
            remove_netns(name)
            raise
    finally:
        os.close(own)


def _create_name(name: str) -> None:
    flags = os.O_RDONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
    os.close(os.open(path_of(name), flags, UNFINISHED_BIT | 0o444))


def _create_netns(name: str, configure: Callable[[], T], own: int) -> Tuple[int, T]:
    call_libc("unshare", CLONE_NEWNET)
    try:
        configured = configure()
        _mount("/proc/thread-self/ns/net", path_of(name), _MS_BIND)
        return open_own_netns(), configured
    finally:
        call_libc("setns", own, CLONE_NEWNET)


def remove_netns(name: str) -> None:
    """Remove a name. The namespace ends with its last process and descriptor.

    If the name cannot be removed, it keeps its namespace.

    :raises Failed: the directory is not writable.
    :raises OSError: the name could not be removed.
    """
    if not os.access(NETNS_DIRECTORY, os.W_OK):
        raise Failed(f"no write access to {NETNS_DIRECTORY}; namespace {name} was left alone")
    # Without an open descriptor the namespace would end with its mount.
    descriptor = None
    with contextlib.suppress(OSError):
        descriptor = open_netns(name)
    try:
        _remove_name(name, descriptor)
    finally:
        if descriptor is not None:
            os.close(descriptor)
    # The name is removed in any case.
    with contextlib.suppress(OSError):
        _unmount_empty_directory()


def _remove_name(name: str, descriptor: Optional[int]) -> None:
    path = path_of(name)
    try:
        call_libc("umount2", path.encode(), _MNT_DETACH)
    except OSError as error:
        # EINVAL: nothing is mounted on a stale file.
        if error.errno != errno.EINVAL:
            raise
    try:
        os.unlink(path)
    except OSError:
        if descriptor is not None:
            _mount(f"/proc/thread-self/fd/{descriptor}", path, _MS_BIND)
        raise


def _unmount_empty_directory() -> None:
    """Restore a directory that was no mount before this run."""
    if not _mounted or os.listdir(NETNS_DIRECTORY):
        return
    if file_identity(os.stat(NETNS_DIRECTORY)) in _mounted:
        call_libc("umount2", NETNS_DIRECTORY.encode(), _MNT_DETACH)
        _mounted.clear()
