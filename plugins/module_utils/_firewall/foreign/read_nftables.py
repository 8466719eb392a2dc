# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads the rules that translate addresses from nftables tables. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..._model.foreign_forwards import ALL_PACKETS, Packets
from .nft_operands import (
    ORDERINGS,
    SPREAD,
    Sets,
    implied_packets,
    list_elements,
    list_ordered,
    name_fields,
    read_element,
)
from .rules import ALWAYS, NEVER, UNKNOWN, Chains, Condition, ForeignRule, ForeignTable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..listing import NftObjects

_FAMILIES = {"ip": 4, "ip6": 6}
_VERDICTS = {"accept": "accept", "drop": "accept", "reject": "accept", "return": "return"}
_TRANSLATIONS = ("dnat", "redirect", "tproxy")
_REWRITTEN = ("daddr", "dport")
"""The fields that a rule of any chain may give another value."""
_HOOKED = ("nat", "filter")
"""The types of chains that can take packets: by translations, or by tproxy and new addresses."""
_XT_TRANSLATIONS = ("DNAT", "REDIRECT", "NETMAP")
_WITHOUT_CONDITION = ("counter", "log", "mangle", "notrack", "ct helper", "continue")


def read_nft_table(family: str, name: str, items: NftObjects) -> ForeignTable:
    """Return a table.

    :param items: what nft lists of it.
    """
    sets: Sets = {
        value["name"]: value
        for item in items
        for kind, value in item.items()
        if kind in ("set", "map")
    }
    declared = [item["chain"] for item in items if "chain" in item]
    chains: Chains = {chain["name"]: [] for chain in declared}
    for item in items:
        if "rule" in item:
            chains.setdefault(item["rule"]["chain"], []).extend(
                _read_rule(item["rule"]["expr"], sets)
            )
    base_chains = [chain for chain in declared if takes_packets(chain)]
    base_chains.sort(key=lambda chain: int(chain["prio"]))
    return ForeignTable(
        f"table {family} {name}",
        Packets(family=_FAMILIES.get(family, 0)),
        tuple(chain["name"] for chain in base_chains),
        chains,
    )


def takes_packets(chain: dict[str, Any]) -> bool:
    """Return whether a chain sees packets while it is still open where they go."""
    return chain.get("type") in _HOOKED and chain.get("hook") == "prerouting"


def _read_rule(expressions: list[Any], sets: Sets) -> Iterator[ForeignRule]:
    """Return a rule; of one that ends with a map, one for each element."""
    conditions: list[Condition] = []
    for expression in expressions:
        kind, value = _split(expression)
        if kind in _VERDICTS:
            yield ForeignRule(tuple(conditions), _VERDICTS[kind])
        elif kind in ("jump", "goto"):
            yield ForeignRule(tuple(conditions), kind, value["target"])
        elif kind == "vmap":
            yield from _read_verdict_map(conditions, value, sets)
        elif kind in _TRANSLATIONS:
            for found in _read_translation(value, sets):
                yield ForeignRule((*conditions, found), "translate")
        elif _translates(kind, value):
            yield ForeignRule(tuple(conditions), "translate")
        elif kind == "match":
            conditions += _read_match(value, sets)
        elif kind not in _WITHOUT_CONDITION and not _only_adds(kind, value):
            conditions.append(UNKNOWN)
    if expressions and expressions[-1] == {"xt": None}:
        # A target of iptables that this version of nft does not name.
        yield ForeignRule(tuple(conditions), "translate")


def _translates(kind: str, value: Any) -> bool:
    """Return whether a statement without a map gives packets another destination."""
    if kind == "xt":
        return isinstance(value, dict) and value.get("name") in _XT_TRANSLATIONS
    if kind != "mangle":
        return False
    kind, field = _split(value["key"])
    # A bridge sends a frame with another MAC address to another port, not to another address.
    return (
        kind == "payload" and field.get("protocol") != "ether" and field.get("field") in _REWRITTEN
    )


