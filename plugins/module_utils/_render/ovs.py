# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Renders changes of Open vSwitch."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from .._describe.places import describe_location
from .._describe.resources import describe_resource
from .._model.bridge_vlans import format_ranges
from .._model.fast_replace import replace
from .._model.ovs import BRIDGE_OPTIONS, OvsBridge, OvsMirror, OvsPort
from .._model.ovs_arguments import compose_bridge_commands, compose_port_commands
from .dispatch import compose_commands, describe_action, describe_details
from .iproute2 import execute_in

if TYPE_CHECKING:
    from .._model.links import LinkRef
    from .._model.ovs_arguments import Command


@describe_action.register(OvsBridge)
def _describe_bridge_action(
    bridge: OvsBridge, before: OvsBridge | None, after: OvsBridge | None
) -> str:
    if before is None:
        return f"create {describe_resource(bridge)}"
    if after is None:
        return f"delete {describe_resource(bridge)}"
    changed = [
        f"{option} {_format(getattr(after, name)) or 'none'}"
        for name, option in BRIDGE_OPTIONS.items()
        if getattr(before, name) != getattr(after, name)
    ]
    return f"set {', '.join(changed)} of {describe_resource(bridge)}"


@describe_action.register(OvsPort)
def _describe_port_action(port: OvsPort, before: OvsPort | None, after: OvsPort | None) -> str:
    if before is None:
        return f"add {describe_resource(port)}{_describe_vlans(port)}"
    if after is None:
        return f"remove {describe_resource(port)}"
    if before.bridge != after.bridge:
        return f"move {describe_resource(before)} to {after.bridge}"
    if replace(before, unoffloaded=after.unoffloaded) == after:
        return _describe_offload(before, after)
    return f"change {describe_resource(port)}{_describe_vlans(port) or ': all VLANs'}"


def _describe_offload(before: OvsPort, after: OvsPort) -> str:
    ref = after.unoffloaded or before.unoffloaded
    name = "" if ref is None else _describe_end(ref)
    verb = "offload" if after.unoffloaded is None else "compute"
    return f"{verb} the checksums of what {name} sends to {describe_resource(after)}"


def _describe_end(ref: LinkRef) -> str:
    return f"{ref[1]} {describe_location(ref[0])}"


def _describe_vlans(port: OvsPort) -> str:
    words = [f"VLAN {port.vlan}"] if port.vlan else []
    if port.tagged:
        words.append(f"tagged VLANs {', '.join(format_ranges(port.tagged))}")
    return f": {', '.join(words)}" if words else ""


@compose_commands.register(OvsBridge)
def _compose_bridge_commands(
    _bridge: OvsBridge, before: OvsBridge | None, after: OvsBridge | None
) -> list[str]:
    return _join(compose_bridge_commands(before, after))


@compose_commands.register(OvsPort)
def _compose_port_commands(
    _port: OvsPort, before: OvsPort | None, after: OvsPort | None
) -> list[str]:
    commands = _join(compose_port_commands(before, after))
    if after is None:
        return commands
    former = None if before is None else before.unoffloaded
    changed = [(former, "on"), (after.unoffloaded, "off")] if former != after.unoffloaded else []
    return commands + [
        f"{execute_in(ref[0])}ethtool -K {shlex.quote(ref[1])} tx {state}"
        for ref, state in changed
        if ref is not None
    ]


def _join(commands: list[Command]) -> list[str]:
    """One transaction, as a command for the shell."""
    if not commands:
        return []
    return [f"ovs-vsctl {' -- '.join(map(shlex.join, commands))}"]


@describe_details.register(OvsBridge)
def _describe_bridge(bridge: OvsBridge) -> list[str]:
    values = {option: _format(getattr(bridge, name)) for name, option in BRIDGE_OPTIONS.items()}
    return [f"  {option}: {value}" for option, value in values.items() if value]


@describe_details.register(OvsPort)
def _describe_port(port: OvsPort) -> list[str]:
    lines = [f"  vlan: {port.vlan}"] if port.vlan else []
    if port.tagged:
        lines.append(f"  vlans: {', '.join(format_ranges(port.tagged))}")
    if port.unoffloaded is not None:
        lines.append(f"  checksums: computed by {_describe_end(port.unoffloaded)}")
    return [*lines, *(f"  {key}: {value}" for key, value in port.options)]


def _format(value: object) -> str:
    if isinstance(value, OvsMirror):
        return value.name
    if isinstance(value, tuple):
        return ", ".join(map(_format, value))
    return "" if value is None else str(value)
