# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bridges, and what all links have in common that a task asks for or removes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._model.bridge_vlans import PortVlans
from .._model.impairments import Impairment
from .._model.links import Link, Veth
from .._model.ovs import OVS_KIND
from .._plan.kinds import (
    Planner,
    find_planner,
    find_removal_planner,
    plan_nothing,
    require_step,
    steps,
)
from .links import load_renderers

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from .._model.resources import Resource
    from .._plan.projection import Projection

__all__ = ["load_renderers"]


@find_planner.register(Link)
def _plan_link(wanted: Link) -> Planner:
    if wanted.kind == "bridge":
        from .._plan.bridges import plan_bridge

        return plan_bridge
    if wanted.kind == OVS_KIND:
        return require_step(steps.load_ovs_link_planner, Link)()
    return require_step(steps.load_link_planner, Link)().plan


@find_planner.register(PortVlans)
def _plan_port_vlans(_wanted: PortVlans) -> Planner:
    from .._plan.bridge_vlans import plan_port_vlans

    return plan_port_vlans


@find_planner.register(Impairment)
def _plan_impairment(_wanted: Impairment) -> Planner:
    from .._plan.impairments import plan_impairment

    return plan_impairment


@find_removal_planner.register(Link)
@find_removal_planner.register(Veth)
@find_removal_planner.register(PortVlans)
@find_removal_planner.register(Impairment)
def _is_removed_with_others(_unwanted: Link | Veth | PortVlans | Impairment) -> Planner:
    """``remove_links`` plans it for all links, in their order. What is on them goes with them."""
    return plan_nothing


def _plan_links(projection: Projection) -> None:
    request = projection.request
    if request.wanted(Veth) or any(link.name != "lo" for link in request.wanted(Link)):
        from .._plan.wanted_links import plan_links

        plan_links(projection)


def _remove_links(
    projection: Projection,
    links: Sequence[Link],
    veths: Sequence[Veth],
    removed_namespaces: Container[str | None],
) -> None:
    from .._plan.link_removal import remove_links

    remove_links(projection, links, veths, removed_namespaces)


def _change_link(projection: Projection, wanted: Link, current: Link) -> None:
    from .._plan.link_changes import change_link

    change_link(projection, wanted, current)


def _check_overlaps(projection: Projection) -> None:
    from .._plan.addresses import check_overlaps

    check_overlaps(projection)


def _clear_ids(projection: Projection, unwanted: Sequence[Resource]) -> None:
    from .._plan.link_ids import clear_ids

    clear_ids(projection, unwanted)


steps.plan_links = _plan_links
steps.remove_links = _remove_links
steps.change_link = _change_link
steps.check_overlaps = _check_overlaps
steps.clear_ids = _clear_ids
