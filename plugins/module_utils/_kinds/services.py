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

    from .._host.netns_handles import Handles
    from .._model.current_state import CurrentState
    from .._model.scope import Scope


@find_planner.register(Service)
def _plan_service(_wanted: Service) -> Planner:
    from .._plan.services import plan_service

    return plan_service


@find_removal_planner.register(Service)
def _plan_no_service(_unwanted: Service) -> Planner:
    from .._plan.services import plan_no_service

    return plan_no_service


def _observe_services(scope: Scope, handles: Handles, current: CurrentState) -> None:
    from .._observe.services import observe_services

    observe_services(dict(scope.services), handles, current)


observed.steps.observe_listeners = observe_listeners
observed.steps.observe_services = _observe_services


def load_appliers() -> tuple[ModuleType, ...]:
    """See ``Kind``."""
    from .._apply import persistence, services

    return (persistence, services)


def load_renderers() -> tuple[ModuleType, ...]:
    """See ``Kind``."""
    from .._render import persistence, services

    return (persistence, services)
