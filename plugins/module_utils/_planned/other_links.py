# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Links that a task asks for, of all types but bridges and veth pairs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._plan.kinds import LinkPlanner, steps
from .links import load_renderers

if TYPE_CHECKING:
    from .._model.links import Link
    from .._plan.projection import Projection

__all__ = ["load_renderers"]


def _load_link_planner() -> LinkPlanner:
    from .._plan.link_parents import in_order
    from .._plan.links import check_links, plan_link

    return LinkPlanner(in_order, plan_link, check_links)


def _default_to_tunnel_mtu(projection: Projection, wanted: Link) -> int | None:
    from .._plan.tunnel_mtus import default_to_tunnel_mtu

    return default_to_tunnel_mtu(projection, wanted)


steps.load_link_planner = _load_link_planner
steps.default_to_tunnel_mtu = _default_to_tunnel_mtu
