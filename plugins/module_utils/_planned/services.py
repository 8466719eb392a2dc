# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Units of systemd in namespaces, with their files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._model.services import Service
from .._observe import kinds as observed
from .._plan.kinds import Planner, find_planner, find_removal_planner
from .listeners import observe_listeners

if TYPE_CHECKING:
    from types import ModuleType


@find_planner.register(Service)
def _plan_service(_wanted: Service) -> Planner:
    from .._plan.services import plan_service

    return plan_service


@find_removal_planner.register(Service)
def _plan_no_service(_unwanted: Service) -> Planner:
    from .._plan.services import plan_no_service

    return plan_no_service


observed.steps.observe_listeners = observe_listeners


def load_renderers() -> tuple[ModuleType, ...]:
    """See ``PlannedKind``."""
    from .._render import persistence, services

    return (persistence, services)
