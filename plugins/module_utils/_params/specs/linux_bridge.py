# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of the module linux_bridge."""

from __future__ import annotations

from ..specification import STATE, Specification
from .links import LINK, LinkParams


class LinuxBridgeParams(LinkParams):
    ports: list[str] | None
    steal: bool
    force: bool
    stp: bool | None
    priority: int | None
    forward_delay: int | None
    hello_time: int | None
    max_age: int | None
    ageing_time: int | None
    mcast_snooping: bool | None
    vlan_filtering: bool | None
    vlan_default_pvid: int | None
    vlan: int | None
    vlans: list[str] | None


class LinuxBridgeTaskParams(LinuxBridgeParams):
    state: str


LINUX_BRIDGE_ITEM = Specification(
    LinuxBridgeParams,
    {
        **LINK,
        "ports": {"type": "list", "elements": "str"},
        "steal": {"type": "bool", "default": False},
        "force": {"type": "bool", "default": False},
        "stp": {"type": "bool"},
        "priority": {"type": "int"},
        "forward_delay": {"type": "int"},
        "hello_time": {"type": "int"},
        "max_age": {"type": "int"},
        "ageing_time": {"type": "int"},
        "mcast_snooping": {"type": "bool"},
        "vlan_filtering": {"type": "bool"},
        "vlan_default_pvid": {"type": "int"},
        "vlan": {"type": "int"},
        "vlans": {"type": "list", "elements": "str"},
    },
)

LINUX_BRIDGE_SPEC = Specification(LinuxBridgeTaskParams, {**LINUX_BRIDGE_ITEM.options, **STATE})
