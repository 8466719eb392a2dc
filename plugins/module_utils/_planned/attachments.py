# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Attachments of namespaces to networks of CNI."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._host.cni_directory import has_own_attachments
from .._model.cni import CniAttachment
from .._observe.kinds import steps
from .._plan.kinds import Planner, find_planner, find_removal_planner
from .._plan.kinds import steps as plan_steps

if TYPE_CHECKING:
    from types import ModuleType

    from .._host.netns_handles import Handles
    from .._model.current_state import CurrentState
    from .._model.owner_records import NetnsEvidence
    from .._model.scope import Scope
    from .._plan.projection import Projection


@find_planner.register(CniAttachment)
def _plan_attachment(_wanted: CniAttachment) -> Planner:
    from .._plan.attachments import plan_attachment

    return plan_attachment


@find_removal_planner.register(CniAttachment)
def _plan_no_attachment(_unwanted: CniAttachment) -> Planner:
    from .._plan.attachments import plan_no_attachment

    return plan_no_attachment


def _detach_replaced(projection: Projection) -> None:
    if projection.attachments:
        from .._plan.attachments import detach_replaced

        detach_replaced(projection)


def load_renderers() -> tuple[ModuleType, ...]:
    """See ``PlannedKind``."""
    from .._render import attachments

    return (attachments,)


def _observe(host: NetnsEvidence, scope: Scope, handles: Handles, current: CurrentState) -> None:
    if scope.attachments or has_own_attachments():
        from .._observe.attachments import observe_attachments

        observe_attachments(host, scope, handles, current)


plan_steps.detach_replaced = _detach_replaced
steps.observe_attachments = _observe
