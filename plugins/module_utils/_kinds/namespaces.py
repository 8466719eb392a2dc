# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Namespaces, with their kernel parameters and resolver configurations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._model.netns import Netns, Resolver, Sysctl
from .._plan.kinds import Planner, find_planner, find_removal_planner, plan_nothing

if TYPE_CHECKING:
    from types import ModuleType


@find_planner.register(Netns)
def _plan_netns(_wanted: Netns) -> Planner:
    from .._plan.namespaces import plan_netns

    return plan_netns


@find_removal_planner.register(Netns)
def _plan_no_netns(_unwanted: Netns) -> Planner:
    from .._plan.namespace_removal import plan_no_netns

    return plan_no_netns


@find_planner.register(Sysctl)
def _plan_sysctl(_wanted: Sysctl) -> Planner:
    from .._plan.sysctls import plan_sysctl

    return plan_sysctl


@find_planner.register(Resolver)
def _plan_resolver(_wanted: Resolver) -> Planner:
    from .._plan.resolvers import plan_resolver

    return plan_resolver


@find_removal_planner.register(Sysctl)
@find_removal_planner.register(Resolver)
def _goes_with_netns(_unwanted: Sysctl | Resolver) -> Planner:
    return plan_nothing


def load_appliers() -> tuple[ModuleType, ...]:
    """See ``Kind``."""
    from .._apply import namespaces, resolvers, sysctls

    return (namespaces, resolvers, sysctls)


def load_renderers() -> tuple[ModuleType, ...]:
    """See ``Kind``."""
    from .._render import namespaces, resolvers, sysctls

    return (namespaces, resolvers, sysctls)
