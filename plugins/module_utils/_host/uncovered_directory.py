# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Directories as they are below what is mounted in them."""

from __future__ import annotations

import ctypes
import os

_OPEN_TREE = 428
"""The number of open_tree(2) on all architectures but alpha (since Linux 5.2)."""
_OPEN_TREE_CLONE = 1
_AT_FDCWD = -100

_libc = ctypes.CDLL(None)


def open_uncovered(path: str) -> int | None:
    """A descriptor of a directory in which nothing is mounted; None if there is no such way.

    It is a copy of the directory's mount, which is nowhere mounted and ends with the descriptor.
    """
    copy = _libc.syscall(
        ctypes.c_long(_OPEN_TREE),
        ctypes.c_long(_AT_FDCWD),
        os.fsencode(path),
        ctypes.c_long(_OPEN_TREE_CLONE | os.O_CLOEXEC),
    )
    if copy < 0:
        return None
    try:
        return os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=copy)
    except OSError:
        return None
    finally:
        os.close(copy)
