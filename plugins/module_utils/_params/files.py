# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads files that options name.

Reading a fifo could block for ever, a device could have no end or act on being opened, and a task
runs as root: what another user wrote into a file would be done with the rights of root.
"""

from __future__ import annotations

import os
import stat


class UnusableFileError(ValueError):
    """A file that is not read. The text is the rule that it breaks, without any of its content."""


def read_text_file(path: str, max_bytes: int, check_owner: bool = False) -> str:
    """The text of a regular file in UTF-8.

    :param check_owner: refuse a file that another user than root, this process and the user of
        sudo has written, or could write.
    :raises UnusableFileError: it is another kind of file, too large, another user's, or no text.
    :raises OSError: it cannot be opened or read.
    """
    # A device is opened only if it is replaced by one in this moment, and without effect then.
    _check(os.stat(path), max_bytes, check_owner)
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    with open(descriptor, "rb") as file:
        _check(os.fstat(descriptor), max_bytes, check_owner)
        content = file.read(max_bytes + 1)
    if len(content) > max_bytes:
        raise UnusableFileError(f"is larger than {max_bytes} bytes")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        raise UnusableFileError("is not text in UTF-8") from None


def _check(status: os.stat_result, max_bytes: int, check_owner: bool) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise UnusableFileError("is not a regular file")
    if status.st_size > max_bytes:
        raise UnusableFileError(f"is larger than {max_bytes} bytes")
    if not check_owner:
        return
    if status.st_uid not in _trusted_users():
        rule = "belongs to another user; it must belong to root, or to the user who runs the task"
        raise UnusableFileError(f"{rule} (its owner is user {status.st_uid})")
    if status.st_mode & stat.S_IWOTH:
        raise UnusableFileError("can be written by every user")


def _trusted_users() -> set[int]:
    """Root, the user of this process, and the one who became root by sudo."""
    sudo_user = os.environ.get("SUDO_UID", "")
    return {0, os.geteuid()} | ({int(sudo_user)} if sudo_user.isdecimal() else set())
