# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Applies changes of processes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._host.lab_processes import end_process, ensure_process
from .._model.processes import ENDED, LabProcess
from . import dispatch

if TYPE_CHECKING:
    from .._model.current_state import CurrentState
    from .dispatch import LocalHost


@dispatch.apply_locally.register(LabProcess)
def _apply_locally(
    process: LabProcess, before: LabProcess | None, after: LabProcess | None, host: LocalHost
) -> None:
    evidence = host.handles.get(None).evidence
    if after is None or after.state == ENDED:
        end_process(evidence, process.key)
    else:
        netns = None if after.netns is None else host.handles.get(after.netns)
        ensure_process(evidence, after, netns)


@dispatch.find_state.register(LabProcess)
def _find_state(process: LabProcess, current: CurrentState) -> object:
    return current.lab_processes.get(process.key)


dispatch.list_namespaces.register(LabProcess, dispatch.list_own_namespace)
dispatch.invert.register(LabProcess, dispatch.swap)
