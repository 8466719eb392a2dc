# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Renders changes of the VLANs of bridge ports."""

from __future__ import annotations

from .._describe.resources import describe_resource
from .._model.bridge_vlans import PortVlans, format_ranges, vlan_changes
from .dispatch import compose_commands, describe_action, describe_details
from .iproute2 import netns_option


@describe_action.register(PortVlans)
def _describe_action(vlans: PortVlans, before: PortVlans, after: PortVlans) -> str:
    return f"set {describe_resource(vlans)}"


@compose_commands.register(PortVlans)
def _compose_commands(vlans: PortVlans, before: PortVlans, after: PortVlans) -> list[str]:
    command, link = f"bridge{netns_option(vlans.netns)} vlan", vlans.link
    to_itself = " self" if vlans.of_bridge else ""
    tagged, removed, pvid = vlan_changes(before, after)
    lines = [f"{command} add dev {link} vid {ids}{to_itself}" for ids in format_ranges(tagged)]
    if pvid is not None:
        lines.append(f"{command} add dev {link} vid {pvid} pvid untagged{to_itself}")
    return lines + [
        f"{command} del dev {link} vid {ids}{to_itself}" for ids in format_ranges(removed)
    ]


@describe_details.register(PortVlans)
def _describe_details(vlans: PortVlans) -> list[str]:
    return []
