# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the checks need to know of Open vSwitch beside its database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._host.ovs import count_flows
from ..._model.fast_replace import replace
from ..._model.ovs import NO_OVS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..._model.current_state import CurrentState
    from ..._model.links import Link, LinkRef


def read_flow_counts(current: CurrentState) -> dict[str, int]:
    """The number of flows of the bridges that forward by flows alone, and have no controller."""
    ovs = current.ovs or NO_OVS
    if current.no_ovs_reason is not None:
        return {}
    ruled = {each.bridge for each in ovs.controllers if each.is_connected}
    counts: dict[str, int] = {}
    for bridge in ovs.bridges.values():
        if bridge.fail_mode == "secure" and bridge.name not in ruled:
            count = count_flows(bridge.name)
            if count is not None:
                counts[bridge.name] = count
    return counts


def with_switch_ports(links: Mapping[LinkRef, Link], current: CurrentState) -> list[Link]:
    """The links, in which ports of Open vSwitch have the bridge whose segment they are on.

    Ports of one VLAN are on one segment, and no other port is with them.
    """
    ports = (current.ovs or NO_OVS).ports
    if not ports:
        return list(links.values())
    found = []
    for (netns, name), link in links.items():
        port = ports.get(name) if netns is None else None
        if port is not None and not link.bridge:
            vlan = f" VLAN {port.vlan}" if port.vlan else ""
            link = replace(link, bridge=f"{port.bridge}{vlan}")
        found.append(link)
    return found
