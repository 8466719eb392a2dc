# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The directory of names of network namespaces, and names that are no namespace."""

from __future__ import annotations

import os
import stat

from .._model.netns import HOST_NETNS, SYMBOLIC_LINK
from .._model.text import escape_name
from .netns import NETNS_DIRECTORY, file_identity, identify_netns, path_of

UNFINISHED_BIT = stat.S_ISVTX
"""A bit in the mode of a name's file that only we set.

It is visible only where no namespace is mounted on the file. No other task of ours runs under the
lock of this host, so such a file was left by a task that was killed."""

ATTACHED_BIT = stat.S_IXUSR
"""A second bit, if the name was given to a namespace that this collection did not create. Our units
may not create files with the bits of setuid and setgid (RestrictSUIDSGID=)."""

_FILE_TYPES = {
    stat.S_IFDIR: "a directory",
    stat.S_IFLNK: "a symbolic link",
    stat.S_IFIFO: "a fifo",
    stat.S_IFSOCK: "a socket",
}


def explain_unusable(name: str) -> str | None:
    """What a name is that is no namespace of its own; None if there is no such file.

    ``stale`` is an empty file on which nothing is mounted. Anything else is text for a message.
    """
    try:
        status = os.lstat(path_of(name))
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(status.st_mode):
        return _FILE_TYPES.get(stat.S_IFMT(status.st_mode), "a device")
    if file_identity(status) == identify_netns(None):
        return HOST_NETNS
    if status.st_size:
        return "a file with content"
    pid = _find_foreign_mount(name)
    if pid is None:
        return "stale"
    return f"a namespace only for process {pid}, which mounted it in a mount namespace of its own"


def _escape_mount(character: str) -> str:
    """A character of a path as mountinfo has it (show_mountinfo in fs/proc_namespace.c)."""
    return f"\\{ord(character):03o}" if character in " \t\n\\" else character


def _find_foreign_mount(name: str) -> int | None:
    """The id of a process in whose mount namespace something is mounted on that name."""
    path = "".join(map(_escape_mount, path_of(name)))
    targets = (path, "/var" + path)
    seen = set()
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            mount_namespace = os.stat(f"/proc/{entry}/ns/mnt").st_ino
            if mount_namespace in seen:
                continue
            seen.add(mount_namespace)
            with open(
                f"/proc/{entry}/mountinfo", encoding="utf-8", errors="surrogateescape", newline="\n"
            ) as lines:
                if any(line.split(" ")[4] in targets for line in lines):
                    return int(entry)
        except OSError:
            continue
    return None


def is_unfinished(name: str) -> bool:
    """Whether a stale name was left by a task of ours that was killed."""
    try:
        return bool(os.lstat(path_of(name)).st_mode & UNFINISHED_BIT)
    except FileNotFoundError:
        return False


def find_own_names(is_created: bool = False) -> frozenset[str]:
    """The names that this collection gave, as it has marked their files.

    They are seen in a copy of the directory's mount on which no namespaces are mounted. Only root
    of the host can create such a file. Empty before Linux 5.2, which has no open_tree(2).

    :param is_created: only those of namespaces that it created.
    """
    from .uncovered_directory import open_uncovered  # which few tasks need

    directory = open_uncovered(NETNS_DIRECTORY)
    if directory is None:
        return frozenset()
    found = []
    try:
        for name in os.listdir(directory):
            status = os.stat(name, dir_fd=directory, follow_symlinks=False)
            if not stat.S_ISREG(status.st_mode) or not status.st_mode & UNFINISHED_BIT:
                continue
            if not (is_created and status.st_mode & ATTACHED_BIT):
                found.append(escape_name(name))
    finally:
        os.close(directory)
    return frozenset(found)


def explain_unsafe_directory() -> str | None:
    """Why users other than root can change which namespace a name leads to; None if they cannot.

    They can unlink even a name on which a namespace is mounted: in a mount namespace of their own
    nothing is mounted on it (rename(2), since Linux 3.18).
    """
    try:
        status = os.lstat(NETNS_DIRECTORY)
    except FileNotFoundError:
        return None
    if stat.S_ISLNK(status.st_mode):
        return SYMBOLIC_LINK
    if status.st_uid != os.geteuid():
        return f"belongs to user {status.st_uid}"
    mode = stat.S_IMODE(status.st_mode)
    return f"is writable by other users (mode {mode:04o})" if mode & 0o022 else None


def is_private_mount_ns() -> bool:
    """Whether a namespace created here would be visible to this process only.

    So it is in a mount namespace that follows the host's, such as ``ip netns exec`` creates.
    """
    try:
        if os.stat("/proc/1/ns/mnt").st_ino == os.stat("/proc/self/ns/mnt").st_ino:
            return False
        with open("/proc/self/mountinfo", encoding="utf-8", errors="replace") as lines:
            mounts = [line for line in lines if line.split(" ", 5)[4] == NETNS_DIRECTORY]
    except OSError:
        return False
    if not mounts:
        return False
    # proc_pid_mountinfo(5): optional fields are behind the sixth, up to a hyphen.
    optional_fields = mounts[-1].split(" - ")[0].split(" ")[6:]
    return any(field.startswith("master:") for field in optional_fields)


def is_netns_dir_readonly() -> bool:
    """Whether no name can be added or removed, such as on a read-only mount."""
    return os.path.isdir(NETNS_DIRECTORY) and not os.access(NETNS_DIRECTORY, os.W_OK)
