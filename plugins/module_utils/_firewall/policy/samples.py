# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A small table that has each form of rule and element of a large one. Pure.

Rules of one form differ only in addresses, ports and names. Nft and the kernel treat them alike.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from ..._model.fast_replace import replace
from ..._model.lazy_pattern import compile_lazily
from ..nftables.table import NftTable
from .records import is_record

if TYPE_CHECKING:
    import re
    from collections.abc import Iterable

    from ..nftables.table import BaseChain, Fields, NftSet, SetElement

_COUNTER = 'counter name "'
_LIMIT = 'limit name "'
_VALUE = compile_lazily(
    r'"[^"]*"|(?<=@)[a-z]+[0-9]?-[0-9a-f-]+|(?<=jump )\S+|(?<=goto )\S+|(?<=dport )[0-9]+(-[0-9]+)?'
    r"|0x[0-9a-f]+|[0-9]+(?:\.[0-9]+){3}|[0-9a-f]*:[0-9a-f:.]*"
)
_SET = compile_lazily(r"@([a-z][a-z0-9-]*)")
_VERDICTS = ("jump ", "goto ")


@lru_cache(maxsize=1 << 16)
def form_of(statement: str) -> str:
    """A statement without addresses, ports and names."""
    if statement.startswith((_COUNTER, _LIMIT)):
        return statement[: statement.index('"')]
    return _VALUE.sub(_name_kind, statement)


def _name_kind(match: re.Match[str]) -> str:
    """What is in the place of a value: an IPv6 address has another length than an IPv4 address."""
    text = match[0]
    if text.startswith('"'):
        return '""'
    if match[1]:
        return "range"
    return "::" if ":" in text else "value"


def sample_table(table: NftTable, chains: Iterable[str], sets: Iterable[str]) -> NftTable:
    """A part of a table that has each form of some chains and sets, and all that it names.

    :raises KeyError: the table lacks a chain to which a rule leads.
    """
    return _Sampler(table).sample(chains, sets)


class _Sampler:
    """Collects the parts of a sample."""

    def __init__(self, table: NftTable) -> None:
        self._table = table
        self._forms: set[object] = set()
        self._chains: dict[str, BaseChain] = {}
        self._elements: dict[str, dict[Fields, SetElement]] = {}

    def sample(self, chains: Iterable[str], sets: Iterable[str]) -> NftTable:
        for name in sets:
            self._add_set(name, self._table.sets[name])
        for name in chains:
            chain = self._table.chains[name]
            if chain.header.hook or self._is_new(name, chain):
                self._add_chain(name)
        return self._compose()

    def _is_new(self, name: str, chain: BaseChain) -> bool:
        """Whether a chain has a rule of a form that none had before."""
        forms: set[object] = {"record" if is_record(name) else name.partition("-")[0]}
        if not is_record(name):
            forms.update((*map(form_of, rule.statements),) for rule in chain.rules)
        is_known = forms <= self._forms
        self._forms |= forms
        return not is_known

    def _add_chain(self, name: str) -> None:
        if name in self._chains:
            return
        chain = self._chains[name] = self._table.chains[name]
        for rule in chain.rules:
            for statement in rule.statements:
                self._add_named(statement)

    def _add_named(self, statement: str) -> None:
        """Add the chain and the sets that a statement names."""
        if statement.startswith(_VERDICTS):
            self._add_chain(statement.partition(" ")[2])
        elif "@" in statement:
            for name in _SET.findall(statement):
                if name in self._table.sets:
                    self._elements.setdefault(name, {})

    def _add_set(self, name: str, nft_set: NftSet) -> None:
        """Add elements of forms that none had before; a set without one only if it is new."""
        kind = (name.partition("-")[0], nft_set.types, nft_set.data, nft_set.size, nft_set.timeout)
        chosen: dict[Fields, SetElement] = {}
        for key, element in nft_set.elements.items():
            verdict = element.data[0] if element.data else ""
            fields = tuple(map(form_of, key)) if nft_set.intervals else ()
            form = (kind, verdict.partition(" ")[0], bool(element.comment), fields)
            if form not in self._forms:
                self._forms.add(form)
                chosen[key] = element
                self._add_named(verdict)
        if chosen or kind not in self._forms:
            self._forms.add(kind)
            self._elements[name] = chosen

    def _compose(self) -> NftTable:
        sets = {
            name: replace(self._table.sets[name], elements=elements)
            for name, elements in self._elements.items()
        }
        words = [
            statement.split('"')[1]
            for chain in self._chains.values()
            for rule in chain.rules
            for statement in rule.statements
            if statement.startswith((_COUNTER, _LIMIT))
        ]
        limits = {name: self._table.limits[name] for name in words if name in self._table.limits}
        return NftTable(sets, self._chains, self._table.counters.intersection(words), limits)
