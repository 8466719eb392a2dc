# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Our nftables table as data: read_table.py reads it from JSON, script.py writes it as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._model import policy_names
from ..._model.fast_dataclass import dataclass, field
from ..._model.fast_typing import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

TABLE_NAME = "redblue_netns"
POLICY_TABLE_NAME = policy_names.TABLE
OWN_TABLES = frozenset(
    (family, name)
    for family in ("inet", "bridge", "arp")
    for name in (TABLE_NAME, POLICY_TABLE_NAME)
)
"""The tables that this collection may have, by family and name."""
PROTOCOL_NUMBERS = {"tcp": "6", "udp": "17", "sctp": "132"}
"""Set elements have numbers: nft needs /etc/protocols for names, which minimal Debian lacks."""
ND_TARGET = "@th,64,128"
"""The target address of a neighbour solicitation or advertisement (RFC 4861)."""

Fields = tuple[str, ...]
"""The fields of a concatenation: of a set's type, of an element's key, or of its data."""


class NftRule(NamedTuple):
    """A rule: its expressions and statements as nft lists them, and its comment."""

    statements: tuple[str, ...]
    comment: str


class SetElement(NamedTuple):
    """What a set or map holds for a key; ``data`` is empty in a set."""

    data: Fields
    comment: str


@dataclass
class NftSet:
    """A set, or a map if ``data`` has types. With ``intervals`` it holds networks.

    ``counted``: each element counts the packets that found it. A set that does not is equal: it
    was written by an older version of this collection, or the kernel does not support it.
    ``size``: rules or others add the elements, at most so many. They are no part of what was
    written. ``timeout`` is how many seconds such an element stays; 0 for ever.
    """

    types: Fields
    data: Fields = ()
    intervals: bool = False
    elements: dict[Fields, SetElement] = field(default_factory=dict)
    counted: bool = field(default=False, compare=False)
    size: int = 0
    timeout: int = 0


class ChainHeader(NamedTuple):
    """Where a base chain is attached: type, hook, priority and policy as in nft(8)."""

    kind: str
    hook: str
    priority: int
    policy: str


@dataclass
class BaseChain:
    """A base chain with its rules."""

    header: ChainHeader
    rules: list[NftRule] = field(default_factory=list)


@dataclass
class NftTable:
    """A table. ``unknown`` names what was found in it that this collection never writes.

    ``counters`` are the names of counters that rules share, ``limits`` the limits, by name.
    """

    sets: dict[str, NftSet] = field(default_factory=dict)
    chains: dict[str, BaseChain] = field(default_factory=dict)
    counters: set[str] = field(default_factory=set)
    limits: dict[str, str] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)

    def comments(self) -> Iterator[str]:
        """Return the comments of all rules and set elements."""
        for chain in self.chains.values():
            yield from (rule.comment for rule in chain.rules)
        for nft_set in self.sets.values():
            yield from (element.comment for element in nft_set.elements.values())

    def rules_of(self, chain: str) -> list[NftRule]:
        """Return the rules of a chain; none if there is no such chain."""
        return self.chains[chain].rules if chain in self.chains else []

    def elements_of(self, name: str) -> dict[Fields, SetElement]:
        """Return the elements of a set or map; none if there is no such set."""
        return self.sets[name].elements if name in self.sets else {}
