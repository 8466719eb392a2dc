# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Links that exist, with all that is on them: they go with namespaces, are moved and restored."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._model.bridge_vlans import PortVlans
from .._model.impairments import Impairment
from .._model.links import Link
from .._plan.kinds import plan_all, steps

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType

    from .._model.netns import Sysctl
    from .._plan.projection import Projection


def _remove_unfinished(projection: Projection) -> None:
    from .._plan.leftovers import remove_unfinished

    remove_unfinished(projection)


def _plan_loopbacks(projection: Projection, loopbacks: Sequence[Link]) -> None:
    from .._plan.loopbacks import plan_loopback

    for loopback in loopbacks:
        plan_loopback(projection, loopback)


def _plan_link_settings(projection: Projection) -> None:
    request = projection.request
    bridges = [link for link in request.wanted(Link) if link.kind == "bridge"]
    if projection.current.impairments:
        from .._plan.impairments import drop_impairments

        drop_impairments(projection)
    if projection.current.vlans:
        from .._plan.bridge_vlans import drop_port_vlans

        drop_port_vlans(projection)
    if bridges:
        from .._plan.bridge_vlans import check_bridges_filter

        check_bridges_filter(projection, bridges)
    plan_all(projection, request.wanted(PortVlans))
    if any(link.kind == "vlan" for link in request.wanted(Link)):
        from .._plan.bridge_vlans import warn_of_unreceived_vlans

        warn_of_unreceived_vlans(projection)
    plan_all(projection, request.wanted(Impairment))


def _check_ipv6(projection: Projection, sysctls: Sequence[Sysctl]) -> None:
    from .._plan.ipv6 import check_ipv6_enabled

    check_ipv6_enabled(projection, sysctls)


def _keep_bridge_macs(projection: Projection) -> None:
    links = projection.current.links.values()
    if any(link.kind == "bridge" and link.owner is None for link in links):
        from .._plan.bridge_macs import keep_bridge_macs

        keep_bridge_macs(projection)


steps.remove_unfinished = _remove_unfinished
steps.plan_loopbacks = _plan_loopbacks
steps.plan_link_settings = _plan_link_settings
steps.check_ipv6 = _check_ipv6
steps.keep_bridge_macs = _keep_bridge_macs


def load_renderers() -> tuple[ModuleType, ...]:
    """See ``PlannedKind``."""
    from .._render import addresses, bridge_vlans, impairments, links, routes, sysctls, veths

    return (addresses, bridge_vlans, impairments, links, routes, sysctls, veths)
