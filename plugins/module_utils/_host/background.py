# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A process that goes on when the task that started it ends, or is killed."""

from __future__ import annotations

import json
import os
import signal
import struct
import sys
from typing import Any, Callable

from .._model.errors import Failed, Killed
from .orphans import adopt_orphans, end_orphans
from .signals import SIGNALS

_LENGTH = struct.Struct("!Q")
_STDERR = 2
Report = Callable[[Any], None]
"""Hands the task its result, as JSON. The process may go on afterwards."""


def run_in_background(title: str, work: Callable[[Report], None]) -> Any:
    """Run a function in a process of its own, and return what it reports first.

    The process has a session of its own, so it survives the end of a login or of a task. It holds
    none of the task's standard streams, so no connection waits for it.

    :param title: what process listings show.
    :raises Failed: the process ended without a report.
    """
    reader, writer = os.pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    if os.fork() == 0:
        os.close(reader)
        _work(title, work, writer)
    os.close(writer)
    with open(reader, "rb") as file:
        content = file.read(_LENGTH.size)
        if len(content) == _LENGTH.size:
            (length,) = _LENGTH.unpack(content)
            content = file.read(length)
            if len(content) == length:
                return json.loads(content)
    raise Failed(
        "the process that changes this host was killed; the next task that may change something "
        "restores what is not of this collection"
    )


def continue_in_child(title: str) -> int:
    """Go on in a new process, which this one guards: it has the same in memory.

    The guard ends when the new process does. If that one is killed, the guard takes its place, and
    ends what that one had started.

    :param title: what process listings show of the new process.
    :returns: in the new process: a descriptor that becomes readable when the guard is gone.
    :raises Killed: in the guard: the new process was killed.
    """
    reader, writer = os.pipe()
    adopt_orphans()
    process = os.fork()
    if process == 0:
        os.close(writer)
        set_title(title)
        return reader
    os.close(reader)
    for number in SIGNALS:
        signal.signal(number, lambda received, _frame: os.kill(process, received))
    status = os.waitpid(process, 0)[1]
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)  # They must not interrupt what has to be done now.
    os.close(writer)
    if os.WIFEXITED(status):
        os._exit(os.WEXITSTATUS(status))
    end_orphans()
    name = signal.Signals(os.WTERMSIG(status)).name
    raise Killed(f"process {process}, which waited for the confirmation, was ended by {name}")


def _work(title: str, work: Callable[[Report], None], writer: int) -> None:
    """Be that process. It never returns."""
    status = 1
    try:
        os.setsid()
        release_streams()
        set_title(title)
        work(lambda result: _send(writer, result))
        status = 0
    finally:
        os._exit(status)


def _send(writer: int, result: Any) -> None:
    """Write a result to the pipe. If the task is gone, nobody reads it."""
    content = json.dumps(result).encode()
    try:
        with open(writer, "wb") as file:
            file.write(_LENGTH.pack(len(content)) + content)
    except BrokenPipeError:
        pass


def release_streams() -> None:
    """Have the standard streams lead nowhere, so that nobody waits for their end."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in range(_STDERR + 1):
        os.dup2(nowhere, stream)


def set_title(title: str) -> None:
    """Set what ps(1) shows as the command of this process, as far as its old one was long.

    The arguments are memory of the process, and proc(5) says where. Nothing fails for it.
    """
    try:
        with open("/proc/self/stat", encoding="utf-8", errors="replace") as file:
            fields = file.read().rpartition(")")[2].split()
        start, end = int(fields[45]), int(fields[46])
        text = title.encode()[: end - start - 1]
        with open("/proc/self/mem", "r+b", buffering=0) as memory:
            memory.seek(start)
            memory.write(text.ljust(end - start, b"\0"))
    except (OSError, ValueError, IndexError):
        pass
