# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Finds rules that change packets on their way, so that they no longer reach their destination.

They send them elsewhere, change their header, mark them for another routing table, or keep them
from connection tracking. Pure.
"""

from __future__ import annotations

import re
from shlex import quote
from typing import TYPE_CHECKING, Any, Callable, Optional

from ..._model.fast_typing import NamedTuple
from ..._model.lazy_pattern import compile_lazily

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from .rules import Match

_HOOKS = ("prerouting", "ingress", "forward", "output")
_UNTRACKED = "exempts them from connection tracking, without which they get no NAT"
_ZONE = "puts them into a zone of connection tracking, whose connections the replies do not find"


class Alteration(NamedTuple):
    """A rule that changes packets.

    ``matches`` are its conditions and those of the jumps to it. ``mark`` is the mark that it sets,
    which does nothing by itself. ``command`` lists the chain, ``remedy`` deletes the rule.
    """

    chain: str
    rule: str
    hook: str
    families: tuple[int, ...]
    matches: tuple[Match, ...]
    effect: str
    mark: int | None
    command: str
    remedy: str


class Rule(NamedTuple):
    """A rule as both programs have it: ``jump`` is the chain that it calls, or empty."""

    text: str
    matches: tuple[Match, ...]
    jump: str
    effect: str
    mark: int | None
    remedy: str


Effect = Optional[tuple[str, Optional[int]]]
"""What a rule does, and the mark that it sets."""


def walk(
    chains: Mapping[str, Sequence[Rule]], base: str
) -> Iterator[tuple[str, Rule, tuple[Match, ...]]]:
    """The altering rules that a base chain reaches, each with its chain and all conditions."""
    queue: list[tuple[str, tuple[Match, ...]]] = [(base, ())]
    seen = {base}
    while queue:
        chain, conditions = queue.pop(0)
        for rule in chains.get(chain, ()):
            if rule.effect:
                yield chain, rule, (*conditions, *rule.matches)
            if rule.jump in chains and rule.jump not in seen:
                seen.add(rule.jump)
                queue.append((rule.jump, (*conditions, *rule.matches)))


ReadConditions = Callable[[dict[str, Any]], "list[Match]"]


def find_nft_alterations(
    family: str,
    name: str,
    families: tuple[int, ...],
    items: Sequence[dict[str, Any]],
    texts: Mapping[int, str],
    read_conditions: ReadConditions,
) -> Iterator[Alteration]:
    """The rules of a table that change packets.

    :param texts: the rules as nft prints them, by handle.
    :param read_conditions: reads what an expression requires.
    """
    chains: dict[str, list[Rule]] = {}
    for rule in (item["rule"] for item in items if "rule" in item):
        where = f"{family} {quote(name)} {quote(rule['chain'])}"
        remedy = f"nft delete rule {where} handle {rule['handle']}"
        text = texts.get(rule["handle"], "")
        chains.setdefault(rule["chain"], []).append(
            _read_nft_rule(rule["expr"], text, remedy, read_conditions)
        )
    for base in (item["chain"] for item in items if "chain" in item):
        if base.get("hook") not in _HOOKS:
            continue
        for chain, rule, matches in walk(chains, base["name"]):
            yield Alteration(
                f"chain {chain} of table {family} {name} (nft)",
                rule.text,
                base["hook"],
                families,
                matches,
                rule.effect,
                rule.mark,
                f"nft -a list chain {family} {quote(name)} {quote(chain)}",
                rule.remedy,
            )


def kind_of(expression: Any) -> str:
    """The kind of an expression in the JSON of libnftables-json(5)."""
    return next(iter(expression), "") if isinstance(expression, dict) else ""


def _read_nft_rule(
    expressions: Sequence[dict[str, Any]], text: str, remedy: str, read_conditions: ReadConditions
) -> Rule:
    matches: list[Match] = []
    effect: Effect = None
    jump = ""
    for expression in expressions:
        kind = kind_of(expression)
        found = _nft_effect(kind, expression[kind]) if kind else None
        if found is not None:
            effect = found
        elif kind in ("jump", "goto"):
            jump = expression[kind]["target"]
        else:
            matches += read_conditions(expression)
    words, mark = effect or ("", None)
    return Rule(text, tuple(matches), jump, words, mark, remedy)


def _nft_effect(kind: str, content: Any) -> Effect:
    if kind == "dnat":
        address = content.get("addr", "") if isinstance(content, dict) else ""
        return f"sends them to {address if isinstance(address, str) else 'others'}", None
    if kind in ("redirect", "tproxy"):
        return "sends them to a port of its own", None
    if kind == "notrack":
        return _UNTRACKED, None
    return _mangle_effect(content) if kind == "mangle" else None


def _mangle_effect(content: dict[str, Any]) -> Effect:
    ((kind, key),) = content["key"].items()
    value = content["value"]
    if kind == "payload" and "protocol" in key and isinstance(value, (str, int)):
        return f"sets {key['protocol']} {key['field']} to {value}", None
    if kind == "ct" and key.get("key") == "zone":
        return _ZONE, None
    if kind == "meta" and key.get("key") == "mark" and isinstance(value, int):
        return f"sets the mark {value:#x}", value
    return None


_TARGETS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"-j DNAT .*--to-destination (\S+)"), "sends them to {}"),
    (re.compile(r"-j NETMAP --to (\S+)"), "sends them to {}"),
    (re.compile(r"-j (?:REDIRECT|TPROXY)\b()"), "sends them to a port of its own"),
    (re.compile(r"-j (?:CT --notrack|NOTRACK)\b()"), _UNTRACKED),
    (re.compile(r"-j CT .*--zone(?:-orig|-reply)? (\S+)"), _ZONE),
    (re.compile(r"-j (?:TTL --ttl|HL --hl)-(\S+ \S+)"), "changes their TTL ({})"),
)
_MARK = compile_lazily(r"-j MARK --set-x?mark (0x[0-9a-f]+)")


def iptables_effect(line: str) -> Effect:
    """What a line of iptables-save does to packets; None if it does not change them."""
    for pattern, words in _TARGETS:
        found = pattern.search(line)
        if found:
            return words.format(found[1]), None
    found = _MARK.search(line)
    return (f"sets the mark {found[1]}", int(found[1], 16)) if found else None
