# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Veth pairs that a task asks for."""

from __future__ import annotations

from .._model.links import Veth
from .._plan.kinds import Planner, find_planner
from .links import load_renderers

__all__ = ["load_renderers"]


@find_planner.register(Veth)
def _plan_veth(_wanted: Veth) -> Planner:
    from .._plan.veths import plan_veth

    return plan_veth
