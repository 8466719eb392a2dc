# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Processes of a topology."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._engine.processes import offer_processes
from .._model.processes import LabProcess
from .._observe import kinds as observed
from .._plan.kinds import Planner, find_planner, find_removal_planner
from .listeners import observe_listeners
from .recorded_processes import RecordedProcesses

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType

    from .._host.netns_handles import Handles, NetnsHandles
    from .._model.current_state import CurrentState
    from .._model.owner_records import NetnsEvidence
    from .._model.scope import Scope


@find_planner.register(LabProcess)
def _plan_process(_wanted: LabProcess) -> Planner:
    from .._plan.processes import plan_process

    return plan_process


@find_removal_planner.register(LabProcess)
def _plan_no_process(_unwanted: LabProcess) -> Planner:
    from .._plan.processes import plan_no_process

    return plan_no_process


def load_appliers() -> tuple[ModuleType, ...]:
    """See ``Kind``."""
    from .._apply import processes

    return (processes,)


def load_renderers() -> tuple[ModuleType, ...]:
    """See ``Kind``."""
    from .._render import processes

    return (processes,)


class LabProcesses(RecordedProcesses):
    """The processes of topologies, for one run."""

    def observe(
        self, host: NetnsEvidence, scope: Scope, handles: Handles, current: CurrentState
    ) -> None:
        """See ``Processes``."""
        if scope.process_users:
            from .._observe.process_requirements import observe_process_requirements

            observe_process_requirements(scope, current)
        self.observe_all(host, scope, handles, current)

    def await_ready(self, handles: NetnsHandles, processes: Sequence[LabProcess]) -> None:
        """See ``Processes``."""
        from .._host.readiness import await_ready

        await_ready(handles, processes)


observed.steps.observe_listeners = observe_listeners
offer_processes(LabProcesses)
