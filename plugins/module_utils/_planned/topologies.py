# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What only topologies have: orphans, files, probes, and sysctls of the links that they create."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .._plan.kinds import steps

if TYPE_CHECKING:
    from types import ModuleType

    from .._model.current_state import CurrentState
    from .._model.desired_state import DesiredState
    from .._model.links import Link
    from .._plan.kinds import Unwanted
    from .._plan.projection import Projection


def _list_unwanted(desired: DesiredState, current: CurrentState) -> Unwanted:
    from .._plan.unwanted import list_unwanted

    return list_unwanted(desired, current)


def _plan_probes(projection: Projection) -> tuple[str, ...]:
    from .._plan.probes import plan_probes

    return plan_probes(projection)


def _plan_persistence(projection: Projection) -> None:
    from .._plan.persistence import plan_persistence

    plan_persistence(projection)


def _yield_to_sysctls(projection: Projection, wanted: Link, defaults: dict[str, Any]) -> None:
    from .._plan.link_sysctls import yield_to_sysctls

    yield_to_sysctls(projection, wanted, defaults)


steps.yield_to_sysctls = _yield_to_sysctls
steps.list_unwanted = _list_unwanted
steps.plan_probes = _plan_probes
steps.plan_persistence = _plan_persistence


def load_renderers() -> tuple[ModuleType, ...]:
    """See ``PlannedKind``."""
    from .._render import persistence

    return (persistence,)
