# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tasks in processes of their own, with system calls that fail and programs that are replaced."""

from __future__ import annotations

import json
import os
import re
import resource
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from support.shell import sh
from support.snapshot import differences, take_snapshot
from support.tasks import Raw, run

FAULTY_CALL = 100


UNSTABLE_NUMBERS = re.compile(
    r" # handle \d+| port_(id|no) \S+"
)  # Numbers of objects that differ when an object is deleted and added again.


def outcome(module: str, **raw: Any) -> str:
    """Run a task; return "changed", "nothing to do" or its error message."""
    try:
        return "changed" if run(module, **raw)["changed"] else "nothing to do"
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def start_process(call: str, *around: str) -> subprocess.Popen[str]:
    """Start a process that evaluates a call of one of the functions of this module."""
    program = f"import sys; sys.path[:0] = {sys.path!r}; from support.faults import *; {call}"
    return subprocess.Popen(
        [*around, sys.executable, "-B", "-c", program], stdout=subprocess.PIPE, text=True
    )


def outcomes_of_processes(module: str, raws: list[Raw], *around: str) -> list[str]:
    """Run each task in a process of its own, all at once; return their outcomes."""
    return [
        process.communicate()[0].strip()
        for process in [
            start_process(f"print(outcome({module!r}, **{raw!r}))", *around) for raw in raws
        ]
    ]


def strace_injecting(inject: str, with_children: bool = True) -> list[str]:
    # A seccomp filter makes strace faster, but strace loses signals with it.
    options = ["-f", "--seccomp-bpf"][: 1 if "signal" in inject else 2] if with_children else []
    return [
        "strace",
        *options,
        "-o",
        "/dev/null",
        "-e",
        f"trace={inject.split(':')[0]}",
        "-e",
        f"inject={inject}",
    ]


@contextmanager
def replaced_program(program: str, script: str, directory: Path) -> Iterator[None]:
    """Run a script in place of a program; unless it exits, it goes on as that program.

    A directory in PATH would not do: this collection does not read PATH.
    """
    shutil.copy(program, directory / "real")
    (directory / "fake").write_text(
        f'#!/bin/sh\nreal={directory}/real\n{script}\nexec $real "$@"\n', encoding="ascii"
    )
    sh(f"chmod 755 {directory}/fake && mount --bind {directory}/fake {program}")
    try:
        yield
    finally:
        sh(f"umount {program}")


def outcome_with_fault(fault: str, number: int, raw: Raw) -> str:
    """Run a topology in a child process, with a fault at the call of that number."""
    if pid := os.fork():
        os.waitpid(pid, 0)
        return Path(f"/run/words.{pid}").read_text(encoding="utf-8")
    try:
        near, far = socket.socketpair()
        os.write(near.fileno(), bytes(FAULTY_CALL))
        with near, far:
            for _vain in range(FAULTY_CALL - number):
                # One strace serves all numbers. It counts the calls of each process, so that calls
                # without effect before the task bring the fault nearer.
                _done = (
                    near.send(b"-")
                    if fault == "sendto"
                    else far.recv(1)
                    if fault == "recvfrom"
                    else b""
                )
        if fault == "descriptors":
            resource.setrlimit(resource.RLIMIT_NOFILE, (number, number))
        Path(f"/run/words.{os.getpid()}").write_text(outcome("topology", **raw), encoding="utf-8")
    finally:
        os._exit(0)


def stable_snapshot() -> dict[str, object]:
    return without_unstable_numbers(take_snapshot())


def without_unstable_numbers(snapshot: dict[str, object]) -> dict[str, object]:
    """A snapshot without the numbers that the kernel gives anew to what is made again."""
    return {
        place: sorted(UNSTABLE_NUMBERS.sub("", line) for line in lines)
        if isinstance(lines, list)
        else lines
        for place, lines in snapshot.items()
    }


def report_faults(fault: str, numbers: list[int], raw: Raw, first: Raw) -> None:
    """Run a topology with the fault at each number; print outcomes and differences as JSON.

    Before each run the host has the topology ``first``. After a run that failed the host must be as
    before; if it is not, the report says whether the next run converges.
    """
    report: dict[int, tuple[Any, ...]] = {}
    before = None
    for number in numbers:
        if before is None:
            outcome_with_fault("", 0, first)
            before = stable_snapshot()
        message = outcome_with_fault(fault, number, raw)
        wrong: Any = (
            differences(before, stable_snapshot())
            if message != "changed"
            else outcome_with_fault("", 0, raw)
        )
        report[number] = (message, wrong)
        if wrong:
            # The next run converges whatever the fault left, and the topology can be removed.
            again = [
                outcome_with_fault("", 0, {**raw, **more})
                for more in ({}, {}, {"state": "absent"}, {"state": "absent"})
            ]
            report[number] += (again[1::2] == ["nothing to do"] * 2 or again,)
            before = None
    print(json.dumps(report))
