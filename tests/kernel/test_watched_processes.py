# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A process that waits for the ends of others, and whose children look at the host."""

from __future__ import annotations

import select
import subprocess

from ansible_collections.redblue.netns.plugins.module_utils._host.child import Child
from ansible_collections.redblue.netns.plugins.module_utils._host.pids import Pid, read_start_time
from ansible_collections.redblue.netns.plugins.module_utils._host.watched_processes import (
    WatchedProcesses,
)

from support.patience import patience


def test_children_that_close_what_they_inherit_leave_it_as_it_is() -> None:
    watched = WatchedProcesses()
    with subprocess.Popen(["sleep", "600"]) as process:
        try:
            pid = Pid(process.pid, read_start_time(process.pid) or 0)
            watched.begin([pid])
            for number in range(3):
                child = Child(watched.close)
                assert child.read() is False and child.end()[0] is None, number
            assert not select.select([watched.fileno()], [], [], 0)[0]
        finally:
            process.kill()
    assert select.select([watched.fileno()], [], [], patience(10))[0]
    watched.close()
