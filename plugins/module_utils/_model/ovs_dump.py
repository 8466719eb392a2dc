# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What ovs-vsctl lists in JSON (RFC 7047), read as data: each value has its type, or it is refused.

``ovs-vsctl --format=json`` writes a line for each table, with its columns and rows.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Callable, TypeVar

from .errors import Failed
from .lazy_pattern import compile_lazily
from .ovs import DATAPATH_TYPES, OvsBridge, OvsController, OvsMirror, OvsPort, OvsState
from .ovs_arguments import MARK, format_map

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LISTED: dict[str, tuple[str, ...]] = {
    "Bridge": (
        "name",
        "datapath_type",
        "fail_mode",
        "protocols",
        "controller",
        "mirrors",
        "ports",
        "other_config",
        "external_ids",
        "stp_enable",
        "rstp_enable",
        "mcast_snooping_enable",
    ),
    "Port": (
        "_uuid",
        "name",
        "tag",
        "trunks",
        "vlan_mode",
        "interfaces",
        "other_config",
        "external_ids",
    ),
    "Interface": (
        "_uuid",
        "name",
        "type",
        "options",
        "mtu",
        "mtu_request",
        "error",
        "link_state",
    ),
    "Controller": ("_uuid", "target", "is_connected"),
    "Mirror": (
        "_uuid",
        "name",
        "select_all",
        "select_src_port",
        "select_dst_port",
        "select_vlan",
        "output_port",
        "output_vlan",
    ),
}
"""The columns that are read of each table."""

Row = dict[str, Any]
_Value = TypeVar("_Value")
_OWNER = compile_lazily(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}|")
_FLAGS = ("stp_enable", "rstp_enable", "mcast_snooping_enable")


def read_dump(text: str) -> OvsState:
    """What the tables say.

    :raises Failed: they have another form than ovs-vswitchd.conf.db(5) says.
    """
    try:
        tables = dict(zip(LISTED, map(_read_table, text.splitlines())))
        if len(tables) != len(LISTED):
            raise ValueError("tables are missing")
        return _Reader(tables).read()
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise Failed(f"what ovs-vsctl lists has an unexpected form: {error}") from error


def _read_table(line: str) -> list[Row]:
    table = json.loads(line)
    return [dict(zip(table["headings"], row)) for row in table["data"]]


def _uuid(value: Any) -> str:
    kind, text = value
    if kind != "uuid" or not isinstance(text, str):
        raise ValueError(f"{value!r} is not a UUID")
    return text


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is not a string")
    return value


