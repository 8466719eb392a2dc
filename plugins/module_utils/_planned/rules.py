# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules of packet filters: source NAT, port forwarding, isolation, spoof checks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._model.resources import NatRule
from .._observe import kinds as observed
from .._plan.kinds import Planner, find_planner, find_removal_planner, plan_nothing, steps
from .listeners import observe_listeners

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType

    from .._model.resources import Resource
    from .._plan.projection import Projection


@find_planner.register(NatRule)
@find_removal_planner.register(NatRule)
def _is_planned_with_others(_rule: NatRule) -> Planner:
    """``plan_rulesets`` plans the rules of a namespace: they are replaced in one transaction."""
    return plan_nothing


def _plan_rulesets(projection: Projection, unwanted: Sequence[Resource]) -> None:
    from .._plan.nat import plan_rulesets

    plan_rulesets(projection, unwanted)


steps.plan_rulesets = _plan_rulesets
observed.steps.observe_listeners = observe_listeners


def load_renderers() -> tuple[ModuleType, ...]:
    """See ``PlannedKind``."""
    from .._render import nat, policies, sysctls

    return (nat, policies, sysctls)
