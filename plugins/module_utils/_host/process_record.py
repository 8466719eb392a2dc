# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The record of the processes that topologies started on a host, for root alone.

It says with what each was started, and how it is recognized: by nothing that the process says of
itself. It ends with the boot, as the processes do.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from .._model.errors import Failed
from .._model.fast_typing import NamedTuple
from .._model.processes import Environment, LabProcess, Ready
from .machine import identify_host
from .owner_file import is_out_of_reach
from .pids import Pid, Pids
from .state_directory import (
    DAMAGE,
    STATE_DIRECTORY,
    UnsafeState,
    name_processes,
    read_state_file,
    remove_state_file,
    replace_state_file,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .._model.owner_records import NetnsEvidence


class StartedProcess(NamedTuple):
    """A process with what it is recognized by."""

    process: LabProcess
    """As it was started."""
    token: str
    """A random word. The unit has it in its description; files of the process are named by it."""
    netns: NetnsEvidence | None
    """What identifies the namespace in which it was started; None for the host."""
    log_start: int = 0
    """The size of its log before it was started."""
    pids: Pids = Pids()
    """What keeps it running, if that is not systemd and was not about to be started."""


def read_processes(host: NetnsEvidence) -> dict[tuple[Any, ...], StartedProcess]:
    """The processes on record by their keys; none if the record is of an earlier boot.

    :raises Failed: there is a record, and it cannot be used.
    """
    name = name_processes(host[1])
    try:
        content = read_state_file(name)
    except (UnsafeState, OSError) as error:
        if is_out_of_reach(error):
            return {}
        raise
    if content is None:
        return {}
    try:
        decoded = json.loads(content)
        if decoded["host"] != identify_host(host):
            return {}
        started = [_decode(entry) for entry in decoded["processes"]]
    except DAMAGE as error:
        path = os.path.join(STATE_DIRECTORY, name)
        raise Failed(
            f"{path}, the record of processes that topologies started, is damaged; end them, and "
            "remove it"
        ) from error
    return {each.process.key: each for each in started}


def write_processes(
    host: NetnsEvidence, processes: Mapping[tuple[Any, ...], StartedProcess]
) -> None:
    """Write the record; without processes there is none.

    :raises Failed: the directory is not root's alone.
    :raises OSError: it could not be written.
    """
    if not processes:
        remove_state_file(name_processes(host[1]))
        return
    content = {
        "host": identify_host(host),
        "processes": [_encode(started) for started in processes.values()],
    }
    replace_state_file(name_processes(host[1]), json.dumps(content, separators=(",", ":")).encode())


_RECORDED = (
    "owner",
    "name",
    "netns",
    "command",
    "user",
    "environment",
    "restart",
    "log",
    "unit",
    "serves",
)


def _encode(started: StartedProcess) -> dict[str, Any]:
    process = started.process
    return {
        "process": {name: getattr(process, name) for name in _RECORDED},
        "ready": process.ready,
        "started": started[1:],
    }


def _decode(entry: dict[str, Any]) -> StartedProcess:
    options = dict(entry["process"])
    process = LabProcess(
        **{
            **options,
            "command": tuple(options["command"]),
            "environment": Environment((name, value) for name, value in options["environment"]),
            "ready": None if entry["ready"] is None else Ready(*entry["ready"]),
        }
    )
    token, netns, log_start, pids = entry["started"]
    evidence = None if netns is None else (netns[0], netns[1], netns[2])
    return StartedProcess(process, token, evidence, log_start, Pids(*(Pid(*pid) for pid in pids)))
