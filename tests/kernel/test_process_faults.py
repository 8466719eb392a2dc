# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Faults in a run that starts and ends processes, and in what keeps them running.

The call of a number fails, or kills its process, in each of these processes. INJECTIONS=1 tries
all, otherwise there are a few.
"""

from __future__ import annotations

import os
import re
import time
from collections import Counter
from pathlib import Path

import pytest

from support.injection_hosts import Task, run_task
from support.injections import run_in_child
from support.lab_processes import list_state, list_supervisors
from support.patience import await_equal
from support.private_host import private_host
from support.random_processes import find_drawn, list_drawn, processes_ended
from support.tasks import Raw

ERRORS = {
    "clone,clone3,vfork,fork": "EAGAIN",
    "execve": "ENOMEM",
    "mount": "ENOMEM",
    "pidfd_open": "EMFILE",
    "pidfd_send_signal": "EPERM",
    "pipe2": "EMFILE",
    "prctl": "EINVAL",
    "rename": "EIO",
    "setns": "ENOMEM",
    "setsid": "EPERM",
    "unlink,unlinkat": "EBUSY",
    "unshare": "ENOSPC",
    "write": "ENOSPC",
}
"""The system calls that fail, each with its error."""
_SLEEP, _OTHER = ["sleep", "100001"], ["sleep", "100002"]
_BARE: Raw = {"name": "lab", "isolate": False, "purge": True, "netns": [{"name": "red"}]}
_ONE: Raw = {"name": "one", "netns": "red", "command": _SLEEP, "restart": "always"}
_TWO: Raw = {"name": "two", "command": _SLEEP}
_STARTED: Raw = {**_BARE, "processes": [_ONE, _TWO]}
_CHANGED: Raw = {**_BARE, "processes": [{**_ONE, "command": _OTHER}, {**_TWO, "name": "three"}]}
SCENARIOS: dict[str, tuple[Raw, Raw]] = {
    "start": (_BARE, _STARTED),
    "start anew": (_STARTED, _CHANGED),
    "end": (_STARTED, _BARE),
}
STEP = 1 if "INJECTIONS" in os.environ else 23


def _trace(task: Task, names: str, *inject: str) -> tuple[str, int]:
    """The outcome, and how many of these calls the process made that made most of them."""
    trace = Path("/run/trace")
    outcome = run_in_child(task, ["-f", "-o", str(trace), "-e", f"trace={names}", *inject])
    lines = trace.read_text(encoding="utf-8", errors="replace")
    calls = Counter(re.findall(r"^(\d+) +\w+\(", lines, re.MULTILINE))
    return outcome, max(calls.values(), default=0)


def _list_faults(before: Raw, after: Raw) -> list[str]:
    faults = []
    for names, error in ERRORS.items():
        with private_host(), processes_ended():
            run_task(("topology", before))
            outcome, count = _trace(("topology", after), names)
            assert outcome == "changed"
        for number in range(1, count + 1):
            faults += [f"{names}:error={error}:when={number}", f"{names}:signal=KILL:when={number}"]
    return faults


def _await_what_dies() -> None:
    """Wait until no process is about to end: one may have been killed after the run was done."""
    seen: list[int] = []
    while (now := [*find_drawn(), *list_supervisors()]) != seen:
        seen = now
        time.sleep(0.2)


def _run_with_fault(before: Raw, after: Raw, fault: str, expected: list[str]) -> list[str]:
    """What is wrong after a run with a fault and the next one, and after the end of the lab.

    Such a run need not be undone whole: the fault meets the processes that undo it, too.
    """
    with private_host(), processes_ended():
        run_task(("topology", before))
        inject = ("-e", f"inject={fault}")
        outcome, _count = _trace(("topology", after), fault.split(":")[0], *inject)
        _await_what_dies()
        run_task(("topology", after))
        found = await_equal(list_drawn, expected)
        states = {
            "an error of Python": "Traceback" in outcome,
            f"it runs {found}": found != expected,
            "the run after the next one changes something": run_task(("topology", after)),
        }
        run_task(("topology", {"name": "lab", "state": "absent"}))
        left = [*list_drawn(), *map(str, list_supervisors()), *list_state()]
        states[f"left: {left}"] = bool(left)
        return [f"{fault}: {text} ({outcome})" for text, is_wrong in states.items() if is_wrong]


@pytest.mark.parametrize("name", SCENARIOS)
def test_after_a_fault_anywhere_the_next_run_converges(own_process: None, name: str) -> None:
    before, after = SCENARIOS[name]
    with private_host(), processes_ended():
        run_task(("topology", after))
        expected = list_drawn()
    faults = _list_faults(before, after)
    chosen = faults[len(name) % STEP :: STEP]
    wrong = [text for fault in chosen for text in _run_with_fault(before, after, fault, expected)]
    print(f"\n{name}: {len(chosen)} of {len(faults)} faults, {len(wrong)} wrong")
    assert not wrong, "\n".join(wrong)
