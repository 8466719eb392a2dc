# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Our nftables table as nft's text: whole, or what differs between two of them. Pure.

It is text because nft up to 1.0.6 cannot read back as JSON a map to addresses with ports, which it itself lists.
All that goes into the text was checked before (_values.py); what could still break out of its place is refused here once more.
"""

from __future__ import annotations

import re
from typing import Dict, Iterator, List

from ..._model.errors import Failed
from ..._model.ownership import MARK
from .table import NAME, Chain, Element, Key, Set, Table

_PLAIN = re.compile(r"[A-Za-z0-9 ._:/-]*")
_PART = re.compile(r'[A-Za-z0-9 @!=.:/,\[\]_-]*("[A-Za-z0-9_.-]+")?')


def _quote(text: str) -> str:
    if not _PLAIN.fullmatch(text):
        raise Failed(f"{text!r} cannot be written for nft")
    return f'"{text}"'


def _check(part: str) -> str:
    if not _PART.fullmatch(part):
        raise Failed(f"{part!r} cannot be written for nft")
    return part


def _write_values(types: Key, values: Key) -> str:
    return " . ".join(
        _quote(value) if kind == "ifname" else _check(value) for kind, value in zip(types, values)
    )


def _write_elements(known: Set, elements: Dict[Key, Element]) -> Iterator[str]:
    for key, (data, comment) in elements.items():
        value = f" : {_write_values(known.data, data)}" if data else ""
        noted = f" comment {_quote(comment)}" if comment else ""
        yield f"\t\t\t{_write_values(known.types, key)}{noted}{value},"


def _write_set(name: str, known: Set) -> Iterator[str]:
    kind = "map" if known.data else "set"
    yield f"\t{kind} {name} {{"
    yield f"\t\ttype {' . '.join(known.types)}" + (
        f" : {' . '.join(known.data)}" if known.data else ""
    )
    yield from ("\t\tflags interval",) if known.intervals else ()
    yield from ("\t\telements = {", *_write_elements(known, known.elements), "\t\t}", "\t}")


def _write_chain(name: str, chain: Chain) -> Iterator[str]:
    kind, hook, priority, policy = chain.header
    yield from (
        f"\tchain {name} {{",
        f"\t\ttype {kind} hook {hook} priority {priority}; policy {policy};",
    )
    yield from (
        f"\t\t{' '.join(map(_check, rule.parts))} comment {_quote(rule.comment)}"
        for rule in chain.rules
    )
    yield "\t}"


def _in_table(family: str, lines: List[str], *properties: str) -> List[str]:
    return [f"table {family} {NAME} {{", *properties, *lines, "}"]


def write_script(table: Table, family: str = "inet") -> str:
    """The table as nft reads it."""
    lines = [line for name, known in table.sets.items() for line in _write_set(name, known)]
    lines += [line for name, chain in table.chains.items() for line in _write_chain(name, chain)]
    return "\n".join([*_in_table(family, lines, f"\tcomment {_quote(MARK)}"), ""])


def _write_gone(name: str, family: str, before: Set, after: Set) -> Iterator[str]:
    gone = [key for key, element in before.elements.items() if after.elements.get(key) != element]
    if gone:
        yield f"delete element {family} {NAME} {name} {{"
        yield from (f"\t\t\t{_write_values(before.types, key)}," for key in gone)
        yield "}"


def _write_come(name: str, family: str, before: Set, after: Set) -> Iterator[str]:
    come = {
        key: element
        for key, element in after.elements.items()
        if before.elements.get(key) != element
    }
    if come:
        yield from (f"add element {family} {NAME} {name} {{", *_write_elements(after, come), "}")


def write_changes(before: Table, after: Table, family: str = "inet") -> str:
    """From one table to another, leaving in place what is in both.

    A table that is deleted and made again in one transaction has both its chains hooked until that ends, and each looks by
    itself which generation counts: a packet in between can find the one not yet and the other no longer there. A chain that
    stays has its rules exchanged at once, and an element that stays is there all the time.
    """
    lines: List[str] = []
    for name, known in after.sets.items():
        if name in before.sets:
            lines += [
                *_write_gone(name, family, before.sets[name], known),
                *_write_come(name, family, before.sets[name], known),
            ]
        else:
            lines += _in_table(family, list(_write_set(name, known)))
    changed = [name for name, chain in after.chains.items() if before.chains.get(name) != chain]
    gone = [name for name in before.chains if name not in after.chains]
    lines += [
        f"flush chain {family} {NAME} {name}" for name in (*changed, *gone) if name in before.chains
    ]
    for name in changed:
        lines += _in_table(family, list(_write_chain(name, after.chains[name])))
    lines += [f"delete chain {family} {NAME} {name}" for name in gone]
    lines += [
        f"delete {'map' if known.data else 'set'} {family} {NAME} {name}"
        for name, known in before.sets.items()
        if name not in after.sets
    ]
    return "\n".join([*lines, ""])
