# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Directories that are reached by no symbolic link of another user."""

from __future__ import annotations

import os
import stat

from .._model.errors import Failed

_MAX_LINKS = 40
"""As many as the kernel follows, see path_resolution(7)."""


def open_trusted_directory(path: str) -> int:
    """A descriptor of a directory. What is done by it happens there, whatever the path becomes.

    :param path: absolute.
    :raises Failed: a symbolic link of another user than root and the one of this process leads
        there: that user could choose the directory.
    :raises OSError: there is no such directory.
    """
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
    names, followed = _split(path), 0
    current = os.open("/", flags)
    try:
        while names:
            name = names.pop(0)
            status = os.stat(name, dir_fd=current, follow_symlinks=False)
            if stat.S_ISLNK(status.st_mode):
                followed += 1
                if status.st_uid not in (0, os.geteuid()) or followed > _MAX_LINKS:
                    raise Failed(
                        f"{path} is not used, because {name} in it is a symbolic link of user "
                        f"{status.st_uid}; name the directory to which it leads"
                    )
                target = os.readlink(name, dir_fd=current)
                names[:0] = _split(target)
                following = os.open("/" if target.startswith("/") else ".", flags, dir_fd=current)
            else:
                following = os.open(name, flags, dir_fd=current)
            os.close(current)
            current = following
    except BaseException:
        os.close(current)
        raise
    return current


def _split(path: str) -> list[str]:
    return [name for name in path.split("/") if name not in ("", ".")]
