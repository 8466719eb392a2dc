# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Waits until processes do their work."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from .._describe.places import describe_location
from .._model.errors import Failed
from .._model.processes import ENDED, ORPHANED
from .._model.secrets import HIDDEN
from .listeners import read_listeners
from .netns import inside_netns
from .process_log import read_end_of_log, read_log
from .process_record import read_processes
from .process_states import observe_processes, read_units_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .._model.processes import LabProcess, Ready
    from .netns_handles import NetnsHandles
    from .process_record import StartedProcess

_PAUSE = 0.05
_SHORTEST_SECRET = 4
"""Letters of a value that is not shown in a log. A shorter one would be found everywhere."""


def await_ready(handles: NetnsHandles, processes: Sequence[LabProcess]) -> None:
    """Wait until processes that were started do their work.

    :raises Failed: one has ended, or was not ready in time. The message has the end of its log.
    """
    host = handles.get(None).evidence
    begin = time.monotonic()
    known = read_processes(host)  # This run holds the lock: nobody else changes the record.
    pending = [known[process.key] for process in processes if process.key in known]
    while True:
        # This comes first: a listener may be that of another process, which keeps ours from it.
        observed = zip(pending, observe_processes(pending, read_units_of(pending), {}))
        pending = [each for each, now in observed if not _is_ready(each, now, handles, begin)]
        if not pending:
            return
        time.sleep(_PAUSE)


def _is_ready(
    started: StartedProcess, now: LabProcess, handles: NetnsHandles, begin: float
) -> bool:
    ready = started.process.ready
    if now.state in (ENDED, ORPHANED):
        raise Failed(_explain(started, f"has ended ({now.status})"))
    if ready is None or _does_work(started, ready, handles):
        return True
    if time.monotonic() - begin > ready.timeout:
        lack = (
            f"nothing listens on {ready.protocol} port {ready.port}"
            if ready.port is not None
            else f"its log does not have {ready.output!r}"
        )
        ending = f", and it has ended {now.restarts} times" if now.restarts else ""
        raise Failed(_explain(started, f"is not ready after {ready.timeout} s: {lack}{ending}"))
    return False


def _does_work(started: StartedProcess, ready: Ready, handles: NetnsHandles) -> bool:
    process = started.process
    if ready.port is None:
        return (ready.output or "") in read_log(process.log or "", started.log_start)
    with inside_netns(handles.get(process.netns).descriptor):
        listeners = read_listeners()
    return any(
        (found.protocol, found.port) == (ready.protocol, ready.port)
        and ready.address in (None, found.address)
        for found in listeners
    )


def _explain(started: StartedProcess, fault: str) -> str:
    process = started.process
    message = f"process {process.name} {describe_location(process.netns)} {fault}"
    if process.log is None:
        where = f"journalctl -u {process.unit} shows" if process.unit else "set log to see"
        return f"{message}; {where} what it wrote"
    text = read_end_of_log(process.log, started.log_start)
    for _name, value in process.environment or ():
        for line in value.splitlines():
            if len(line) >= _SHORTEST_SECRET:
                text = text.replace(line, HIDDEN)
    return (
        f"{message}. The end of {process.log}: {text}" if text else f"{message}; its log is empty"
    )
