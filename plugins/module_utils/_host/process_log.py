# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The logs of processes. Root opens them, so that nobody else may choose where they lead."""

from __future__ import annotations

import os
import stat

from .._model.errors import Failed

_FLAGS = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_MODE = 0o640
_LONGEST_END = 2000


def open_log(path: str) -> int:
    """A descriptor to append to a log, which is created if it is missing.

    :raises Failed: it cannot be opened, or others than root could have it lead to another file.
    """
    directory = os.path.dirname(path)
    try:
        return _open(path, os.stat(directory), directory)
    except OSError as error:
        raise Failed(f"{path} cannot be opened: {error.strerror or error}") from error


def _open(path: str, status: os.stat_result, directory: str) -> int:
    # In a directory such as /tmp only the owner of a file can replace it.
    is_shared = status.st_mode & 0o022 and not status.st_mode & stat.S_ISVTX
    if status.st_uid != os.geteuid() or is_shared:
        raise Failed(f"{directory}, the directory of the log, can be changed by others than root")
    descriptor = os.open(path, _FLAGS, _MODE)
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode) or status.st_uid != os.geteuid() or status.st_nlink != 1:
        os.close(descriptor)
        raise Failed(f"{path} is not a regular file of root with one name; choose another log")
    return descriptor


def measure_log(path: str | None) -> int:
    """The size of a log before its process is started.

    :raises Failed: as ``open_log``.
    """
    if path is None:
        return 0
    descriptor = open_log(path)
    try:
        return os.fstat(descriptor).st_size
    finally:
        os.close(descriptor)


def read_log(path: str, start: int) -> str:
    """What is in a log behind its first bytes; empty if it cannot be read."""
    try:
        with open(path, "rb") as file:
            size = os.fstat(file.fileno()).st_size
            file.seek(start if start <= size else 0)  # It may have been rotated.
            return file.read().decode("utf-8", "replace")
    except OSError:
        return ""


def read_end_of_log(path: str, start: int) -> str:
    """The last lines of that, in a length for a message."""
    text = read_log(path, start).rstrip()
    return text if len(text) <= _LONGEST_END else f"... {text[-_LONGEST_END:]}"
