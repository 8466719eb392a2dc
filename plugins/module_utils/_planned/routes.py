# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Routes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._model.routes import Route
from .._plan.kinds import Planner, find_planner, find_removal_planner

if TYPE_CHECKING:
    from types import ModuleType


@find_planner.register(Route)
def _plan_route(_wanted: Route) -> Planner:
    from .._plan.routes import plan_route

    return plan_route


@find_removal_planner.register(Route)
def _plan_no_route(_unwanted: Route) -> Planner:
    from .._plan.routes import plan_no_route

    return plan_no_route


def load_renderers() -> tuple[ModuleType, ...]:
    """See ``PlannedKind``."""
    from .._render import routes

    return (routes,)
