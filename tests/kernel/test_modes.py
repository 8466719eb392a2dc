# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The modes of what is created, and a directory of namespaces that others can change."""

from __future__ import annotations

import os

import pytest

from support.faults import outcomes_of_processes
from support.shell import sh

_MODES = """\
755 directory /etc/netns
755 directory /etc/netns/red
644 regular file /etc/netns/red/resolv.conf
755 directory /run/netns
"""


@pytest.mark.parametrize("umask", ["000", "022", "077", "777"])
def test_modes_do_not_depend_on_the_umask(host: None, umask: str) -> None:
    sh("umount /run/netns /etc/netns; rm -rf /run/netns /etc/netns")
    try:
        red = {"name": "red", "nameservers": ["192.0.2.53"]}
        around = ("sh", "-c", f'umask {umask}; exec "$@"', "sh")
        assert outcomes_of_processes("netns", [red], *around) == ["changed"]
        paths = "/etc/netns /etc/netns/red /etc/netns/red/resolv.conf /run/netns"
        assert sh(f"stat -c '%a %F %n' {paths}") == _MODES
        sh("umount /run/netns/red")  # The file below the namespace.
        assert sh("stat -c %A /run/netns/red") == "-r--r--r-T\n"
    finally:
        sh(
            "umount /run/netns || :; rm -rf /run/netns/* /etc/netns; "
            "mkdir -p /run/netns /etc/netns; touch /etc/netns/.not-empty; "
            "mount -t tmpfs -o mode=755 tmpfs /run/netns; "
            "mount -t tmpfs -o mode=755 tmpfs /etc/netns"
        )
    assert os.listdir("/run/netns") == []
