# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The desired state of bridges: from the options of linux_bridge."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._model.fast_replace import replace
from .._model.link_options import BridgeOptions
from .._params.names import check_link_name, check_range
from .._params.unique import check_unique
from .bridge_vlans import parse_port_vlans
from .common import allowances, desired_state_for
from .links import parse_link

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .._model.desired_state import DesiredState
    from .._model.resources import Resource
    from .._params.specs.linux_bridge import LinuxBridgeParams, LinuxBridgeTaskParams

_BOUNDS = {
    "priority": (0, 65535),
    "forward_delay": (2, 30),
    "hello_time": (1, 10),
    "max_age": (6, 40),
    "ageing_time": (0, 1000000),
    "vlan_default_pvid": (0, 4094),
}
"""The kernel's (net/bridge/br_private.h), and those of IEEE 802.1D."""


def linux_bridge_resources(
    params: LinuxBridgeParams, state: str, prefix: str = ""
) -> list[Resource]:
    """Return a bridge, and its own VLANs."""
    link = parse_link(params, "bridge", prefix)
    values: Mapping[str, object] = params
    for option, (minimum, maximum) in _BOUNDS.items():
        value = values[option]
        if isinstance(value, int):
            check_range(f"{prefix}{option}", value, minimum, maximum)
    ports = None
    if params["ports"] is not None:
        parameter = f"{prefix}ports"
        names = [
            check_link_name(f"{parameter}[{index}]", name)
            for index, name in enumerate(params["ports"])
        ]
        ports = check_unique(parameter, names)
    resources: list[Resource] = [replace(link, options=_bridge_options(params), ports=ports)]
    if params["vlan"] is not None or params["vlans"] is not None:
        vlans = parse_port_vlans(link.netns, link.name, params["vlan"], params["vlans"], prefix)
        resources.append(replace(vlans, of_bridge=True))
    return resources


def _bridge_options(params: LinuxBridgeParams) -> BridgeOptions:
    return BridgeOptions(
        stp=params["stp"],
        priority=params["priority"],
        forward_delay=params["forward_delay"],
        hello_time=params["hello_time"],
        max_age=params["max_age"],
        ageing_time=params["ageing_time"],
        mcast_snooping=params["mcast_snooping"],
        vlan_filtering=params["vlan_filtering"],
        vlan_default_pvid=params["vlan_default_pvid"],
    )


def parse_linux_bridge(params: LinuxBridgeTaskParams) -> DesiredState:
    """Return the desired state of a task of the module linux_bridge."""
    resources = linux_bridge_resources(params, params["state"])
    return desired_state_for(params["state"], resources, allowances(params, resources[0]))
