# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The directory /run/redblue-netns, which only root can enter, and its files."""

from __future__ import annotations

import contextlib
import os
import stat

from .._model.errors import Failed

STATE_DIRECTORY = "/run/redblue-netns"

_DIRECTORY_MODE = 0o700
_FILE_MODE = 0o600
_NEW = ".new"
"""The suffix of a file until it is complete."""
_MAX_BYTES = 1 << 30
DAMAGE = (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError)
"""What is raised where a record has another content than this collection writes."""
_FLAGS = os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK


def name_journal(host: tuple[int, int]) -> str:
    """The file in the directory in which a run records what it changes of others.

    :param host: the identity of the host's own network namespace: others may see the same /run.
    """
    return f"journal-{host[1]}"


def path_of_journal(host: tuple[int, int]) -> str:
    """The path of that file."""
    return os.path.join(STATE_DIRECTORY, name_journal(host))


def has_journal(host: tuple[int, int]) -> bool:
    """Whether a run is at work, or was killed."""
    return os.path.exists(path_of_journal(host))


def name_processes(inode: int) -> str:
    """The file in the directory with the processes of topologies.

    :param inode: that of the host's own network namespace.
    """
    return f"processes-{inode}"


def has_processes(host: tuple[int, int, int]) -> bool:
    """Whether a host has processes on record, by the evidence of its network namespace."""
    return os.path.exists(os.path.join(STATE_DIRECTORY, name_processes(host[1])))


class UnsafeState(Failed):
    """Users other than root can or could reach the directory or a file in it."""


def open_state_directory(create: bool) -> int | None:
    """A descriptor of the directory; None if it does not exist.

    :param create: create it if it is missing.
    :raises UnsafeState: it is not root's alone.
    :raises OSError: it cannot be created or opened.
    """
    created = create and _make_directory()
    try:
        descriptor = os.open(STATE_DIRECTORY, os.O_RDONLY | _FLAGS)
    except FileNotFoundError:
        if create:
            raise
        return None
    except OSError as error:
        if os.path.islink(STATE_DIRECTORY):
            raise UnsafeState(_explain(STATE_DIRECTORY, "is a symbolic link")) from error
        raise
    try:
        if created:
            os.fchmod(descriptor, _DIRECTORY_MODE)  # The umask may have withheld bits.
        _check(STATE_DIRECTORY, os.fstat(descriptor), stat.S_IFDIR)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def open_state_file(name: str, create: bool) -> int | None:
    """A descriptor of a file in the directory; None if it does not exist.

    It is open to read and write with ``create``, else only to read. A link is never followed, and a
    new file is never one that another process created.

    :param create: create the directory and the file if they are missing.
    :raises UnsafeState: the directory or the file is not root's alone.
    :raises OSError: it cannot be created or opened.
    """
    directory = open_state_directory(create)
    if directory is None:
        return None
    try:
        descriptor = _open_file(directory, name, create)
    finally:
        os.close(directory)
    if descriptor is None:
        return None
    try:
        _check(os.path.join(STATE_DIRECTORY, name), os.fstat(descriptor), stat.S_IFREG)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def read_state_file(name: str) -> bytes | None:
    """The content of a file in the directory; None if it does not exist.

    :raises UnsafeState: the directory or the file is not root's alone.
    :raises Failed: it is larger than any that this collection writes.
    :raises OSError: it cannot be read.
    """
    descriptor = open_state_file(name, create=False)
    if descriptor is None:
        return None
    with open(descriptor, "rb") as file:
        if os.fstat(descriptor).st_size > _MAX_BYTES:
            path = os.path.join(STATE_DIRECTORY, name)
            raise Failed(f"{path} is larger than what this collection writes; remove it")
        return file.read()


def replace_state_file(name: str, content: bytes) -> None:
    """Write a file in one step: a process that is killed leaves the old or the new content.

    :raises UnsafeState: the directory is not root's alone.
    :raises OSError: it cannot be written. The old file is unchanged then.
    """
    directory = open_state_directory(create=True)
    new = name + _NEW
    try:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(new, dir_fd=directory)  # A run was killed while it wrote the file.
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _FLAGS
        descriptor = os.open(new, flags, _FILE_MODE, dir_fd=directory)
        with open(descriptor, "wb") as file:
            os.fchmod(descriptor, _FILE_MODE)
            file.write(content)
        os.rename(new, name, src_dir_fd=directory, dst_dir_fd=directory)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(new, dir_fd=directory)
        raise
    finally:
        if directory is not None:
            os.close(directory)


def remove_state_file(name: str) -> None:
    """Remove a file of the directory, if there is one.

    :raises UnsafeState: the directory is not root's alone.
    """
    directory = open_state_directory(create=False)
    if directory is None:
        return
    try:
        for path in (name + _NEW, name):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(path, dir_fd=directory)
    finally:
        os.close(directory)


def _make_directory() -> bool:
    """Whether it was missing."""
    try:
        os.mkdir(STATE_DIRECTORY, _DIRECTORY_MODE)
    except FileExistsError:
        return False
    return True


def _open_file(directory: int, name: str, create: bool) -> int | None:
    access = os.O_RDWR if create else os.O_RDONLY
    while True:
        try:
            return os.open(name, access | _FLAGS, dir_fd=directory)
        except FileNotFoundError:
            if not create:
                return None
        except OSError as error:
            path = os.path.join(STATE_DIRECTORY, name)
            if os.path.islink(path):
                raise UnsafeState(_explain(path, "is a symbolic link")) from error
            raise
        try:
            flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | _FLAGS
            descriptor = os.open(name, flags, _FILE_MODE, dir_fd=directory)
        except FileExistsError:
            continue  # Another run has just created it.
        os.fchmod(descriptor, _FILE_MODE)
        return descriptor


def _check(path: str, status: os.stat_result, file_type: int) -> None:
    if stat.S_IFMT(status.st_mode) != file_type:
        expected = "directory" if file_type == stat.S_IFDIR else "regular file"
        raise UnsafeState(_explain(path, f"is not a {expected}"))
    if status.st_uid != os.geteuid():
        raise UnsafeState(_explain(path, f"belongs to user {status.st_uid}, not to root"))
    mode = stat.S_IMODE(status.st_mode)
    if mode & 0o077:
        raise UnsafeState(_explain(path, f"is open to other users (mode {mode:04o})"))
    if file_type == stat.S_IFREG and status.st_nlink != 1:
        raise UnsafeState(_explain(path, "has other names (hard links)"))


def _explain(path: str, reason: str) -> str:
    return f"{path} {reason}; remove it, and the next run creates it for root alone"
