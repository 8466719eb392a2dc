# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Finds rules of others that change the mark of packets before they are routed. Pure.

The guard drops what has no mark (``_firewall/guard``). So a rule that clears the mark after our
rules have set it costs all forwarded packets, and one that sets a mark exempts packets from the
guard.
"""

from __future__ import annotations

import re
from shlex import quote
from typing import TYPE_CHECKING, Any

from ..._model.fast_typing import NamedTuple
from ..._model.guard_rules import GUARD_MARK
from ..._model.lazy_pattern import compile_lazily

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from ..._firewall.listing import NftObjects

MANGLE = -150
"""The priority of the table mangle of iptables in prerouting."""
OWN_JUMP = "REDBLUE-MARK"
_OWN_RULE = f"PREROUTING -m comment --comment redblue.netns -j {OWN_JUMP}"
_SET_XMARK = compile_lazily(r"-j MARK --set-xmark (0x[0-9a-f]+)/(0x[0-9a-f]+)")
_RESTORE = compile_lazily(r"-j CONNMARK --restore-mark(?: --nfmask (0x[0-9a-f]+))?")


class MarkChange(NamedTuple):
    """A rule that changes marks in prerouting.

    ``position`` orders rules: the priority of the base chain, and within iptables' table mangle
    whether the rule comes before our own jump (-1) or after it (1). ``clears``: our mark may be
    gone afterwards.
    """

    chain: str
    rule: str
    position: tuple[int, int]
    clears: bool
    command: str
    remedy: str


def _reachable(base: str, targets: Mapping[str, Collection[str]]) -> list[str]:
    """A chain, and the chains to which it jumps, directly or not."""
    found, queue = [base], [base]
    while queue:
        for target in targets.get(queue.pop(), ()):
            if target not in found:
                found.append(target)
                queue.append(target)
    return found


def _may_clear(value: Any) -> bool:
    """Whether a mark of nft's JSON may be without our mark; ``value`` is what it is set to."""
    if isinstance(value, int):
        return value == 0
    if isinstance(value, dict):
        ((kind, operands),) = value.items()
        if kind == "&" and isinstance(operands[1], int):
            return not operands[1] & GUARD_MARK
        return kind not in ("|", "^")
    return True


def _jump_targets(expression: dict[str, Any]) -> Iterator[str]:
    for kind, content in expression.items():
        if kind in ("jump", "goto"):
            yield content["target"]
        if kind == "vmap" and isinstance(content["data"], dict):
            for _key, verdict in content["data"]["set"]:
                yield from _jump_targets(verdict)


def find_nft_mark_changes(
    family: str, name: str, items: NftObjects, texts: Mapping[int, str]
) -> Iterator[MarkChange]:
    """The rules of a table that change marks, of all its base chains in prerouting.

    :param texts: the rules as nft prints them, by handle.
    """
    rules: dict[str, list[dict[str, Any]]] = {}
    targets: dict[str, set[str]] = {}
    for rule in (item["rule"] for item in items if "rule" in item):
        rules.setdefault(rule["chain"], []).append(rule)
        for expression in rule["expr"]:
            targets.setdefault(rule["chain"], set()).update(_jump_targets(expression))
    for base in (item["chain"] for item in items if "chain" in item):
        if base.get("hook") != "prerouting":
            continue
        for chain in _reachable(base["name"], targets):
            for rule in rules.get(chain, ()):
                for value in _list_marks(rule["expr"]):
                    where = f"{family} {quote(name)} {quote(chain)}"
                    yield MarkChange(
                        f"chain {chain} of table {family} {name} (nft)",
                        texts.get(rule["handle"], ""),
                        (int(base["prio"]), 1),
                        _may_clear(value),
                        f"nft -a list chain {where}",
                        f"nft delete rule {where} handle {rule['handle']}",
                    )


def _list_marks(expressions: Iterable[Any]) -> Iterator[Any]:
    """The values to which a rule sets the mark of packets."""
    for expression in expressions:
        content = expression.get("mangle") if isinstance(expression, dict) else None
        if content is not None and content.get("key") == {"meta": {"key": "mark"}}:
            yield content["value"]


def _clears_by_iptables(line: str) -> bool | None:
    """Whether a rule may clear our mark; None if it does not change marks."""
    found = _SET_XMARK.search(line)
    if found:
        value, mask = int(found[1], 16), int(found[2], 16)
        return (GUARD_MARK & ~mask) ^ value == 0
    found = _RESTORE.search(line)
    if found:
        return bool(int(found[1] or "0xffffffff", 16) & GUARD_MARK)
    return None


def find_iptables_mark_changes(program: str, text: str) -> Iterator[MarkChange]:
    """The rules of the table mangle that change marks in PREROUTING.

    :param text: the lines of the table from iptables-save.
    """
    lines: dict[str, list[str]] = {}
    targets: dict[str, set[str]] = {}
    for line in text.splitlines():
        if line.startswith("-A "):
            chain = line.split()[1]
            lines.setdefault(chain, []).append(line)
            targets.setdefault(chain, set()).update(re.findall(r"-[jg] (\S+)", line)[-1:])
    order = -1
    for line in lines.get("PREROUTING", ()):
        target = re.findall(r"-[jg] (\S+)", line)[-1:]
        if target == [OWN_JUMP]:
            order = 1
            continue
        called = _reachable(target[0], targets) if target and target[0] in lines else []
        rules = [("PREROUTING", line)]
        rules += [(chain, rule) for chain in called for rule in lines.get(chain, ())]
        for chain, rule in rules:
            clears = _clears_by_iptables(rule)
            if clears is not None:
                yield MarkChange(
                    f"chain {chain} of table mangle ({program})",
                    rule,
                    (MANGLE, order),
                    clears,
                    f"{program} -t mangle -S {quote(chain)}",
                    "; ".join(f"{program} -t mangle {verb} {_OWN_RULE}" for verb in ("-D", "-A")),
                )
