# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads our nftables table from nft's JSON, as libnftables-json(5) describes it. Pure.

Expressions are turned into the text that we write, so that a rule read equals the rule written.
What we never write stays JSON, and so equals no rule of ours.
"""

from __future__ import annotations

import ipaddress
import json
from typing import Any, Callable

from ..._model.addresses import join_port
from .table import (
    ND_TARGET,
    PROTOCOL_NUMBERS,
    BaseChain,
    ChainHeader,
    Fields,
    NftRule,
    NftSet,
    NftTable,
    SetElement,
)

_QUOTED = ("iifname", "oifname", "meta iifkind", "meta oifkind")
_TARGET = "icmpv6 taddr"
"""How newer versions of nft list ``ND_TARGET``, which older ones cannot read."""
_OPERATORS = {"==": "", "in": "", "!=": "!= "}


def _list(value: Any) -> list[Any]:
    """Return several flags, types or expressions; nft 1.1.4 lists one as itself."""
    return [value] if isinstance(value, (str, dict)) else list(value)


def _format_left(left: Any) -> str | None:
    """Format the left side of a match; ``None`` if we never write it."""
    kind, value = next(iter(left.items()))
    if kind == "concat":
        parts = [_format_left(part) for part in value]
        return None if None in parts else " . ".join(map(str, parts))
    if kind == "payload" and "base" in value:
        return f"@{value['base']},{value['offset']},{value['len']}"
    if kind == "payload":
        return f"{value['protocol']} {value['field']}"
    if kind == "meta":
        key = value["key"]
        return str(key) if key in ("iifname", "oifname") else f"meta {key}"
    if kind == "fib":
        return f"fib {' . '.join(_list(value['flags']))} {value['result']}"
    return f"ct {value['key']}" if kind == "ct" and set(value) == {"key"} else None


def _format_right(right: Any) -> str:
    if isinstance(right, bool):
        return "exists" if right else "missing"
    if isinstance(right, list):
        return ",".join(sorted(map(_format_right, right)))
    if isinstance(right, dict) and "prefix" in right:
        return f"{right['prefix']['addr']}/{right['prefix']['len']}"
    if isinstance(right, dict) and "range" in right:
        return "-".join(map(str, right["range"]))
    return str(right)


def _format_nat(kind: str, value: dict[str, Any]) -> str:
    if not set(value) <= {"family", "addr", "port"}:
        return json.dumps(value)
    address = value["addr"]
    if isinstance(address, dict) and address.keys() & {"range", "prefix"}:
        # nft lists a range that is a network as one.
        target = _format_range(address)
    elif isinstance(address, dict):
        nft_map = address["map"]
        target = f"{_format_left(nft_map['key'])} map {nft_map['data']}"
    elif "port" in value:
        target = join_port(address, value["port"])
    else:
        target = str(address)
    return f"{kind} {value['family']} to {target}"


def _format_range(address: dict[str, Any]) -> str:
    if "range" in address:
        return _format_right(address)
    network = ipaddress.ip_network(_format_right(address))
    return f"{network[0]}-{network[-1]}"


def _format_match(value: dict[str, Any]) -> str | None:
    left, right = _format_left(value["left"]), _format_right(value["right"])
    operator = _OPERATORS[value["op"]]
    if left is None:
        return None
    if left == _TARGET:
        return f"{ND_TARGET} {operator}{int(ipaddress.IPv6Address(right)):#x}"
    if left in _QUOTED and right[:1] != "@":
        right = f'"{right}"'
    return f"{left} {operator}{right}"


def _format_reject(value: Any) -> str:
    if value is None:
        return "reject"
    if value["type"] == "tcp reset":
        return "reject with tcp reset"
    return f"reject with {value['type']} {value['expr']}"


_COUNTED = [{"counter": None}]
"""The statements of a map whose elements count."""


def _format_log(prefix: str, group: int | None = None, **more: Any) -> str:
    if any(more.values()):
        return json.dumps({"log": {"prefix": prefix, "group": group, **more}})
    return "log " + ("" if group is None else f"group {group} ") + f'prefix "{prefix}"'


def _format_added(value: dict[str, Any]) -> str:
    """Format what counts the connections of a sender in a set, or notes what a packet uses."""
    if value == {"op": "update", "elem": value["elem"], "set": value["set"]}:
        return f"update {value['set']} {{ {_format_left(value['elem'])} }}"
    statements = [{"ct count": {"val": most}} for most in _list_counts(value)]
    if value != {"op": "add", "elem": value["elem"], "set": value["set"], "stmt": statements}:
        return json.dumps({"set": value})
    [most] = _list_counts(value)
    return f"add {value['set']} {{ {_format_left(value['elem'])} ct count {most} }}"


def _list_counts(value: dict[str, Any]) -> list[Any]:
    return [statement["ct count"]["val"] for statement in value["stmt"]]


_WITHOUT_VALUE = ("accept", "drop", "return", "masquerade", "notrack")
_FORMATS: dict[str, Callable[[Any], str]] = {
    # What it has counted is no part of the rule.
    "counter": lambda value: "counter" if isinstance(value, dict) else f'counter name "{value}"',
    "jump": lambda value: f"jump {value['target']}",
    "goto": lambda value: f"goto {value['target']}",
    "limit": lambda value: f'limit name "{value}"' if isinstance(value, str) else json.dumps(value),
    "log": lambda value: _format_log(**value),
    "reject": _format_reject,
    "set": _format_added,
    "vmap": lambda value: f"{_format_left(value['key'])} vmap {value['data']}",
}


def format_expression(expression: Any) -> str:
    """Format one expression of nft's JSON as nft's text; JSON if we never write it."""
    try:
        kind, value = next(iter(expression.items()))
        if kind in _WITHOUT_VALUE and value is None:
            return str(kind)
        if kind in _FORMATS:
            return _FORMATS[kind](value)
        if kind in ("dnat", "snat"):
            return _format_nat(kind, value)
        if kind == "mangle":
            return f"{_format_left(value['key'])} set {_format_right(value['value'])}"
        text = _format_match(value) if kind == "match" else None
    except (AttributeError, KeyError, TypeError, ValueError, StopIteration):
        text = None
    return json.dumps(expression) if text is None else text


def _read_fields(value: Any) -> Fields:
    if isinstance(value, dict) and value.keys() & {"jump", "goto"}:
        return (format_expression(value),)
    if isinstance(value, dict) and "concat" in value:
        return tuple(map(str, value["concat"]))
    return (_format_right(value),)


def _read_types(value: Any) -> Fields:
    return tuple(value) if isinstance(value, list) else tuple(str(value).split(" . "))


def read_element(nft_set: NftSet, item: Any, unknown: list[str]) -> tuple[Fields, SetElement]:
    """Read an element. What this collection never writes is added to ``unknown``."""
    key, data = (item[0], _read_fields(item[1])) if nft_set.data else (item, ())
    comment = ""
    if isinstance(key, dict) and "elem" in key:
        comment = key["elem"].get("comment", "")
        unknown += sorted(set(key["elem"]) - {"val", "comment", "counter"})
        key = key["elem"]["val"]
    fields = [
        PROTOCOL_NUMBERS.get(field, field) if kind == "inet_proto" else field
        for kind, field in zip(nft_set.types, _read_fields(key))
    ]
    return tuple(fields), SetElement(data, comment)


def read_empty_set(value: dict[str, Any]) -> NftSet:
    """Read what a set or map says of its elements, without these."""
    return NftSet(
        _read_types(value["type"]),
        _read_types(value["map"]) if "map" in value else (),
        _list(value.get("flags", ())) == ["interval"],
        size=value.get("size", 0),
        timeout=value.get("timeout", 0),
    )


def _read_set(value: dict[str, Any], unknown: list[str]) -> NftSet:
    nft_set = read_empty_set(value)
    if value.get("stmt", _COUNTED) != _COUNTED:
        unknown.append("stmt")
    for item in () if nft_set.size else value.get("elem", ()):
        key, element = read_element(nft_set, item, unknown)
        nft_set.elements[key] = element
    return nft_set


def read_nft_rule(value: dict[str, Any]) -> NftRule:
    """Read one rule of nft's JSON."""
    statements = [format_expression(expression) for expression in value["expr"]]
    for family, protocol in (("ip", "ipv4"), ("ip6", "ipv6")):
        # A match of an address implies the family; versions of nft differ in listing it.
        addresses = (f"{family} saddr", f"{family} daddr")
        if any(address in statement for statement in statements for address in addresses):
            implied = f"meta nfproto {protocol}"
            statements = [statement for statement in statements if statement != implied]
    return NftRule(tuple(statements), value.get("comment", ""))


