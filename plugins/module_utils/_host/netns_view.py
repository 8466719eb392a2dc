# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a process sees in a namespace: its network, and its files in /etc/netns."""

from __future__ import annotations

import contextlib
import os

from .._model.netns_files import ETC_NETNS
from .netns import CLONE_NEWNET, call_libc

_CLONE_NEWNS = 0x20000
_MS_BIND, _MS_REC, _MS_SLAVE = 0x1000, 0x4000, 0x80000
"""linux/mount.h"""
_MNT_DETACH = 2


def list_netns_files(netns: str) -> list[tuple[str, str]]:
    """The files of a namespace, each with the file of the host in whose place it is seen."""
    directory = os.path.join(ETC_NETNS, netns)
    try:
        names = sorted(os.listdir(directory))
    except (FileNotFoundError, NotADirectoryError):
        return []
    pairs = [(os.path.join(directory, name), os.path.join("/etc", name)) for name in names]
    return [(own, over) for own, over in pairs if os.path.exists(over)]


def enter_view(descriptor: int, netns: str) -> None:
    """Move the calling process to a namespace, with the files of that as ``ip netns exec`` does.

    :param descriptor: the namespace.
    :param netns: its name.
    :raises OSError: the process must not go on.
    """
    call_libc("setns", descriptor, CLONE_NEWNET)
    call_libc("unshare", _CLONE_NEWNS)
    call_libc("mount", b"", b"/", b"none", _MS_REC | _MS_SLAVE, None)
    for own, over in list_netns_files(netns):
        # A symbolic link such as /etc/resolv.conf may lead to a file that is in use elsewhere.
        target = os.path.realpath(over)
        call_libc("mount", os.fsencode(own), os.fsencode(target), b"none", _MS_BIND, None)
    with contextlib.suppress(OSError):  # Where it is not permitted, /sys shows the host's links.
        call_libc("umount2", b"/sys", _MNT_DETACH)
        call_libc("mount", os.fsencode(netns), b"/sys", b"sysfs", 0, None)
