# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Our nftables table as nft's text: whole, or the difference between two tables. Pure.

All values in the text were validated before (the package _params). A character that could end the
word in which it is, is refused here once more.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from ..._model.errors import Failed
from ..._model.lazy_pattern import compile_lazily
from ..._model.ownership import MARK
from .table import TABLE_NAME, BaseChain, Fields, NftSet, NftTable, SetElement

if TYPE_CHECKING:
    from collections.abc import Iterator

_SAFE_QUOTED = compile_lazily(r"[A-Za-z0-9 ._:/-]*")
_ADDS_ELEMENT = compile_lazily(
    r"add @[a-z0-9-]+ \{ ip6? saddr ct count [0-9]+ \}"
    r"|update @[a-z0-9-]+ \{ (ip6? saddr \. ip6? daddr) \}"
)
_MOST_TEXTS = 1 << 16
"""How many texts are known to be safe: a table is written once, and once more to be compared."""
_SAFE = compile_lazily(r'[A-Za-z0-9 @!=.:/,\[\]_-]*("[A-Za-z0-9_.: -]+")?')


@lru_cache(maxsize=_MOST_TEXTS)
def _quote(text: str) -> str:
    if not _SAFE_QUOTED.fullmatch(text):
        raise Failed(f"unsafe characters in a value for nft: {text!r}")
    return f'"{text}"'


@lru_cache(maxsize=_MOST_TEXTS)
def _check(text: str) -> str:
    if not _SAFE.fullmatch(text) and not _ADDS_ELEMENT.fullmatch(text):
        raise Failed(f"unsafe characters in a value for nft: {text!r}")
    return text


def _write_fields(types: Fields, fields: Fields) -> str:
    return " . ".join(
        _quote(field) if kind == "ifname" else _check(field) for kind, field in zip(types, fields)
    )


def _write_elements(nft_set: NftSet, elements: dict[Fields, SetElement]) -> Iterator[str]:
    for key, (data, comment) in elements.items():
        value = f" : {_write_fields(nft_set.data, data)}" if data else ""
        comment_clause = f" comment {_quote(comment)}" if comment else ""
        yield f"\t\t\t{_write_fields(nft_set.types, key)}{comment_clause}{value},"


def _kind(nft_set: NftSet) -> str:
    return "map" if nft_set.data else "set"


def write_set(name: str, nft_set: NftSet, counts: bool = True) -> Iterator[str]:
    """Write the lines of a set or map in a table."""
    yield f"\t{_kind(nft_set)} {name} {{"
    data = f" : {' . '.join(nft_set.data)}" if nft_set.data else ""
    yield f"\t\ttype {' . '.join(nft_set.types)}{data}"
    if nft_set.intervals:
        yield "\t\tflags interval"
    if nft_set.size:
        yield f"\t\tsize {nft_set.size}"
        yield "\t\tflags dynamic" + (",timeout" if nft_set.timeout else "")
    if nft_set.timeout:
        yield f"\t\ttimeout {_write_time(nft_set.timeout)}"
    if nft_set.counted and counts:
        yield "\t\tcounter"
    if nft_set.elements:
        yield from ("\t\telements = {", *_write_elements(nft_set, nft_set.elements), "\t\t}")
    yield "\t}"


def _write_time(seconds: int) -> str:
    """A time as nft lists it."""
    words = ""
    for unit, length in (("d", 86400), ("h", 3600), ("m", 60), ("s", 1)):
        count, seconds = divmod(seconds, length)
        words += f"{count}{unit}" if count else ""
    return words


def write_chain(name: str, chain: BaseChain) -> Iterator[str]:
    """Write the lines of a chain in a table."""
    header = chain.header
    yield f"\tchain {name} {{"
    if header.hook:
        yield (
            f"\t\ttype {header.kind} hook {header.hook} priority {header.priority};"
            f" policy {header.policy};"
        )
    for rule in chain.rules:
        yield f"\t\t{' '.join(map(_check, rule.statements))} comment {_quote(rule.comment)}"
    yield "\t}"


def _in_table(family: str, lines: list[str], table_name: str = TABLE_NAME) -> list[str]:
    return [f"table {family} {table_name} {{", *lines, "}"]


def write_script(
    table: NftTable, family: str = "inet", table_name: str = TABLE_NAME, counts: bool = True
) -> str:
    """Write the whole table as input of ``nft -f``.

    :param counts: whether map elements count. Some old versions of nft and kernels cannot do it.
    """
    lines = [f"\tcomment {_quote(MARK)}"]
    lines += [f"\tcounter {name} {{ }}" for name in sorted(table.counters)]
    lines += [f"\tlimit {name} {{ {_check(text)} }}" for name, text in table.limits.items()]
    for name, nft_set in table.sets.items():
        lines += write_set(name, nft_set, counts)
    for name, chain in table.chains.items():
        lines += write_chain(name, chain)
    return "\n".join([*_in_table(family, lines, table_name), ""])


def _write_element_changes(
    name: str, table_words: str, before: NftSet, after: NftSet
) -> Iterator[str]:
    removed = [
        key for key, element in before.elements.items() if after.elements.get(key) != element
    ]
    if removed:
        yield f"delete element {table_words} {name} {{"
        yield from (f"\t\t\t{_write_fields(before.types, key)}," for key in removed)
        yield "}"
    added = {
        key: element
        for key, element in after.elements.items()
        if before.elements.get(key) != element
    }
    if added:
        yield f"add element {table_words} {name} {{"
        yield from _write_elements(after, added)
        yield "}"


def _write_new_objects(before: NftTable, after: NftTable, words: str) -> list[str]:
    """The counters and limits that are new; rules name them."""
    lines = [f"add counter {words} {name}" for name in sorted(after.counters - before.counters)]
    lines += [
        f"add limit {words} {name} {{ {_check(text)} }}"
        for name, text in after.limits.items()
        if name not in before.limits
    ]
    return lines


def write_changes(
    before: NftTable, after: NftTable, family: str = "inet", table_name: str = TABLE_NAME
) -> str:
    """Write what turns one table into another, and leave alone what is in both.

    A table that is deleted and created again in one transaction has the chains of both attached to
    the hooks until the transaction ends, and each chain checks by itself whether it is active: a
    packet in between can find the new chain not yet and the old chain no longer active. A chain
    that stays has its rules replaced at once, and an element that stays is always there.
    """
    words = f"{family} {table_name}"
    lines = _write_new_objects(before, after, words)
    # Verdict maps name chains.
    lines += [
        f"add chain {words} {name}"
        for name, chain in after.chains.items()
        if name not in before.chains and not chain.header.hook
    ]
    for name, nft_set in after.sets.items():
        if name in before.sets:
            lines += _write_element_changes(name, words, before.sets[name], nft_set)
        else:
            lines += _in_table(family, list(write_set(name, nft_set)), table_name)
    changed = [name for name, chain in after.chains.items() if before.chains.get(name) != chain]
    removed = [name for name in before.chains if name not in after.chains]
    for name in (*changed, *removed):
        if name in before.chains:
            lines.append(f"flush chain {words} {name}")
    for name in changed:
        lines += _in_table(family, list(write_chain(name, after.chains[name])), table_name)
    lines += [f"delete chain {words} {name}" for name in removed]
    for name, nft_set in before.sets.items():
        if name not in after.sets:
            lines.append(f"delete {_kind(nft_set)} {words} {name}")
    for kind, gone in (
        ("limit", before.limits.keys() - after.limits.keys()),
        ("counter", before.counters - after.counters),
    ):
        lines += [f"delete {kind} {words} {name}" for name in sorted(gone)]
    return "\n".join([*lines, ""])
