# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Namespaces, with their kernel parameters and their files in /etc/netns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._model.netns import HostsFile, Netns, Resolver, Sysctl
from .._observe import kinds as observed
from .._plan.kinds import Planner, find_planner, find_removal_planner, plan_nothing, steps

if TYPE_CHECKING:
    from types import ModuleType

    from .._model.current_state import CurrentState
    from .._model.desired_state import DesiredState
    from .._model.resources import Resource
    from .._plan.projection import Projection


@find_planner.register(Netns)
def _plan_netns(_wanted: Netns) -> Planner:
    return _plan_created_or_attached


def _plan_created_or_attached(projection: Projection, wanted: Netns) -> None:
    if wanted.attached is None:
        from .._plan.namespaces import plan_netns

        plan_netns(projection, wanted)
    else:
        from .._plan.attached_netns import plan_attached

        plan_attached(projection, wanted, wanted.attached)


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
    from .._plan.netns_files import plan_resolver

    return plan_resolver


@find_planner.register(HostsFile)
def _plan_hosts(_wanted: HostsFile) -> Planner:
    from .._plan.netns_files import plan_hosts

    return plan_hosts


@find_removal_planner.register(HostsFile)
def _plan_no_hosts(_unwanted: HostsFile) -> Planner:
    from .._plan.netns_files import plan_no_hosts

    return plan_no_hosts


@find_removal_planner.register(Resolver)
def _plan_no_resolver(_unwanted: Resolver) -> Planner:
    from .._plan.netns_files import plan_no_resolver

    return plan_no_resolver


@find_removal_planner.register(Sysctl)
def _goes_with_netns(_unwanted: Sysctl) -> Planner:
    return plan_nothing


def _load_open_targets() -> observed.OpenTargets:
    from .._observe.attached_netns import open_targets

    return open_targets


def _observe_files(names: frozenset[str], lab: str | None, current: CurrentState) -> None:
    from .._observe.netns_files import observe_netns_files

    observe_netns_files(names, lab, current)


def _leave_out_ended(
    desired: DesiredState, current: CurrentState
) -> tuple[DesiredState, list[Resource], list[str]]:
    from .._plan.ended_netns import leave_out_ended

    return leave_out_ended(desired, current)


def _remove_stale_names(projection: Projection) -> None:
    from .._plan.leftovers import remove_stale_names

    remove_stale_names(projection)


observed.steps.load_open_targets = _load_open_targets
observed.steps.observe_netns_files = _observe_files
steps.leave_out_ended = _leave_out_ended
steps.remove_stale_names = _remove_stale_names


def load_renderers() -> tuple[ModuleType, ...]:
    """See ``PlannedKind``."""
    from .._render import namespaces, netns_files, sysctls

    return (namespaces, netns_files, sysctls)
