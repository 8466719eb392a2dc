# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan for wanted links other than loopbacks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._model.links import Link, Veth
from .._model.ovs import OVS_KIND
from .bridges import check_port_counts, plan_ports
from .kinds import plan_all, require_step, steps

if TYPE_CHECKING:
    from .projection import Projection


def plan_links(projection: Projection) -> None:
    """Plan the wanted links, each after those that it sits on.

    :raises Refused: if one breaks a rule on this host.
    """
    links = projection.request.wanted(Link)
    veths = projection.request.wanted(Veth)
    bridges = [link for link in links if link.kind == "bridge"]
    others = [link for link in links if link.kind not in ("bridge", OVS_KIND) and link.name != "lo"]
    # Most labs have bridges and veth pairs only.
    planner = require_step(steps.load_link_planner, Link)() if others else None
    if planner is not None:
        others = planner.in_order(others)
    # Ends of veth pairs are put into bridges and vrfs; other links may sit on ends of veth pairs.
    plan_all(projection, bridges)
    plan_all(projection, [link for link in links if link.kind == OVS_KIND])
    plan_all(projection, [link for link in others if link.kind == "vrf"])
    plan_all(projection, veths)
    plan_all(projection, [link for link in others if link.kind != "vrf"])
    if planner is not None:
        planner.check(projection, others)
    _plan_bridge_ports(projection, bridges, others, veths)
    check_port_counts(projection)


def _plan_bridge_ports(
    projection: Projection, bridges: list[Link], others: list[Link], veths: list[Veth]
) -> None:
    """Plan the ports that bridges list, and the MTU of bridges, once all links are planned."""
    ends = [end for veth in veths for end in (veth.end, veth.peer)]
    for bridge in bridges:
        if bridge.ports is not None:
            plan_ports(projection, bridge, [*others, *ends])
    if projection.builder.steps:
        from .bridge_mtus import check_bridges_keep_ipv6, plan_bridge_mtu

        for bridge in bridges:
            plan_bridge_mtu(projection, bridge)
        check_bridges_keep_ipv6(projection)
