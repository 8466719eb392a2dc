# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The processes of topologies, for a module that carries them.

What starts and observes them is of no use to most modules. ``_kinds/processes.py`` offers it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Callable, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .._host.netns_handles import Handles, NetnsHandles
    from .._model.current_state import CurrentState
    from .._model.owner_records import NetnsEvidence
    from .._model.processes import LabProcess
    from .._model.scope import Scope


class Processes(Protocol):
    """The processes of a host, for one run."""

    def observe(
        self, host: NetnsEvidence, scope: Scope, handles: Handles, current: CurrentState
    ) -> None:
        """Read into the current state how the processes on record are."""

    def await_ready(self, handles: NetnsHandles, processes: Sequence[LabProcess]) -> None:
        """Wait until processes that were started do their work.

        :raises Failed: one does not.
        """


_offered: list[Callable[[], Processes]] = []


def offer_processes(open_processes: Callable[[], Processes]) -> None:
    """Note that this process carries the processes of topologies. The last to do so can do most."""
    _offered.append(open_processes)


def open_processes() -> Processes | None:
    """The processes of a run, or None if this process does not carry them."""
    return _offered[-1]() if _offered else None
