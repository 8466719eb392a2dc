# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Starts a process, starts it again when it has ended, and ends it with all that it started.

This is for hosts that systemd does not manage. The supervisor is a process of its own, which goes
on when the task has ended. It stays in the network namespace of the host. What the process starts
becomes a child of the supervisor, at the latest when its own parent ends, so nothing is left. A
guard is the parent of the supervisor, and does the same if the supervisor is killed.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import signal
import time
from typing import TYPE_CHECKING, Callable

from .._model.errors import Failed
from .._model.processes import ALWAYS, END_PATIENCE, ON_FAILURE, RESTART_PAUSE
from .background import release_streams, set_title
from .orphans import adopt_orphans, end_orphans
from .pids import Pid, Pids, read_start_time
from .program import MAX_MESSAGE, Program, be_process
from .state_directory import replace_state_file

if TYPE_CHECKING:
    from typing import NoReturn

_AWAITED = frozenset({signal.SIGCHLD, signal.SIGTERM})
_CLEAN = (signal.SIGHUP, signal.SIGINT, signal.SIGTERM, signal.SIGPIPE)
"""Signals that are no failure, as systemd.service(5) says."""


def start_supervisor(program: Program, record: Callable[[Pids], None]) -> None:
    """Start a process under a supervisor.

    :param record: takes the supervisor and its guard, before the process is started.
    :raises Failed: the process could not be started. Nothing is left of it.
    """
    report, writer = os.pipe()
    permission, granter = os.pipe()
    middle = os.fork()
    if middle == 0:
        try:
            if os.fork() == 0:
                _be_guard(program, permission, writer)
        finally:
            os._exit(0)
    os.close(writer)
    os.close(permission)
    os.waitpid(middle, 0)
    with open(report, "rb") as answers, open(granter, "wb") as granting:
        found = [(int(word), read_start_time(int(word))) for word in answers.readline().split()]
        pids = [Pid(pid, start_time) for pid, start_time in found if start_time is not None]
        if len(pids) != 2:
            raise Failed("its supervisor has ended")
        record(Pids(*pids))
        granting.write(b"\n")
        granting.flush()
        message = answers.read().decode("utf-8", "replace")
    if message != "started":
        raise Failed(message or "its supervisor was killed")


def _be_guard(program: Program, permission: int, report: int) -> NoReturn:
    """Be the guard of the supervisor. It never returns."""
    try:
        gc.disable()  # No object of the task must close a descriptor that is another one now.
        os.setsid()
        os.chdir("/")
        adopt_orphans()
        for number in (signal.SIGINT, signal.SIGHUP, signal.SIGPIPE):
            signal.signal(number, signal.SIG_IGN)
        for number in _AWAITED:
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, _AWAITED)
        release_streams()
        _close_others({0, 1, 2, permission, report, program.netns})
        set_title(f"redblue-netns: {program.process.name} of topology {program.process.owner}")
        supervisor = os.fork()
        if not supervisor:
            _be_supervisor(program, permission, report)
        _close_others({0, 1, 2})
        os.waitpid(supervisor, 0)
        end_orphans()
    finally:
        os._exit(0)


def _be_supervisor(program: Program, permission: int, report: int) -> NoReturn:
    """Be the supervisor. It never returns."""
    try:
        adopt_orphans()
        os.write(report, b"%d %d\n" % (os.getpid(), os.getppid()))
        if os.read(permission, 1):
            os.close(permission)
            _Supervision(program).run(report)
    finally:
        os._exit(1)


def _close_others(needed: set[int | None]) -> None:
    for name in os.listdir("/proc/self/fd"):
        if int(name) not in needed:
            with contextlib.suppress(OSError):
                os.close(int(name))


class _Supervision:
    """A process that is supervised by this one."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._child = 0
        self._starts = 0
        self._is_to_end = False

    def run(self, report: int) -> None:
        """Supervise the process until it is not to run any more."""
        message = self._start()
        os.write(report, (message or "started").encode()[:MAX_MESSAGE])
        os.close(report)
        while not message or self._starts > 1:
            status = self._await_end() if not message else 127
            end_orphans()
            self._child = 0
            self._note(_describe_status(status))
            if self._is_to_end or not self._starts_again(status):
                return
            if signal.sigtimedwait({signal.SIGTERM}, RESTART_PAUSE) is not None:
                return
            message = self._start()

    def _starts_again(self, status: int) -> bool:
        restart = self._program.process.restart
        is_clean = status == 0 or -status in _CLEAN
        return restart == ALWAYS or (restart == ON_FAILURE and not is_clean)

    def _start(self) -> str:
        """Start the process; why it could not be started, or an empty text."""
        self._starts += 1
        reader, writer = os.pipe()
        supervisor = os.getpid()
        self._child = os.fork()
        if not self._child:
            be_process(self._program, supervisor, writer)
        os.close(writer)
        self._note("")
        with open(reader, "rb") as errors:
            message = errors.read().decode("utf-8", "replace")
        if message:
            os.waitpid(self._child, 0)
            self._child = 0
        return message

    def _note(self, status: str) -> None:
        """Tell other processes how it is."""
        start_time = read_start_time(self._child) if self._child else None
        state = {
            "child": None if start_time is None else [self._child, start_time],
            "starts": self._starts,
            "status": status,
        }
        with contextlib.suppress(OSError, Failed):
            replace_state_file(self._program.state_file, json.dumps(state).encode())

    def _await_end(self) -> int:
        """Wait until the process has ended, or is to end and was ended; its exit status."""
        while True:
            status = self._reap()
            if status is not None:
                return status
            if self._is_to_end:
                return self._end_child()
            self._is_to_end = signal.sigwaitinfo(_AWAITED).si_signo == signal.SIGTERM

    def _reap(self) -> int | None:
        """Take the exit statuses of children; that of the process if it is among them."""
        found = None
        with contextlib.suppress(ChildProcessError):
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if not pid:
                    break
                if pid == self._child:
                    found = os.waitstatus_to_exitcode(status)
        return found

    def _end_child(self) -> int:
        """End the process, which has the time for it that others have with systemd."""
        # It has not been waited for, so nothing else has its ID.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._child, signal.SIGTERM)
        deadline = time.monotonic() + END_PATIENCE
        while (left := deadline - time.monotonic()) > 0:
            status = self._reap()
            if status is not None:
                return status
            signal.sigtimedwait({signal.SIGCHLD}, left)
        os.kill(self._child, signal.SIGKILL)
        return os.waitstatus_to_exitcode(os.waitpid(self._child, 0)[1])


def _describe_status(status: int) -> str:
    if status >= 0:
        return f"exit status {status}"
    try:
        return f"signal {signal.Signals(-status).name}"
    except ValueError:
        return f"signal {-status}"
