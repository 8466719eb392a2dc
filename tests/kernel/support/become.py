# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The script of the become plugin."""

from __future__ import annotations

import subprocess

from ansible_collections.redblue.netns.plugins.plugin_utils._become.script import build_script

_WHERE = "readlink /proc/self/ns/net"


def become(netns: str) -> tuple[str, str]:
    """The network namespace in which a task would run, and the error message."""
    done = subprocess.run(
        ["sh", "-c", build_script(netns, "", _WHERE, [])],
        capture_output=True,
        text=True,
        check=False,
    )
    assert bool(done.returncode) is not bool(done.stdout)
    return done.stdout.strip(), done.stderr.strip()
