# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Links that exist, with all that is on them: they are removed, moved and restored."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._model.links import Link, Veth
from .._plan.kinds import Planner, find_removal_planner

if TYPE_CHECKING:
    from types import ModuleType


@find_removal_planner.register(Link)
def _plan_no_link(_unwanted: Link) -> Planner:
    from .._plan.link_removal import plan_no_link

    return plan_no_link


@find_removal_planner.register(Veth)
def _plan_no_veth(_unwanted: Veth) -> Planner:
    from .._plan.link_removal import plan_no_veth

    return plan_no_veth


def load_appliers() -> tuple[ModuleType, ...]:
    """See ``Kind``."""
    from .._apply import addresses, bridge_vlans, impairments, links, routes, sysctls, veths

    return (addresses, bridge_vlans, impairments, links, routes, sysctls, veths)


def load_renderers() -> tuple[ModuleType, ...]:
    """See ``Kind``."""
    from .._render import addresses, bridge_vlans, impairments, links, routes, sysctls, veths

    return (addresses, bridge_vlans, impairments, links, routes, sysctls, veths)
