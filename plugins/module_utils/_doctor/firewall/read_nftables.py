# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads the rules of nftables tables.

What a rule does is read from the JSON output of nft; how a finding shows it, from the text output.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Optional

from ..._firewall.comments import is_marked
from ..._firewall.listing import NftObjects, list_nft
from ..._host.programs import run
from ..._model.errors import Failed
from ..._model.fast_typing import NamedTuple
from ..._model.lazy_pattern import compile_lazily
from .alterations import find_nft_alterations, kind_of
from .mark_changes import find_nft_mark_changes
from .rules import ARP, UNKNOWN, FirewallRule, Hook, Match, PacketFilters

if TYPE_CHECKING:
    from collections.abc import Iterator

FAMILIES = {
    "inet": (4, 6),
    "ip": (4,),
    "ip6": (6,),
    "bridge": (4, 6, ARP),
    "netdev": (4, 6, ARP),
    "arp": (ARP,),
}
_META_FIELDS = {
    "iif": "input_link",
    "iifname": "input_link",
    "ibrname": "input_link",
    "oif": "output_link",
    "oifname": "output_link",
    "obrname": "output_link",
    "nfproto": "family",
    "protocol": "family",
    "l4proto": "protocol",
}
_PAYLOAD_FIELDS = {
    "ip saddr": "source",
    "ip daddr": "destination",
    "ip6 saddr": "source",
    "ip6 daddr": "destination",
    "ip protocol": "protocol",
    "ip6 nexthdr": "protocol",
    "ether type": "family",
}
_IMPLIED = {
    "ip": Match("family", ("ip",)),
    "ip6": Match("family", ("ip6",)),
    "arp": Match("family", ("arp",)),
    "tcp": Match("protocol", ("tcp",)),
    "udp": Match("protocol", ("udp",)),
    "icmp": Match("protocol", ("icmp",)),
    "icmpv6": Match("protocol", ("icmpv6",)),
}
"""The condition that a look into a header implies, by the protocol of the header."""
_VERDICTS = {
    "accept": "accept",
    "drop": "drop",
    "reject": "drop",
    "return": "return",
    "queue": "queue",
    "continue": "",
    "jump": "jump",
    "goto": "goto",
}
_SHOWN = ("drop", "reject", "mangle", "dnat", "redirect", "tproxy", "notrack")
"""The expressions of rules that findings show."""
_NO_CONDITIONS = ("counter", "log", "mangle", "notrack", "ct helper")
_HANDLE = compile_lazily(r" # handle ([0-9]+)$")
_QUOTED = compile_lazily(r'("[^"]*")')
_COUNTER = compile_lazily(r"\bcounter (?!name )")

Values = Optional[tuple[str, ...]]
"""The values of a condition; None if they are unknown."""
Sets = dict[str, list[Any]]
"""The elements of sets and maps by name, as in the JSON output."""


class _Table(NamedTuple):
    """``rule_texts``: the rules as nft prints them, by handle."""

    rule_texts: dict[int, str]
    sets: Sets


def _read_rule_texts(family: str, name: str) -> dict[int, str]:
    """The rules by handle, without counters: a finding must not change with each packet.

    :raises Failed: nft cannot list the table.
    """
    answer = run("nft", ["-a", "-s", "list", "table", family, name])
    if answer.code:
        raise Failed(f"nft list table {family} {name}: {answer.complaint}")
    found = {}
    for line in answer.output.splitlines():
        handle = _HANDLE.search(line)
        if handle:
            parts = _QUOTED.split(line.strip())
            found[int(handle[1])] = "".join(
                part if part[:1] == '"' else _COUNTER.sub("", part) for part in parts
            )
    return found


def _values_of_all(items: list[Any], sets: Sets) -> Values:
    found: list[str] = []
    for item in items:
        values = _values_of(item, sets)
        if values is None:
            return None
        found += values
    return tuple(found)


def _values_of(operand: Any, sets: Sets) -> Values:
    """The values of the right-hand side of a condition, in the JSON of libnftables-json(5)."""
    if isinstance(operand, dict):
        kind, content = next(iter(operand.items()))
        if kind == "prefix":
            return (f"{content['addr']}/{content['len']}",)
        if kind == "range":
            return ("-".join(map(str, content)),)
        if kind == "elem":
            return _values_of(content["val"], sets)
        return _values_of(content, sets) if kind == "set" else None
    if isinstance(operand, list):
        return _values_of_all(operand, sets)
    if isinstance(operand, str) and operand[:1] == "@":
        return _values_of(sets[operand[1:]], sets) if operand[1:] in sets else None
    return (str(operand),) if isinstance(operand, (str, int)) else None


