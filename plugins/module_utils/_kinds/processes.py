# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Processes of a topology."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._engine.processes import offer_processes
from .._planned.processes import load_renderers
from .recorded_processes import RecordedProcesses

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType

    from .._host.netns_handles import Handles, NetnsHandles
    from .._model.current_state import CurrentState
    from .._model.owner_records import NetnsEvidence
    from .._model.processes import LabProcess
    from .._model.scope import Scope

__all__ = ["load_appliers", "load_renderers"]


def load_appliers() -> tuple[ModuleType, ...]:
    """See ``Kind``."""
    from .._apply import processes

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


offer_processes(LabProcesses)
