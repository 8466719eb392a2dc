# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bridges of Open vSwitch and their ports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._model.errors import Failed
from .._model.occurrence import occurs
from .._model.ovs import OvsBridge, OvsPort
from .._plan.kinds import Planner, find_planner, find_removal_planner, plan_all, steps

if TYPE_CHECKING:
    from types import ModuleType

    from .._model.current_state import CurrentState
    from .._model.desired_state import DesiredState
    from .._plan.projection import Projection


@find_planner.register(OvsBridge)
def _plan_bridge(_wanted: OvsBridge) -> Planner:
    from .._plan.ovs import plan_ovs_bridge

    return plan_ovs_bridge


@find_removal_planner.register(OvsBridge)
def _plan_no_bridge(_unwanted: OvsBridge) -> Planner:
    from .._plan.ovs import plan_no_ovs_bridge

    return plan_no_ovs_bridge


@find_planner.register(OvsPort)
def _plan_port(_wanted: OvsPort) -> Planner:
    from .._plan.ovs_ports import plan_ovs_port

    return plan_ovs_port


@find_removal_planner.register(OvsPort)
def _plan_no_port(_unwanted: OvsPort) -> Planner:
    from .._plan.ovs_ports import plan_no_ovs_port

    return plan_no_ovs_port


def _load_link_planner() -> Planner:
    from .._plan.ovs import plan_ovs_link

    return plan_ovs_link


def _with_ports(desired: DesiredState, current: CurrentState) -> DesiredState:
    _check_lab(desired, current)
    if not _matters(desired, current):
        return desired
    from .._plan.ovs_ports import with_ovs_ports

    return with_ovs_ports(desired, current)


def _check_lab(desired: DesiredState, current: CurrentState) -> None:
    """Check that the bridges can be read which a topology has on record and does not list.

    :raises Failed: if not. What cannot be read is never taken for absent.
    """
    lab, listed = desired.lab, (*desired.present, *desired.absent)
    if lab is None or not (desired.purge and lab in current.ovs_on_record.values()):
        return
    if not occurs(OvsBridge, listed):
        raise Failed(f"topology {lab} has bridges there: {current.no_ovs_reason}")


def _matters(desired: DesiredState, current: CurrentState) -> bool:
    has_bridges = current.ovs is not None and bool(current.ovs.bridges)
    return has_bridges or occurs(OvsBridge, desired.present)


def _release_ports(projection: Projection) -> None:
    from .._plan.ovs_ports import release_ports

    release_ports(projection)


def _plan_ovs(projection: Projection) -> None:
    """Plan ports, then the mirrors, which name ports."""
    request = projection.request
    plan_all(projection, request.wanted(OvsPort))
    if projection.ovs_ports:
        from .._plan.ovs_ports import drop_lost_ports

        drop_lost_ports(projection)
    bridges = [bridge for bridge in request.wanted(OvsBridge) if bridge.mirrors is not None]
    if bridges:
        from .._plan.ovs import plan_ovs_mirrors

        for bridge in bridges:
            plan_ovs_mirrors(projection, bridge)


steps.load_ovs_link_planner = _load_link_planner
steps.with_ovs_ports = _with_ports
steps.release_ovs_ports = _release_ports
steps.plan_ovs = _plan_ovs


def load_renderers() -> tuple[ModuleType, ...]:
    """See ``PlannedKind``."""
    from .._render import ovs

    return (ovs,)