def _field_of(operand: Any) -> tuple[str, list[Match]]:
    """The field that the left-hand side of a condition names, and the conditions it implies."""
    if not isinstance(operand, dict):
        return "unknown", []
    kind, content = next(iter(operand.items()))
    if kind == "meta":
        return _META_FIELDS.get(content["key"], "unknown"), []
    if kind == "payload" and "protocol" in content:
        implied = _IMPLIED.get(content["protocol"])
        name = f"{content['protocol']} {content['field']}"
        return _PAYLOAD_FIELDS.get(name, "unknown"), [implied] if implied else []
    is_state = kind == "ct" and content["key"] in ("state", "status")
    return "state" if is_state else "unknown", []


def _read_match(expression: dict[str, Any], sets: Sets) -> list[Match]:
    field, implied = _field_of(expression["left"])
    values = _values_of(expression["right"], sets)
    if field == "unknown" or values is None or expression["op"] not in ("==", "in", "!="):
        return [*implied, UNKNOWN]
    return [*implied, Match(field, values, expression["op"] == "!=")]


def _read_conditions(expression: Any, sets: Sets) -> list[Match]:
    """What an expression of a rule requires before those behind it apply."""
    kind = kind_of(expression)
    if kind == "match":
        return _read_match(expression["match"], sets)
    return [] if kind in _NO_CONDITIONS or kind in _VERDICTS else [UNKNOWN]


def _read_verdicts(
    expression: dict[str, Any], sets: Sets
) -> Iterator[tuple[list[Match], str, str]]:
    """The (conditions, verdict, target) of a verdict, or of each element of a verdict map."""
    ((kind, content),) = expression.items()
    if kind in _VERDICTS:
        yield [], _VERDICTS[kind], content["target"] if kind in ("jump", "goto") else ""
    if kind != "vmap":
        return
    field, implied = _field_of(content["key"])
    data = content["data"]
    elements = sets.get(data[1:], []) if isinstance(data, str) else data["set"]
    seen = set()
    for value, verdict in elements:
        values = None if value == "*" else _values_of(value, sets)
        match = UNKNOWN if field == "unknown" or values is None else Match(field, values)
        for _no_matches, word, target in _read_verdicts(verdict, sets):
            # A map may have thousands of elements of the same unknown condition.
            result = ((*implied, match), word, target)
            if result not in seen:
                seen.add(result)
                yield list(result[0]), word, target


def _read_rule(rule: dict[str, Any], table: _Table) -> Iterator[FirewallRule]:
    """A rule; one for each element if it ends with a verdict map."""
    matches: list[Match] = []
    text = table.rule_texts.get(rule["handle"], f"# handle {rule['handle']}")
    for expression in rule["expr"]:
        kind = kind_of(expression)
        if kind == "vmap" or kind in _VERDICTS:
            for more, verdict, target in _read_verdicts(expression, table.sets):
                conditions = tuple(dict.fromkeys([*matches, *more]))
                yield FirewallRule(rule["chain"], text, conditions, verdict, target)
        else:
            matches += _read_conditions(expression, table.sets)


def _identify_firewall(table: str) -> str:
    """The value of option integrate for the program that made a table."""
    return {"docker-bridges": "docker", "firewalld": "firewalld"}.get(table, "forward")


def _list_table(family: str, name: str) -> tuple[_Table, NftObjects]:
    """The table, with the texts of its rules if any of them drops, or changes something."""
    items = list_nft("list", "table", family, name)
    sets = {
        content["name"]: content.get("elem", [])
        for item in items
        for kind, content in item.items()
        if kind in ("set", "map")
    }
    shown = str(items)
    matters = any(f"'{word}'" in shown for word in _SHOWN)
    return _Table(_read_rule_texts(family, name) if matters else {}, sets), items


def read_table(family: str, name: str, filters: PacketFilters) -> None:
    """Add the base chains of a table that can drop packets, in the order in which nft lists them.

    :raises NetnsError: nft cannot list the table.
    """
    table, items = _list_table(family, name)
    filters.mark_changes += find_nft_mark_changes(family, name, items, table.rule_texts)
    filters.hooks += _read_hooks(family, name, table, items)
    filters.alterations += find_nft_alterations(
        family,
        name,
        FAMILIES[family],
        items,
        table.rule_texts,
        lambda expression: _read_conditions(expression, table.sets),
    )


def _read_hooks(family: str, name: str, table: _Table, items: NftObjects) -> Iterator[Hook]:
    declared = [item["chain"] for item in items if "chain" in item]
    chains: dict[str, list[FirewallRule]] = {chain["name"]: [] for chain in declared}
    for item in items:
        if "rule" not in item:
            continue
        is_own = is_marked(item["rule"].get("comment", ""))
        for rule in _read_rule(item["rule"], table):
            if not (is_own and rule.verdict == "drop"):
                chains[rule.chain].append(rule)
    for chain in declared:
        if "hook" not in chain:
            continue
        devices = chain.get("dev", ())
        hook = Hook(
            "nft",
            f"{family} {name}",
            chain["name"],
            chain["hook"],
            FAMILIES[family],
            chain.get("policy") == "drop",
            chains,
            _identify_firewall(name),
            frozenset([devices] if isinstance(devices, str) else devices),
        )
        if hook.can_drop():
            yield hook
