# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A run that attaches a process, or lets go of it, is killed at a system call, or that fails.

INJECTIONS=1 tries more of the calls.
"""

from __future__ import annotations

import os
from functools import partial

import pytest

from support.attached import describe_inside, lab_with, list_names, process_with_netns
from support.faults import stable_snapshot
from support.kill import kill_at
from support.private_host import private_host
from support.snapshot import differences
from support.tasks import LAB_ABSENT, run

CALLS = {
    "mount": (4, 1),
    "umount2": (4, 1),
    "unlink": (5, 1),
    "setns": (16, 5),
    "sendto": (150, 29),
}
"""How many of each call are tried, and every which of them."""
STRIDE = 1 if "INJECTIONS" in os.environ else 2
FAULTS = {"is killed": "signal=KILL", "fails": "error=ENOMEM"}


@pytest.mark.parametrize("state", ["present", "absent"])
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("call", CALLS)
def test_a_fault(own_process: None, call: str, fault: str, state: str) -> None:
    count, step = CALLS[call]
    for number in range(1, count + 1, step * STRIDE):
        with private_host(), process_with_netns() as process:
            empty, inside = stable_snapshot(), describe_inside(process.pid)
            lab = lab_with({"pid": process.pid})
            if state == "absent":
                run("topology", **lab)
            before, before_inside = stable_snapshot(), describe_inside(process.pid)
            task = lab if state == "present" else LAB_ABSENT
            work = partial(run, "topology", **task)
            is_struck = kill_at(call, number, work, FAULTS[fault])
            if is_struck and fault == "fails":
                assert not differences(before, stable_snapshot())
                assert describe_inside(process.pid) == before_inside
            run("topology", **lab)
            assert not run("topology", **lab)["changed"]
            assert list_names() == ["blue", "red", "web"]
            run("topology", **LAB_ABSENT)
            assert describe_inside(process.pid) == inside
            assert not differences(empty, stable_snapshot())