_KNOWN_PROPERTIES = {
    "table": {"family", "name", "handle", "comment"},
    "chain": {"family", "table", "name", "handle", "type", "hook", "prio", "policy"},
    "rule": {"family", "table", "chain", "handle", "comment", "expr", "index"},
    "set": {"family", "table", "name", "handle", "type", "elem", "flags", "size", "timeout"},
    "map": {"family", "table", "name", "handle", "type", "map", "elem", "stmt"},
    "limit": {"family", "table", "name", "handle", "rate", "per", "burst"},
    "counter": {"family", "table", "name", "handle", "packets", "bytes"},
}


def _read_chain(value: dict[str, Any]) -> BaseChain:
    header = ChainHeader(
        value.get("type", ""),
        value.get("hook", ""),
        value.get("prio", 0),
        value.get("policy", ""),
    )
    return BaseChain(header)


def read_nft_table(text: str) -> NftTable:
    """Read the table that ``nft -j list table`` lists."""
    table = NftTable()
    rules: list[tuple[str, NftRule]] = []
    for item in json.loads(text)["nftables"]:
        kind, value = next(iter(item.items()))
        if kind == "metainfo":
            continue
        if kind in _KNOWN_PROPERTIES:
            table.unknown += sorted(set(value) - _KNOWN_PROPERTIES[kind])
        else:
            table.unknown.append(kind)
        if kind == "chain":
            table.chains[value["name"]] = _read_chain(value)
        elif kind == "rule":
            rules.append((value["chain"], read_nft_rule(value)))
        elif kind == "limit":
            burst = value.get("burst", 0)
            text = f"rate {value['rate']}/{value['per']} burst {burst} packets"
            table.limits[value["name"]] = text
        elif kind == "counter":
            table.counters.add(value["name"])
        elif kind in ("set", "map"):
            table.sets[value["name"]] = _read_set(value, table.unknown)
    for name, rule in rules:
        table.chains[name].rules.append(rule)
    return table