def _only_adds(kind: str, value: Any) -> bool:
    """Return whether a statement only adds the packet's fields to a set."""
    return kind == "set" and isinstance(value, dict) and "stmt" not in value


def _split(expression: Any) -> tuple[str, Any]:
    if isinstance(expression, dict) and expression:
        kind, value = next(iter(expression.items()))
        return str(kind), value
    return "", None


def _read_match(match: dict[str, Any], sets: Sets) -> list[Condition]:
    left, operator, right = match["left"], match["op"], match["right"]
    negated = operator == "!="
    kind, value = _split(left)
    if kind == "fib":
        return [_read_address_type(value, right, negated)]
    if kind == "ct" and value.get("key") == "state":
        states = right if isinstance(right, list) else [right]
        return [ALWAYS if ("new" in states) is not negated else NEVER]
    implied = implied_packets(left)
    conditions = [] if implied == ALL_PACKETS else [Condition((implied,))]
    elements = list_elements(right, sets)
    if operator in ORDERINGS:
        elements = list_ordered(operator, elements)
    elif operator not in ("==", "!=", "in"):
        elements = None
    return [*conditions, _compare(name_fields(left), elements, negated)]


def _read_address_type(fib: dict[str, Any], right: Any, negated: bool) -> Condition:
    """Read a condition on the type of the destination; what is forwarded is for the host."""
    if fib.get("result") != "type" or fib.get("flags") not in (["daddr"], "daddr"):
        return UNKNOWN
    types = right.get("set") if isinstance(right, dict) else [right]
    if not isinstance(types, list):
        return UNKNOWN
    return ALWAYS if ("local" in types) is not negated else NEVER


def _compare(fields: list[str], elements: list[Any] | None, negated: bool = False) -> Condition:
    if elements is None:
        return UNKNOWN
    found: list[Packets] = []
    for element in elements:
        packets = read_element(fields, element)
        if packets is None:
            return UNKNOWN
        found += packets
    return Condition(tuple(found), negated, whole=SPREAD not in fields)


def _read_map(mapping: dict[str, Any], sets: Sets) -> Iterator[tuple[list[Condition], Any]]:
    """Return the conditions and the value of each element of a map."""
    left = mapping["key"]
    implied, fields = implied_packets(left), name_fields(left)
    conditions = [] if implied == ALL_PACKETS else [Condition((implied,))]
    elements = list_elements(mapping["data"], sets)
    if elements is None:
        # Its elements change: each is possible.
        name = str(mapping["data"])[1:]
        elements, fields = list(sets.get(name, {}).get("elem", ())) or [["*", None]], [""]
    for element in elements:
        key, value = element
        compared = _compare(fields, [key]) if key != "*" else ALWAYS
        yield [*conditions, compared], value


def _read_verdict_map(
    conditions: list[Condition], value: dict[str, Any], sets: Sets
) -> Iterator[ForeignRule]:
    for found, verdict in _read_map(value, sets):
        kind, content = _split(verdict)
        everything = (*conditions, *(one for one in found if one is not ALWAYS))
        if kind in _VERDICTS:
            yield ForeignRule(everything, _VERDICTS[kind])
        elif kind in ("jump", "goto"):
            yield ForeignRule(everything, kind, content["target"])


def _read_translation(value: Any, sets: Sets) -> Iterator[Condition]:
    """Return a condition for each element of the maps that give the target; else ``ALWAYS``."""
    parts = value.values() if isinstance(value, dict) else ()
    maps = [part["map"] for part in parts if isinstance(part, dict) and "map" in part]
    if not maps:
        yield ALWAYS
        return
    implied = implied_packets(maps[0]["key"])
    for conditions, _target in _read_map(maps[0], sets):
        last = conditions[-1]
        common = [one.intersect(implied) for one in last.alternatives]
        yield last._replace(alternatives=tuple(one for one in common if one is not None))
