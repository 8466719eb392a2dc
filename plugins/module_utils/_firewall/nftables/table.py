# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Our nftables table as plain data, read from nft's JSON. _nft_text.py writes it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Tuple

NAME = "redblue_netns"
NUMBERS = {"tcp": "6", "udp": "17", "sctp": "132"}
"""nft knows the protocols' names only where /etc/protocols is, and Debian's minimal systems have none."""

Key = Tuple[str, ...]
_QUOTED = ("iifname", "oifname", "meta iifkind", "meta oifkind")


class NftRule(NamedTuple):
    """One rule: its statements in nft's words, as nft lists them."""

    parts: Key
    comment: str


class Element(NamedTuple):
    """What a set or map holds for a key; ``data`` is empty in a set."""

    data: Key
    comment: str


@dataclass
class Set:
    """A set, or a map when it has ``data`` types. Concatenations have several types. With ``intervals`` it holds networks."""

    types: Key
    data: Key = ()
    intervals: bool = False
    elements: Dict[Key, Element] = field(default_factory=dict)


@dataclass
class Chain:
    """A base chain: type, hook, priority, policy."""

    header: Tuple[str, str, int, str]
    rules: List[NftRule] = field(default_factory=list)


@dataclass
class Table:
    """The table. ``odd`` holds what was found in it and is nothing that we ever make."""

    sets: Dict[str, Set] = field(default_factory=dict)
    chains: Dict[str, Chain] = field(default_factory=dict)
    unknown: List[str] = field(default_factory=list)

    def comments(self) -> Iterator[str]:
        for chain in self.chains.values():
            yield from (rule.comment for rule in chain.rules)
        for known in self.sets.values():
            yield from (element.comment for element in known.elements.values())


def _format_left(left: Any) -> Optional[str]:
    kind, what = next(iter(left.items()))
    if kind == "concat":
        said = [_format_left(part) for part in what]
        return None if None in said else " . ".join(str(part) for part in said)
    if kind == "payload":
        return f"{what['protocol']} {what['field']}"
    if kind == "meta":
        return str(what["key"]) if what["key"] in ("iifname", "oifname") else f"meta {what['key']}"
    if kind == "fib":
        return f"fib {' . '.join(what['flags'])} {what['result']}"
    return f"ct {what['key']}" if kind == "ct" and set(what) == {"key"} else None


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


def _format_nat(kind: str, what: Dict[str, Any]) -> str:
    target = what["addr"]
    if isinstance(target, dict):
        said = f"{_format_left(target['map']['key'])} map {target['map']['data']}"
    else:
        port = f":{what['port']}" if "port" in what else ""
        said = f"[{target}]{port}" if port and ":" in target else f"{target}{port}"
    return (
        f"{kind} {what['family']} to {said}"
        if set(what) <= {"family", "addr", "port"}
        else json.dumps(what)
    )


def format_expression(expression: Any) -> str:
    """One expression of nft's JSON in nft's words; what we never write stays JSON, and so equals nothing of ours."""
    try:
        kind, what = next(iter(expression.items()))
        if kind in ("accept", "drop", "masquerade") and what is None:
            return kind
        if kind in ("dnat", "snat"):
            return _format_nat(kind, what)
        left, right = _format_left(what["left"]), _format_right(what["right"])
        operator = {"==": "", "in": "", "!=": "!= "}[what["op"]]
        if left is None or kind != "match":
            return json.dumps(expression)
        return f"{left} {operator}" + (
            f'"{right}"' if left in _QUOTED and right[:1] != "@" else right
        )
    except (AttributeError, KeyError, TypeError, StopIteration):
        return json.dumps(expression)


def _read_value(value: Any) -> Key:
    return (
        tuple(map(str, value["concat"]))
        if isinstance(value, dict) and "concat" in value
        else (_format_right(value),)
    )


def _types_of(value: Any) -> Key:
    return tuple(value) if isinstance(value, list) else tuple(str(value).split(" . "))


def _read_set(what: Dict[str, Any], odd: List[str]) -> Set:
    known = Set(
        _types_of(what["type"]),
        _types_of(what["map"]) if "map" in what else (),
        what.get("flags") == ["interval"],
    )
    protocols = [index for index, kind in enumerate(known.types) if kind == "inet_proto"]
    for item in what.get("elem", ()):
        key, data = (item[0], _read_value(item[1])) if known.data else (item, ())
        comment = ""
        if isinstance(key, dict) and "elem" in key:
            comment = key["elem"].get("comment", "")
            odd += sorted(set(key["elem"]) - {"val", "comment"})
            key = key["elem"]["val"]
        values = list(_read_value(key))
        for index in protocols:
            values[index] = NUMBERS.get(values[index], values[index])
        known.elements[tuple(values)] = Element(data, comment)
    return known


def read_rule(what: Dict[str, Any]) -> NftRule:
    """One rule of nft's JSON."""
    parts = [format_expression(expression) for expression in what["expr"]]
    for family, version in (("ip", "ipv4"), ("ip6", "ipv6")):
        # Where an address is matched, the family goes without saying: versions of nft differ in listing it.
        if any(f"{family} saddr" in part or f"{family} daddr" in part for part in parts):
            parts = [part for part in parts if part != f"meta nfproto {version}"]
    return NftRule(tuple(parts), what.get("comment", ""))


_EXPECTED = {
    "table": {"family", "name", "handle", "comment"},
    "chain": {"family", "table", "name", "handle", "type", "hook", "prio", "policy"},
    "rule": {"family", "table", "chain", "handle", "comment", "expr", "index"},
    "set": {"family", "table", "name", "handle", "type", "elem", "flags"},
    "map": {"family", "table", "name", "handle", "type", "map", "elem"},
}


def read_nft_table(text: str) -> Table:
    """The table that ``nft -j list table`` lists."""
    table = Table()
    rules: List[Tuple[str, NftRule]] = []
    for item in json.loads(text)["nftables"]:
        kind, what = next(iter(item.items()))
        if kind == "metainfo":
            continue
        table.unknown += sorted(set(what) - _EXPECTED[kind]) if kind in _EXPECTED else [kind]
        if kind == "chain":
            table.chains[what["name"]] = Chain(
                (
                    what.get("type", ""),
                    what.get("hook", ""),
                    what.get("prio", 0),
                    what.get("policy", ""),
                )
            )
        elif kind == "rule":
            rules.append((what["chain"], read_rule(what)))
        elif kind in ("set", "map"):
            table.sets[what["name"]] = _read_set(what, table.unknown)
    for name, rule in rules:
        table.chains[name].rules.append(rule)
    return table
