# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The switch of a lab: the kernel's bridge, or one of Open vSwitch. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Refused
from ansible_collections.redblue.netns.plugins.module_utils._params.specs.ovs_bridge import (
    OVS_BRIDGE_ITEM,
)

from .options import read_item, read_text

if TYPE_CHECKING:
    from .options import Item

LINUX, OVS = SWITCHES = ("linux", "ovs")
_OF_LAB = ("name", "addresses")
"""The options of the bridge that follow from those of the lab."""


def read_switch(value: Any, options: Any, switch_netns: str | None) -> Item | None:
    """The options of the bridge of Open vSwitch; None if the lab has one of the kernel.

    :raises Refused: there is no such switch, it cannot be in a namespace, or has no such option.
    """
    switch = read_text("switch", value)
    if switch not in SWITCHES:
        raise Refused("switch", switch, f"is not one of {', '.join(SWITCHES)}")
    if switch == LINUX:
        if options:
            raise Refused("switch_options", options, "is only for switch: ovs")
        return None
    if switch_netns is not None:
        rule = "Open vSwitch runs on the host; omit switch_netns with switch: ovs"
        raise Refused("switch_netns", switch_netns, rule)
    names = [name for name in OVS_BRIDGE_ITEM.options if name not in _OF_LAB]
    return read_item("switch_options", options or {}, names)
