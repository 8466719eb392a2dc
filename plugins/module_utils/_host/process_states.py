# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How the processes are that topologies started. Changes nothing."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

from .._model.fast_replace import replace
from .._model.processes import ENDED, ORPHANED, RESTARTING, RUNNING, STRANDED
from .pids import Pid, is_descendant, is_running, list_session
from .state_directory import read_state_file
from .transient_unit_states import read_units

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from .._model.owner_records import NetnsEvidence
    from .._model.processes import LabProcess
    from .process_record import StartedProcess
    from .transient_unit_states import Unit

    Units = Mapping[str, Unit]

_ACTIVE = ("active", "reloading", "deactivating")
Evidence = dict[str, "NetnsEvidence"]
"""What identifies the namespaces that were observed, by name."""


def name_state(token: str) -> str:
    """The file in the directory of states that tells how a process is."""
    return f"process-{token}"


def _read_state(token: str) -> dict[str, Any]:
    """What the supervisor has told; nothing if it has not."""
    try:
        content = read_state_file(name_state(token))
        state = json.loads(content) if content is not None else {}
    except (OSError, ValueError):
        return {}
    return state if isinstance(state, dict) else {}


def _find_child(state: Mapping[str, Any]) -> Pid:
    """The process that a supervisor has started last; none while it waits to do so."""
    child = state.get("child")
    return Pid() if child is None else Pid(*child)


def read_child(started: StartedProcess) -> Pid:
    """The process that the supervisor of another one has started last."""
    return _find_child(_read_state(started.token))


def read_units_of(started: Iterable[StartedProcess]) -> Units:
    """The units of the processes on record that systemd runs.

    :raises Failed: systemd does not answer.
    """
    return read_units(each.process.unit for each in started if each.process.unit)


def observe_processes(
    started: Iterable[StartedProcess],
    units: Units,
    evidence: Evidence,
    missing: Collection[str | None] = (),
) -> list[LabProcess]:
    """The processes on record as they are now.

    :param units: what systemd says of their units.
    :param evidence: what identifies the observed namespaces. Of others nothing is known.
    :param missing: the names of namespaces that do not exist.
    """
    return [_mark_stranded(_observe(each, units), each, evidence, missing) for each in started]


def _observe(started: StartedProcess, units: Units) -> LabProcess:
    if started.process.unit is not None:
        return _observe_unit(started, units.get(started.process.unit))
    state = _read_state(started.token)
    supervisor = started.pids.supervisor
    child = _find_child(state)
    if not is_running(supervisor):
        status = str(state.get("status") or "its supervisor was killed")
        if list_session(child):
            return replace(started.process, state=ORPHANED, pid=child.pid, status=status)
        return replace(started.process, state=ENDED, status=status)
    is_up = is_running(child)
    return replace(
        started.process,
        state=RUNNING if is_up else RESTARTING,
        pid=supervisor.pid,
        restarts=int(state.get("starts", 1)) - 1,
        status=str(state.get("status", "")),
    )


def _observe_unit(started: StartedProcess, unit: Unit | None) -> LabProcess:
    if unit is None or started.token not in unit.description:
        return replace(started.process, state=ENDED, status="systemd has forgotten its unit")
    status = f"result {unit.result}, exit status {unit.status}"
    if unit.state in _ACTIVE:
        pid = unit.main_pid or None
        return replace(started.process, state=RUNNING, pid=pid, restarts=unit.restarts)
    state = RESTARTING if unit.state == "activating" else ENDED
    return replace(started.process, state=state, restarts=unit.restarts, status=status)


def _mark_stranded(
    process: LabProcess,
    started: StartedProcess,
    evidence: Evidence,
    missing: Collection[str | None],
) -> LabProcess:
    if process.state == ENDED or process.netns is None:
        return process
    is_known = process.netns in evidence or process.netns in missing
    is_stranded = is_known and evidence.get(process.netns) != started.netns
    return replace(process, state=STRANDED) if is_stranded else process


def find_own_pids(
    started: Iterable[StartedProcess], units: Units, pids: Sequence[int]
) -> dict[int, tuple[Any, ...]]:
    """Which processes belong to processes on record, with the keys of these."""
    found: dict[int, tuple[Any, ...]] = {}
    for each in started:
        if each.process.unit is None:
            left = {process.pid for process in list_session(read_child(each), pids)}
            is_part = partial(_is_supervised, each, left)
        else:
            is_part = partial(_is_in_unit, units.get(each.process.unit), each.token)
        found.update((pid, each.process.key) for pid in pids if is_part(pid))
    return found


def _is_supervised(started: StartedProcess, left: Collection[int], pid: int) -> bool:
    return pid in left or any(
        is_running(known) and is_descendant(pid, known.pid) for known in started.pids
    )


def _is_in_unit(unit: Unit | None, token: str, pid: int) -> bool:
    if unit is None or token not in unit.description or not unit.cgroup:
        return False
    try:
        with open(f"/proc/{pid}/cgroup", encoding="utf-8", errors="replace") as file:
            paths = [line.rstrip("\n").split(":", 2)[-1] for line in file]
    except OSError:
        return False
    return any(path == unit.cgroup or path.startswith(unit.cgroup + "/") for path in paths)
