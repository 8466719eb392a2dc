# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Faults at the calls by which a run changes a host: errors and kills, one at a time."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import traceback
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from ansible_collections.redblue.netns.plugins.module_utils._model.errors import NetnsError

from support.failing_programs import PROGRAM_FAULTS, PROGRAMS, directory_of, replace_program
from support.injection_hosts import Scenario, Snapshot, Task, new_host, run_task, take_state
from support.shell import sh
from support.snapshot import differences

ERRORS = {
    "sendto": "ENOBUFS",
    "recvfrom": "ENOBUFS",
    "socket": "EMFILE",
    "openat": "EMFILE",
    "write": "ENOSPC",
    "setns": "ENOMEM",
    "mount": "ENOMEM",
    "umount2": "EBUSY",
    "unlink": "EBUSY",
    "unshare": "ENOSPC",
    "ioctl": "ENOMEM",
    "fchmod": "EIO",
    "rename": "EIO",
    "mkdir": "ENOSPC",
    "clone,clone3,vfork,fork": "EAGAIN",
}
"""The system calls that fail, each with its error."""
KILLS = ("sendto", "write", "setns", "mount", "umount2", "unlink", "unshare", "ioctl", "rename")
"""The system calls at which a run is killed: those that change something."""
_NO_CHANGE: Task = ("netns", {"name": "nothing", "state": "absent"})


class Fault(NamedTuple):
    """A fault at the call of that number, of a system call or a program."""

    kind: str
    target: str
    number: int

    @property
    def is_kill(self) -> bool:
        return self.kind == "kill" or self.kind.startswith("kills")


@dataclass
class Reference:
    """A scenario without a fault: states, and the faults that it can meet."""

    foreign: dict[str, frozenset[str]]
    """The lines of the state, by place, that neither the tasks before nor the change made."""
    before: Snapshot
    after: Snapshot
    faults: list[Fault]


def _lines(snapshot: Snapshot) -> dict[str, frozenset[str]]:
    found = {}
    for place, value in snapshot.items():
        if isinstance(value, dict):
            found[place] = frozenset(f"{key} = {text}" for key, text in value.items())
        elif isinstance(value, list):
            found[place] = frozenset(map(str, value))
    return found


def _find_outcome(task: Task) -> str:
    try:
        return "changed" if run_task(task) else "nothing to do"
    except (NetnsError, OSError) as error:
        return f"{type(error).__name__}: {error}"
    except BaseException:
        return traceback.format_exc()


def run_in_child(task: Task, around: list[str]) -> str:
    """The outcome of a task in a process of its own, under strace; "" if it was killed."""
    gate, gate_end = os.pipe()
    reader, writer = os.pipe()
    pid = os.fork()
    if not pid:
        try:
            os.read(gate, 1)
            text = _find_outcome(task)
            os.writev(writer, [text.encode()])  # Unlike os.write it never fails here.
        finally:
            os._exit(0)
    os.close(writer)
    strace = None
    if around:
        strace = subprocess.Popen(
            ["strace", "-p", str(pid), *around], stderr=subprocess.PIPE, text=True
        )
        assert strace.stderr is not None
        line = strace.stderr.readline()
        assert "attached" in line, line
    os.write(gate_end, b"x")
    with open(reader, encoding="utf-8") as file:
        outcome = file.read()
    os.waitpid(pid, 0)
    if strace is not None:
        strace.send_signal(signal.SIGTERM)
        strace.communicate()
    os.close(gate)
    os.close(gate_end)
    return outcome


def _count_calls(task: Task) -> Counter[str]:
    names = ",".join(ERRORS)
    trace = Path("/run/trace")
    outcome = run_in_child(task, ["-o", str(trace), "-e", f"trace={names}"])
    assert outcome == "changed", outcome
    return Counter(re.findall(r"^(\w+)\(", trace.read_text(errors="replace"), re.MULTILINE))


