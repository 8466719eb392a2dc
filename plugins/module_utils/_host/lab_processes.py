# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Starts and ends the processes of topologies.

All of it is by the record of them, under the lock of the host. A process is ours if the record
names it and the kernel or systemd agrees: then alone it gets a signal.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from .._model.errors import Failed
from .._model.fast_replace import replace
from .._model.processes import END_PATIENCE, Environment
from .accounts import find_account
from .pids import Pids, await_end, end_running, end_session, list_session
from .process_log import measure_log
from .process_record import StartedProcess, read_processes, write_processes
from .process_states import name_state, observe_processes, read_child, read_units_of
from .program import Program
from .state_directory import remove_state_file
from .supervisor import start_supervisor
from .transient_units import end_unit, start_unit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .._model.owner_records import NetnsEvidence
    from .._model.processes import LabProcess
    from .netns_handles import NetnsHandle

_TOKEN_BYTES = 8
_END_PATIENCE_OF_SUPERVISOR = END_PATIENCE + 5.0


def ensure_process(host: NetnsEvidence, process: LabProcess, handle: NetnsHandle | None) -> None:
    """Start a process, unless it runs as it is to. What ran in its place is ended before.

    :param handle: its namespace; None for the host.
    :raises Failed: it was not started.
    """
    known = read_processes(host)
    started = known.get(process.key)
    if started is not None:
        evidence = {} if handle is None else {process.netns or "": handle.evidence}
        (current,) = observe_processes([started], read_units_of([started]), evidence)
        if current.runs_as(process):
            # What shows that it does its work may be another.
            recorded = started._replace(process=replace(started.process, ready=process.ready))
            write_processes(host, {**known, process.key: recorded})
            return
        end_process(host, process.key)
    _start_process(host, process, handle)


def _start_process(host: NetnsEvidence, process: LabProcess, handle: NetnsHandle | None) -> None:
    """Start a process, and put it on record before. If it is not started, it is not on record."""
    known = read_processes(host)
    process = replace(process, environment=process.environment or Environment())
    started = StartedProcess(
        process,
        os.urandom(_TOKEN_BYTES).hex(),
        None if handle is None else handle.evidence,
        measure_log(process.log),
    )
    write_processes(host, {**known, process.key: started})
    try:
        if process.unit is not None:
            start_unit(process, started.token)
        else:
            _start_supervised(host, known, started, handle)
    except BaseException:
        end_process(host, process.key)
        raise


def _start_supervised(
    host: NetnsEvidence,
    known: Mapping[tuple[Any, ...], StartedProcess],
    started: StartedProcess,
    handle: NetnsHandle | None,
) -> None:
    process = started.process

    def record(pids: Pids) -> None:
        write_processes(host, {**known, process.key: started._replace(pids=pids)})

    account = None if process.user is None else find_account(process.user)
    descriptor = None if handle is None else handle.descriptor
    program = Program(process, account, descriptor, name_state(started.token))
    start_supervisor(program, record)


def end_process(host: NetnsEvidence, key: tuple[Any, ...]) -> None:
    """End a process with all that it started, and take it off the record.

    :raises Failed: it has not ended. It stays on record.
    """
    known = read_processes(host)
    started = known.pop(key, None)
    if started is None:
        return
    if started.process.unit is not None:
        end_unit(started.process.unit, started.token)
    else:
        _end_supervised(started)
    write_processes(host, known)


def _end_supervised(started: StartedProcess) -> None:
    supervisor, guard = started.pids
    if not end_running(supervisor, _END_PATIENCE_OF_SUPERVISOR):
        raise Failed(f"its supervisor, process {supervisor.pid}, does not end")
    # The guard ends what a supervisor leaves that was killed.
    if not await_end(guard, END_PATIENCE):
        raise Failed(f"the guard of its supervisor, process {guard.pid}, does not end")
    # If both were killed, the kernel has ended the process, but not what that has started.
    child = read_child(started)
    if not end_session(child, END_PATIENCE):
        pids = ", ".join(str(left.pid) for left in list_session(child))
        raise Failed(f"processes that it has started do not end: {pids}")
    remove_state_file(name_state(started.token))
