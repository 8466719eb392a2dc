# Copyright: (c) 2026, redblue.netns contributors
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
from support.snapshot import compare, take_snapshot
from support.tasks import Raw, run

FAULTY_CALL = 100


RENUMBERED = re.compile(
    r" # handle \d+| port_(id|no) \S+"
)  # What an object of ours does not get back when it was removed and comes again.


def say(module: str, **raw: Any) -> str:
    """A task in a word, or what its failure says."""
    try:
        return "changed" if run(module, **raw)["changed"] else "nothing to do"
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def start(call: str, *around: str) -> subprocess.Popen[str]:
    """Start a process that evaluates a call of one of the functions of this module."""
    program = f"import sys; sys.path[:0] = {sys.path!r}; from support.faults import *; {call}"
    return subprocess.Popen(
        [*around, sys.executable, "-B", "-c", program], stdout=subprocess.PIPE, text=True
    )


def said(module: str, raws: list[Raw], *around: str) -> list[str]:
    """What a task says in a process of its own; several run at once."""
    return [
        process.communicate()[0].strip()
        for process in [start(f"print(say({module!r}, **{raw!r}))", *around) for raw in raws]
    ]


def strace(inject: str) -> list[str]:
    # Faster with a filter in the kernel, but that one loses signals.
    options = ["-f", "--seccomp-bpf"][: 1 if "signal" in inject else 2]
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
def instead(program: str, script: str, directory: Path) -> Iterator[None]:
    """A script in the place of a program, which goes on as that program if it does not end. Being first on PATH would not do: nobody asks PATH."""
    shutil.copy(program, directory / "real")
    (directory / "fake").write_text(
        f'#!/bin/sh\nreal={directory}/real\n{script}\nexec $real "$@"\n', encoding="ascii"
    )
    sh(f"chmod 755 {directory}/fake && mount --bind {directory}/fake {program}")
    try:
        yield
    finally:
        sh(f"umount {program}")


def _apart(fault: str, number: int, raw: Raw) -> str:
    """What a topology says in a process of its own, with a fault at that number."""
    if pid := os.fork():
        os.waitpid(pid, 0)
        return Path(f"/run/words.{pid}").read_text(encoding="utf-8")
    try:
        near, far = socket.socketpair()
        os.write(near.fileno(), bytes(FAULTY_CALL))
        with near, far:
            for _vain in range(FAULTY_CALL - number):
                # One strace does for all numbers: it counts the calls of each process, so vain ones bring the fault nearer.
                _done = (
                    near.send(b"-")
                    if fault == "sendto"
                    else far.recv(1)
                    if fault == "recvfrom"
                    else b""
                )
        if fault == "descriptors":
            resource.setrlimit(resource.RLIMIT_NOFILE, (number, number))
        Path(f"/run/words.{os.getpid()}").write_text(say("topology", **raw), encoding="utf-8")
    finally:
        os._exit(0)


def _look() -> dict[str, object]:
    return {
        place: sorted(RENUMBERED.sub("", line) for line in lines)
        if isinstance(lines, list)
        else lines
        for place, lines in take_snapshot().items()
    }


def hurt(fault: str, numbers: list[int], raw: Raw, first: Raw) -> None:
    """Do this to what stands first, again for each number with the fault there; print what was said and what is wrong then."""
    told, before = {}, None
    for number in numbers:
        if before is None:
            _apart("", 0, first)
            before = _look()
        words = _apart(fault, number, raw)
        wrong: Any = compare(before, _look()) if words != "changed" else _apart("", 0, raw)
        told[number] = (words, wrong)
        if wrong:
            # It converges whatever the fault left, and can be taken away.
            again = [
                _apart("", 0, {**raw, **more})
                for more in ({}, {}, {"state": "absent"}, {"state": "absent"})
            ]
            told[number] += (again[1::2] == ["nothing to do"] * 2 or again,)
            before = None
    print(json.dumps(told))