def _number(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError(f"{value!r} is not an integer")
    return value


def _several(value: Any, read: Callable[[Any], _Value]) -> list[_Value]:
    """A set. One of a single element is that element."""
    if isinstance(value, list) and value and value[0] == "set":
        return [read(each) for each in value[1]]
    return [read(value)]


def _optional(value: Any, read: Callable[[Any], _Value]) -> _Value | None:
    return next(iter(_several(value, read)), None)


def _mapping(value: Any) -> dict[str, str]:
    kind, pairs = value
    if kind != "map":
        raise ValueError(f"{value!r} is not a map")
    return {_text(key): _text(content) for key, content in pairs}


def _take_owner(external_ids: dict[str, str]) -> str | None:
    """The owner that a row names. What is left is of others."""
    owner = external_ids.get(MARK)
    if owner is None or not _OWNER.fullmatch(owner):
        return None
    return external_ids.pop(MARK)


class _Reader:
    """The tables, and their rows by UUID."""

    def __init__(self, tables: Mapping[str, list[Row]]) -> None:
        self._bridges = tables["Bridge"]
        self._ports = {_uuid(row["_uuid"]): row for row in tables["Port"]}
        self._interfaces = {_uuid(row["_uuid"]): row for row in tables["Interface"]}
        self._controllers = {_uuid(row["_uuid"]): row for row in tables["Controller"]}
        self._mirrors = {_uuid(row["_uuid"]): row for row in tables["Mirror"]}

    def read(self) -> OvsState:
        bridges: dict[str, OvsBridge] = {}
        ports: dict[str, OvsPort] = {}
        controllers: list[OvsController] = []
        for row in self._bridges:
            bridge = self._read_bridge(row)
            bridges[bridge.name] = bridge
            ports.update((port.name, port) for port in self._read_ports(row))
            controllers += self._read_controllers(row)
        down = [
            _text(row["name"])
            for row in self._interfaces.values()
            if _optional(row["link_state"], _text) == "down"
        ]
        return OvsState(bridges, ports, tuple(controllers), frozenset(down))

    def _read_bridge(self, row: Row) -> OvsBridge:
        name = _text(row["name"])
        other, external = _mapping(row["other_config"]), _mapping(row["external_ids"])
        local = self._find_local_interface(row, name)
        mac = other.pop("hwaddr", None)
        owner = _take_owner(external)
        flags = [f"{flag}=true" for flag in _FLAGS if row[flag] is True]
        mirrors = [self._mirrors[uuid] for uuid in _several(row["mirrors"], _uuid)]
        return OvsBridge(
            name,
            datapath=_text(row["datapath_type"]) or DATAPATH_TYPES[0],
            fail_mode=_optional(row["fail_mode"], _text),
            protocols=tuple(sorted(_several(row["protocols"], _text))),
            controllers=tuple(sorted(each.target for each in self._read_controllers(row))),
            mirrors=tuple(
                sorted((self._read_mirror(each) for each in mirrors), key=lambda each: each.name)
            ),
            mac=mac,
            mtu=_optional(local["mtu_request"], _number) if local is not None else None,
            rest=(
                *format_map("other_config", other),
                *format_map("external_ids", external),
                *flags,
            ),
            owner=owner,
            used_mtu=_optional(local["mtu"], _number) if local is not None else None,
        )

    def _find_local_interface(self, row: Row, name: str) -> Row | None:
        for uuid in _several(row["ports"], _uuid):
            port = self._ports[uuid]
            if port["name"] == name:
                return self._interfaces[_several(port["interfaces"], _uuid)[0]]
        return None

    def _read_ports(self, row: Row) -> Iterator[OvsPort]:
        bridge = _text(row["name"])
        for uuid in _several(row["ports"], _uuid):
            port = self._ports[uuid]
            if port["name"] != bridge:
                yield self._read_port(bridge, port)

    def _read_port(self, bridge: str, row: Row) -> OvsPort:
        interfaces = [self._interfaces[uuid] for uuid in _several(row["interfaces"], _uuid)]
        first = interfaces[0]
        tag, mode = _optional(row["tag"], _number), _optional(row["vlan_mode"], _text)
        trunks = frozenset(_several(row["trunks"], _number))
        external = _mapping(row["external_ids"])
        owner = _take_owner(external)
        access = mode == "access" or (mode is None and bool(tag))
        return OvsPort(
            bridge,
            _text(row["name"]),
            type="bond" if len(interfaces) > 1 else _text(first["type"]).replace("system", ""),
            vlan=0 if mode == "trunk" else tag or 0,
            tagged=frozenset() if access else trunks,
            odd_mode=mode if mode in ("native-tagged", "dot1q-tunnel") else None,
            options=tuple(sorted(_mapping(first["options"]).items())),
            rest=(
                *format_map("other_config", _mapping(row["other_config"])),
                *format_map("external_ids", external),
            ),
            error=_optional(first["error"], _text),
            owner=owner,
        )

    def _read_controllers(self, row: Row) -> list[OvsController]:
        bridge = _text(row["name"])
        rows = [self._controllers[uuid] for uuid in _several(row["controller"], _uuid)]
        return [
            OvsController(bridge, _text(each["target"]), each["is_connected"] is True)
            for each in rows
        ]

    def _read_mirror(self, row: Row) -> OvsMirror:
        def names(column: str) -> tuple[str, ...]:
            uuids = _several(row[column], _uuid)
            return tuple(sorted(_text(self._ports[uuid]["name"]) for uuid in uuids))

        return OvsMirror(
            _text(row["name"]),
            all=row["select_all"] is True,
            sources=names("select_src_port"),
            destinations=names("select_dst_port"),
            vlans=tuple(sorted(_several(row["select_vlan"], _number))),
            output=next(iter(names("output_port")), None),
            output_vlan=_optional(row["output_vlan"], _number),
        )
