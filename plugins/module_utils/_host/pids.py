# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Processes by their IDs, which the kernel gives to others when a process has ended.

So a process is its ID and its start time, and is signalled by a descriptor that stays with it.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import time
from typing import TYPE_CHECKING

from .._model.fast_typing import NamedTuple
from .files import raise_shortage

if TYPE_CHECKING:
    from collections.abc import Iterable

_STATE, _PARENT, _SESSION, _START_TIME = 0, 1, 3, 19
"""Fields of /proc/PID/stat behind the command, see proc_pid_stat(5)."""
_POLL_PAUSE = 0.02


class Pid(NamedTuple):
    """A process."""

    pid: int = 0
    """0: none."""
    start_time: int = 0
    """Ticks since the boot."""


class Pids(NamedTuple):
    """What keeps a process running."""

    supervisor: Pid = Pid()
    guard: Pid = Pid()


def _read_stat(pid: int) -> list[str] | None:
    """The fields behind the command; None if there is no such process, or only its exit status."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            fields = file.read().rpartition(")")[2].split()
    except OSError as error:
        raise_shortage(error)
        return None
    return None if len(fields) <= _START_TIME or fields[_STATE] in "ZX" else fields


def read_start_time(pid: int) -> int | None:
    """When a process was started, in ticks since the boot; None if there is no such process."""
    fields = _read_stat(pid)
    return None if fields is None else int(fields[_START_TIME])


def read_parent(pid: int) -> int | None:
    """The parent of a process; None if there is no such process."""
    fields = _read_stat(pid)
    return None if fields is None else int(fields[_PARENT])


def is_asleep(pid: int) -> bool:
    """Whether a process waits for something, such as for input."""
    fields = _read_stat(pid)
    return fields is not None and fields[_STATE] == "S"


def is_running(process: Pid) -> bool:
    """Whether a process runs still."""
    return process.pid > 0 and read_start_time(process.pid) == process.start_time


def is_descendant(pid: int, ancestor: int) -> bool:
    """Whether a process is another one, or was started by it or by a descendant of it."""
    seen = set()
    current: int | None = pid
    while current and current not in seen:
        if current == ancestor:
            return True
        seen.add(current)
        current = read_parent(current)
    return False


def list_session(leader: Pid, pids: Iterable[int] | None = None) -> list[Pid]:
    """The processes of the session that a process has made; also those that it has left.

    No other process gets the ID of a session as long as one belongs to it.

    :param pids: the processes to look at; None for all.
    """
    if not leader.pid or read_start_time(leader.pid) not in (None, leader.start_time):
        return []
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")) if pids is None else pids:
        fields = _read_stat(int(pid))
        if fields is not None and int(fields[_SESSION]) == leader.pid:
            found.append(Pid(int(pid), int(fields[_START_TIME])))
    return [process for process in found if process.start_time >= leader.start_time]


def end_session(leader: Pid, patience: float) -> bool:
    """End the processes of a session as ``end_running`` does; whether they have ended."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        deadline = time.monotonic() + patience
        signalled: set[Pid] = set()
        while left := list_session(leader):
            for process in set(left) - signalled:
                _signal(process, number)
            signalled.update(left)
            if time.monotonic() > deadline:
                break
            time.sleep(_POLL_PAUSE)
    return not list_session(leader)


def _signal(process: Pid, number: int) -> None:
    descriptor = open_descriptor(process.pid)
    try:
        if is_running(process):
            _send(process, descriptor, number)
    finally:
        if descriptor is not None:
            os.close(descriptor)


def await_end(process: Pid, patience: float) -> bool:
    """Wait for the end of a process that gets no signal; whether it came in time."""
    deadline = time.monotonic() + patience
    while is_running(process):
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL_PAUSE)
    return True


def end_running(process: Pid, patience: float) -> bool:
    """Send SIGTERM to a process, and SIGKILL if it has not ended in time. Others get no signal.

    :returns: whether it has ended.
    """
    descriptor = open_descriptor(process.pid)
    try:
        # Only now: another process may have got the ID before the descriptor was opened.
        return not is_running(process) or any(
            _signal_and_wait(process, descriptor, number, patience)
            for number in (signal.SIGTERM, signal.SIGKILL)
        )
    finally:
        if descriptor is not None:
            os.close(descriptor)


def _signal_and_wait(process: Pid, descriptor: int | None, number: int, seconds: float) -> bool:
    _send(process, descriptor, number)
    if descriptor is None:
        return await_end(process, seconds)
    poller = select.poll()
    poller.register(descriptor, select.POLLIN)
    return bool(poller.poll(seconds * 1000))


def _send(process: Pid, descriptor: int | None, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        if descriptor is not None:
            signal.pidfd_send_signal(descriptor, number)
        elif is_running(process):
            os.kill(process.pid, number)


def open_descriptor(pid: int) -> int | None:
    """A descriptor of a process; None if it has ended, or if the kernel is older than Linux 5.3."""
    try:
        return os.pidfd_open(pid)
    except OSError as error:
        raise_shortage(error)
        return None