def _count_programs(task: Task) -> Counter[str]:
    for program in PROGRAMS:
        replace_program(program, -1, ":")
    try:
        assert run_task(task)
    finally:
        for program in PROGRAMS:
            sh(f"umount {program}")
    return Counter(
        {
            program: len((directory_of(program) / ".calls").read_text(encoding="ascii"))
            for program in PROGRAMS
        }
    )


def _build(scenario: Scenario) -> None:
    sh(scenario.others or ":")
    for task in scenario.first:
        run_task(task)


def _find_lost(
    before: dict[str, frozenset[str]], now: dict[str, frozenset[str]]
) -> dict[str, frozenset[str]]:
    """The lines that are missing now, by place."""
    lost = {place: lines - now.get(place, frozenset()) for place, lines in before.items()}
    return {place: lines for place, lines in lost.items() if lines}


def _differences(before: Snapshot, after: Snapshot) -> dict[str, list[str]]:
    """The differences, but for the comment of our table: it has one if it was written twice."""
    found = differences(before, after)
    host = [line for line in found.pop("host", []) if line != '+ \tcomment "redblue.netns"']
    return {**found, **({"host": host} if host else {})}


def examine(scenario: Scenario) -> Reference:
    """Run a scenario without a fault."""
    with new_host(scenario):
        sh(scenario.others or ":")
        base = take_state(scenario)
        for task in scenario.first:
            run_task(task)
        before = take_state(scenario)
        calls = _count_calls(scenario.second)
        after = take_state(scenario)
    with new_host(scenario):
        _build(scenario)
        programs = _count_programs(scenario.second)
    known = _lines(before)
    foreign = {
        place: lines & known.get(place, frozenset()) for place, lines in _lines(base).items()
    }
    return Reference(foreign, before, after, list(_list_faults(calls, programs)))


def _list_faults(calls: Counter[str], programs: Counter[str]) -> Iterator[Fault]:
    for names in ERRORS:
        for number in range(1, max(calls[name] for name in names.split(",")) + 1):
            yield Fault("error", names, number)
            if names in KILLS:
                yield Fault("kill", names, number)
    for program, count in programs.items():
        for number in range(1, count + 1):
            for kind in PROGRAM_FAULTS:
                yield Fault(kind, program, number)


def inject(scenario: Scenario, reference: Reference, fault: Fault) -> str:
    """Run a scenario with a fault.

    :returns: the outcome of the run with the fault; "" if it was killed.
    """
    with new_host(scenario):
        _build(scenario)
        outcome = run_with_fault(scenario.second, fault)
        where = (fault, outcome)
        assert "Traceback" not in outcome, where
        if fault.is_kill:
            run_task(_NO_CHANGE)
            now = take_state(scenario)
            if _differences(reference.after, now):  # Otherwise it was killed when it was done.
                lost = _find_lost(reference.foreign, _lines(now))
                assert lost == {}, (lost, *where)
        elif outcome not in ("changed", "nothing to do"):
            assert "could not be undone" not in outcome, where
            found = _differences(reference.before, take_state(scenario))
            assert found == {}, (found, *where)
        run_task(scenario.second)
        assert not run_task(scenario.second), where
        found = _differences(reference.after, take_state(scenario))
        assert found == {}, (found, *where)
        return outcome


def run_with_fault(task: Task, fault: Fault) -> str:
    """Run a task with a fault.

    :returns: its outcome; "" if it was killed.
    """
    if fault.kind in PROGRAM_FAULTS:
        replace_program(fault.target, fault.number, PROGRAM_FAULTS[fault.kind])
        try:
            return run_in_child(task, [])
        finally:
            sh(f"umount --lazy {fault.target}")
    what = f"error={ERRORS[fault.target]}" if fault.kind == "error" else "signal=KILL"
    around = [
        *("-o", "/dev/null", "-e", f"trace={fault.target}"),
        *("-e", f"inject={fault.target}:{what}:when={fault.number}"),
    ]
    return run_in_child(task, around)
