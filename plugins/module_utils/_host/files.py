# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Directories with the mode that they are to have, and errors that say nothing about a file."""

from __future__ import annotations

import os
import resource
from typing import Optional

from .._netlink.uapi import SHORTAGE_ERRORS

FileState = Optional[tuple[int, int, int]]
"""Inode, time of the last change and size; None if there is no file."""


def make_directory(path: str, mode: int) -> None:
    """Create a directory, whose parent exists. One that exists keeps its mode.

    ``os.makedirs`` gives the directories on the way the mode that the umask leaves of 0777.
    """
    try:
        os.mkdir(path, mode)
    except FileExistsError:
        return
    os.chmod(path, mode)


def read_file_state(path: str) -> FileState:
    """What shows whether a file was changed, replaced or removed since then."""
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns, status.st_size


def allow_many_files() -> None:
    """Let this process open as many files as it may.

    The usual soft limit of 1,024 would suffice for 500 namespaces.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def raise_shortage(error: OSError) -> None:
    """Raise an error again that says nothing about a file: this process lacks what it takes.

    What cannot be read for that reason must not be taken for absent.
    """
    if error.errno in SHORTAGE_ERRORS:
        raise error
