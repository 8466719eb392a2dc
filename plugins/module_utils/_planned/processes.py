# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Processes of a topology."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._model.processes import LabProcess
from .._observe import kinds as observed
from .._plan.kinds import Planner, find_planner, find_removal_planner
from .listeners import observe_listeners

if TYPE_CHECKING:
    from types import ModuleType


@find_planner.register(LabProcess)
def _plan_process(_wanted: LabProcess) -> Planner:
    from .._plan.processes import plan_process

    return plan_process


@find_removal_planner.register(LabProcess)
def _plan_no_process(_unwanted: LabProcess) -> Planner:
    from .._plan.processes import plan_no_process

    return plan_no_process


def load_renderers() -> tuple[ModuleType, ...]:
    """See ``PlannedKind``."""
    from .._render import processes

    return (processes,)


observed.steps.observe_listeners = observe_listeners
