# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The processes of topologies, for a module that starts none and has to tell whose they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._engine.processes import offer_processes

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType

    from .._host.netns_handles import Handles, NetnsHandles
    from .._model.current_state import CurrentState
    from .._model.owner_records import NetnsEvidence
    from .._model.processes import LabProcess
    from .._model.scope import Scope


def load_appliers() -> tuple[ModuleType, ...]:
    """See ``Kind``."""
    return ()


def load_renderers() -> tuple[ModuleType, ...]:
    """See ``Kind``."""
    return ()


class RecordedProcesses:
    """The processes on record, for one run."""

    def observe(
        self, host: NetnsEvidence, scope: Scope, handles: Handles, current: CurrentState
    ) -> None:
        """Read them if some are in a namespace that goes: systemd need not be asked for others."""
        if any(current.processes.values()):
            self.observe_all(host, scope, handles, current)

    def observe_all(
        self, host: NetnsEvidence, scope: Scope, handles: Handles, current: CurrentState
    ) -> None:
        """Read them."""
        from .._observe.processes import observe_lab_processes

        observe_lab_processes(host, scope, handles, current)

    def await_ready(self, handles: NetnsHandles, processes: Sequence[LabProcess]) -> None:
        """Return at once: none was started."""


offer_processes(RecordedProcesses)
