# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of the module linux_bridge."""

from __future__ import annotations

from typing import List, Optional

from ..specification import STATE, Specification
from .links import LINK, LinkParams


class LinuxBridgeParams(LinkParams):
    ports: Optional[List[str]]
    steal: bool
    stp: Optional[bool]
    priority: Optional[int]
    forward_delay: Optional[int]
    hello_time: Optional[int]
    max_age: Optional[int]
    ageing_time: Optional[int]
    mcast_snooping: Optional[bool]
    vlan_filtering: Optional[bool]
    vlan_default_pvid: Optional[int]


class LinuxBridgeTaskParams(LinuxBridgeParams):
    state: str


LINUX_BRIDGE_ITEM = Specification(
    LinuxBridgeParams,
    {
        **LINK,
        "ports": {"type": "list", "elements": "str"},
        "steal": {"type": "bool", "default": False},
        "stp": {"type": "bool"},
        "priority": {"type": "int"},
        "forward_delay": {"type": "int"},
        "hello_time": {"type": "int"},
        "max_age": {"type": "int"},
        "ageing_time": {"type": "int"},
        "mcast_snooping": {"type": "bool"},
        "vlan_filtering": {"type": "bool"},
        "vlan_default_pvid": {"type": "int"},
    },
)

LINUX_BRIDGE_SPEC = Specification(LinuxBridgeTaskParams, {**LINUX_BRIDGE_ITEM.options, **STATE})
