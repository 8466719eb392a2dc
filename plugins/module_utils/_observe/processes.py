# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads how the processes are that topologies started."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._host.state_directory import has_processes

if TYPE_CHECKING:
    from .._host.netns_handles import Handles
    from .._model.current_state import CurrentState
    from .._model.owner_records import NetnsEvidence
    from .._model.scope import Scope


def observe_lab_processes(
    host: NetnsEvidence, scope: Scope, handles: Handles, current: CurrentState
) -> None:
    """Read the processes on record, and which of the observed processes are theirs."""
    if not has_processes(host):
        return
    from .._host.process_record import read_processes
    from .._host.process_states import find_own_pids, observe_processes, read_units_of

    started = read_processes(host).values()
    units = read_units_of(started)
    evidence = {name: handle.evidence for name, handle in handles.items() if name is not None}
    # One that was looked for and not found does not exist any more.
    missing = (scope.namespaces - evidence.keys()) - {None}
    found = observe_processes(started, units, evidence, missing)
    current.lab_processes = {process.key: process for process in found}
    pids = [process.pid for each in current.processes.values() for process in each]
    current.own_pids = find_own_pids(started, units, pids) if pids else {}
