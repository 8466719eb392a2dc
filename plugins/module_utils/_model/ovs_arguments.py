# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The commands of ovs-vsctl that make a change, as lists of arguments.

A value that is a string is written in double quotes, as a JSON string: so OVS takes none of its
characters for syntax (ovs-vsctl(8), "Database Values").
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from .ovs import OvsBridge, OvsMirror, OvsPort

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Command = list[str]
MARK = "redblue.netns"
"""The key of ``external_ids`` whose value is the owner. Only root of the host writes it."""
_TAGGED, _UNTAGGED_TOO = "trunk", "native-untagged"


def quote(value: str) -> str:
    """A string as OVS reads it."""
    return json.dumps(value)


def format_map(column: str, values: Mapping[str, str]) -> list[str]:
    """Settings of a map, as ``set`` takes them."""
    return [f"{column}:{quote(key)}={quote(value)}" for key, value in sorted(values.items())]


def _format_set(values: Iterable[str]) -> str:
    return f"[{','.join(values)}]"


def _mark(owner: str | None) -> list[str]:
    return [] if owner is None else format_map("external_ids", {MARK: owner})


def compose_bridge_commands(before: OvsBridge | None, after: OvsBridge | None) -> list[Command]:
    """The commands that create, change or delete a bridge."""
    if after is None:
        return [] if before is None else [["--if-exists", "del-br", before.name]]
    commands: list[Command] = [] if before is not None else [["add-br", after.name]]
    known = before if before is not None else OvsBridge(after.name)
    settings = _set_bridge(known, after)
    if settings:
        commands.append(["set", "Bridge", after.name, *settings])
    if known.mtu != after.mtu:
        commands.append(_set_or_clear("Interface", after.name, "mtu_request", after.mtu))
    commands += _clear_bridge(known, after)
    if (known.controllers or ()) != (after.controllers or ()):
        verb = "set-controller" if after.controllers else "del-controller"
        commands.append([verb, after.name, *(after.controllers or ())])
    if (known.mirrors or ()) != (after.mirrors or ()):
        commands += _replace_mirrors(after.name, known.mirrors or (), after.mirrors or ())
    return commands


def compose_mtu_commands(before: OvsBridge | None, after: OvsBridge | None) -> list[Command]:
    """The commands of a transaction before it, if an undo gives up an MTU that was asked for.

    Open vSwitch keeps that for an interface until another one is asked for.
    """
    if before is None or after is None or before.mtu is None or after.mtu is not None:
        return []
    return [_set_or_clear("Interface", after.name, "mtu_request", after.used_mtu)]


def _set_bridge(before: OvsBridge, after: OvsBridge) -> list[str]:
    settings = [] if before.owner == after.owner else _mark(after.owner)
    if after.datapath not in (None, before.datapath):
        settings.append(f"datapath_type={after.datapath}")
    if after.fail_mode not in (None, before.fail_mode):
        settings.append(f"fail_mode={after.fail_mode}")
    if after.protocols not in (None, before.protocols) and after.protocols:
        settings.append(f"protocols={_format_set(after.protocols)}")
    if after.mac not in (None, before.mac):
        settings += format_map("other_config", {"hwaddr": after.mac or ""})
    return settings + [text for text in after.rest if text not in before.rest]


def _clear_bridge(before: OvsBridge, after: OvsBridge) -> list[Command]:
    commands = []
    if before.fail_mode is not None and after.fail_mode is None:
        commands.append(["clear", "Bridge", after.name, "fail_mode"])
    if before.protocols and not after.protocols:
        commands.append(["clear", "Bridge", after.name, "protocols"])
    if before.mac is not None and after.mac is None:
        commands.append(["remove", "Bridge", after.name, "other_config", "hwaddr"])
    return commands


def _set_or_clear(table: str, name: str, column: str, value: object) -> Command:
    if value is None:
        return ["clear", table, name, column]
    return ["set", table, name, f"{column}={value}"]


def _replace_mirrors(
    bridge: str, before: tuple[OvsMirror, ...], after: tuple[OvsMirror, ...]
) -> list[Command]:
    """Delete all mirrors of a bridge, and create the wanted ones. Rows that nobody names go."""
    commands: list[Command] = [["clear", "Bridge", bridge, "mirrors"]] if before else []
    for number, mirror in enumerate(after):
        variable = f"@{bridge}-{number}"
        ports = dict.fromkeys((*mirror.sources, *mirror.destinations, mirror.output))
        ids = {name: f"{variable}-{index}" for index, name in enumerate(ports) if name}
        commands += [[f"--id={identity}", "get", "Port", name] for name, identity in ids.items()]
        settings = [f"name={quote(mirror.name)}", f"select_all={str(mirror.all).lower()}"]
        if mirror.sources:
            settings.append(f"select_src_port={_format_set(ids[each] for each in mirror.sources)}")
        if mirror.destinations:
            named = _format_set(ids[each] for each in mirror.destinations)
            settings.append(f"select_dst_port={named}")
        if mirror.vlans:
            settings.append(f"select_vlan={_format_set(map(str, mirror.vlans))}")
        if mirror.output:
            settings.append(f"output_port={ids[mirror.output]}")
        if mirror.output_vlan is not None:
            settings.append(f"output_vlan={mirror.output_vlan}")
        commands.append([f"--id={variable}", "create", "Mirror", *settings])
        commands.append(["add", "Bridge", bridge, "mirrors", variable])
    return commands


def compose_port_commands(before: OvsPort | None, after: OvsPort | None) -> list[Command]:
    """The commands that create, change, move or delete a port."""
    if after is None:
        return [] if before is None else [["--if-exists", "del-port", before.bridge, before.name]]
    if before is None or before.bridge != after.bridge or before.type != after.type:
        return [*compose_port_commands(before, None), *_create_port(after)]
    commands: list[Command] = []
    if before.owner != after.owner and after.owner is not None:
        commands.append(["set", "Port", after.name, *_mark(after.owner)])
    wanted = (after.vlan, after.tagged, after.odd_mode)
    if (before.vlan, before.tagged, before.odd_mode) != wanted:
        commands.append(["set", "Port", after.name, *_vlan_settings(after)])
    if before.options != after.options:
        commands.append(["set", "Interface", after.name, _all_options(after)])
    return commands


def _create_port(port: OvsPort) -> list[Command]:
    settings = [*_mark(port.owner), *port.rest]
    if port.vlan or port.tagged or port.odd_mode:
        settings += _vlan_settings(port)
    commands = [["add-port", port.bridge, port.name, *settings]]
    if port.type:
        commands.append(["set", "Interface", port.name, f"type={port.type}", _all_options(port)])
    return commands


def _all_options(port: OvsPort) -> str:
    pairs = (f"{quote(key)}={quote(value)}" for key, value in port.options)
    return f"options={{{','.join(pairs)}}}"


def _vlan_settings(port: OvsPort) -> list[str]:
    """All three columns: what is not wanted is emptied."""
    tagged = _format_set(map(str, sorted(port.tagged or ())))
    tag = str(port.vlan) if port.vlan else "[]"
    mode = port.odd_mode or "[]"
    if port.odd_mode is None and port.tagged:
        mode = _UNTAGGED_TOO if port.vlan else _TAGGED
    return [f"tag={tag}", f"trunks={tagged}", f"vlan_mode={mode}"]
