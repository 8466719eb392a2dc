# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Creates and removes named network namespaces: files under /run/netns, and mounts on them."""

from __future__ import annotations

import contextlib
import errno
import os
from typing import TYPE_CHECKING, Callable

from .._model.errors import Failed
from .files import make_directory
from .flocks import acquire_flock, find_holder
from .netns import (
    CLONE_NEWNET,
    NETNS_DIRECTORY,
    call_libc,
    file_identity,
    identify_netns,
    open_netns,
    open_own_netns,
    path_of,
    return_to_netns,
)
from .netns_names import ATTACHED_BIT, UNFINISHED_BIT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._model.fast_replace import T

# linux/mount.h; the last from sys/mount.h
_MS_BIND, _MS_REC, _MS_SHARED, _MNT_DETACH = 0x1000, 0x4000, 1 << 20, 2

_IPROUTE2_PATIENCE = 3.0
"""Seconds to wait for iproute2."""

mount_warnings: list[str] = []
"""What happened in this process when the directory was made a mount."""

_mounted: set[tuple[int, int]] = set()
"""The directory (device, inode), once this process has made it a mount."""


def _mount(source: str, target: str, flags: int) -> None:
    call_libc("mount", os.fsencode(source), os.fsencode(target), b"none", flags, None)


def make_netns_directory() -> None:
    """Create the directory if it is missing."""
    make_directory(NETNS_DIRECTORY, 0o755)


def prepare_netns_directory() -> None:
    """Make the directory a shared mount, as ``ip netns add`` does.

    Namespaces created here are then visible in other mount namespaces, and outlive those.
    """
    make_netns_directory()
    if _share_directory():
        return
    with _locking_out_iproute2():
        if _share_directory():
            return
        _mount(NETNS_DIRECTORY, NETNS_DIRECTORY, _MS_BIND | _MS_REC)
        _mounted.add(file_identity(os.stat(NETNS_DIRECTORY)))
        _share_directory()


def _share_directory() -> bool:
    """Make the directory shared; False if it is no mount."""
    try:
        _mount("", NETNS_DIRECTORY, _MS_SHARED | _MS_REC)
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
        return False
    return True


@contextlib.contextmanager
def _locking_out_iproute2() -> Iterator[None]:
    """Hold the lock that ``ip netns add`` takes while it makes the directory a mount.

    It holds it for milliseconds. Every user can take that lock, so who holds it for longer is not
    waited for: at worst the directory is mounted twice.
    """
    descriptor = os.open(NETNS_DIRECTORY, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        if not acquire_flock(descriptor, _IPROUTE2_PATIENCE):
            mount_warnings.append(
                f"{find_holder(descriptor)} has held the lock of {NETNS_DIRECTORY} for "
                f"{_IPROUTE2_PATIENCE:.0f} s, and was not waited for any longer; ip netns add "
                "waits until it ends"
            )
        yield
    finally:
        os.close(descriptor)


def create_netns(name: str, configure: Callable[[], T]) -> tuple[int, T]:
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


def _create_name(name: str, bits: int = UNFINISHED_BIT) -> None:
    flags = os.O_RDONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
    mode = bits | 0o444
    descriptor = os.open(path_of(name), flags, mode)
    try:
        os.fchmod(descriptor, mode)  # The umask may have withheld bits.
    except BaseException:
        os.unlink(path_of(name))
        raise
    finally:
        os.close(descriptor)


def _create_netns(name: str, configure: Callable[[], T], own: int) -> tuple[int, T]:
    call_libc("unshare", CLONE_NEWNET)
    try:
        configured = configure()
        _mount("/proc/thread-self/ns/net", path_of(name), _MS_BIND)
        return open_own_netns(), configured
    finally:
        try:
            call_libc("setns", own, CLONE_NEWNET)
        except BaseException:
            return_to_netns(own)


def name_netns(name: str, descriptor: int, is_created: bool) -> None:
    """Give a namespace a name, or the one again that was removed.

    :param is_created: whether this collection created the namespace.
    """
    prepare_netns_directory()
    _create_name(name, UNFINISHED_BIT if is_created else UNFINISHED_BIT | ATTACHED_BIT)
    try:
        _mount(f"/proc/thread-self/fd/{descriptor}", path_of(name), _MS_BIND)
    except BaseException:
        os.unlink(path_of(name))
        raise


def remove_netns(name: str, known: int | None = None) -> None:
    """Remove a name. The namespace ends with its last process and descriptor.

    If the name cannot be removed, it keeps its namespace.

    :param known: a descriptor of the namespace, if it is open.
    :raises Failed: the directory is not writable.
    :raises OSError: the name could not be removed.
    """
    if not os.access(NETNS_DIRECTORY, os.W_OK):
        raise Failed(f"no write access to {NETNS_DIRECTORY}; namespace {name} was left alone")
    # Without an open descriptor the namespace would end with its mount.
    descriptor = known
    if known is None:
        with contextlib.suppress(OSError):
            descriptor = open_netns(name)
    try:
        _remove_name(name, descriptor)
    finally:
        if known is None and descriptor is not None:
            os.close(descriptor)
    # The name is removed in any case.
    with contextlib.suppress(OSError):
        _unmount_empty_directory()


def _remove_name(name: str, descriptor: int | None) -> None:
    path = path_of(name)
    layers = 0
    try:
        while True:
            layers += _unmount(path)
            try:
                os.unlink(path)
                return
            except OSError as error:
                if error.errno != errno.EBUSY:
                    raise
            # Something is mounted below what was mounted on top.
            _check_layer(name, descriptor)
    except BaseException:
        for _layer in range(layers if descriptor is not None else 0):
            _mount(f"/proc/thread-self/fd/{descriptor}", path, _MS_BIND)
        raise


def _unmount(path: str) -> bool:
    """Unmount what is mounted on top; False if nothing is, as on a stale file."""
    try:
        call_libc("umount2", os.fsencode(path), _MNT_DETACH)
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
        return False
    return True


def _check_layer(name: str, descriptor: int | None) -> None:
    """Check that what is mounted on a name now is the namespace that was mounted above it.

    :raises Failed: it is something else, which this collection does not remove.
    """
    below = open_netns(name)
    try:
        if (
            below is None
            or descriptor is None
            or identify_netns(below) != identify_netns(descriptor)
        ):
            raise Failed(
                f"{path_of(name)} is mounted more than once, and below namespace {name} is "
                "something else; unmount it, or delete the name by ip netns delete"
            )
    finally:
        if below is not None:
            os.close(below)


def _unmount_empty_directory() -> None:
    """Restore a directory that was no mount before this run."""
    if not _mounted or os.listdir(NETNS_DIRECTORY):
        return
    if file_identity(os.stat(NETNS_DIRECTORY)) in _mounted:
        call_libc("umount2", NETNS_DIRECTORY.encode(), _MNT_DETACH)
        _mounted.clear()
