# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads back what a run loaded into the tables of policies of the host."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from ..._host.programs import run
from ..._model.fast_replace import replace
from ..._model.network_policies import is_damaged
from ..._netlink.nft_comments import list_comments
from ..._netlink.nft_tables import list_tables
from ..nftables.read_table import read_nft_table
from ..nftables.table import POLICY_TABLE_NAME as TABLE_NAME
from ..nftables.table import NftTable
from ..nftables.text_listing import LISTING_OPTIONS, is_listed
from ..tables_state import read_tables_state
from .differences import list_changed, render_difference
from .policy_table import TABLES, PolicyTable, is_written_whole, read_table, sort_parts
from .records import is_record
from .trial import find_sample, lists_as_written
from .verified import note_policies, recall_policies

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..._model.resources import PolicyPart
    from ..nftables.table import BaseChain, NftSet
    from ..tables_state import TablesState

_MOST_OBJECTS = 8
"""Nft lists a table in less time than more of its sets and chains."""
_MANY = 50
"""A table with so many policies is not read as long as there is another proof."""


def verify_policies(
    start: TablesState | None, before: list[PolicyPart], after: list[PolicyPart]
) -> None:
    """Read what was loaded, and note it if it is right. If it is not, the next look tells.

    If there was one transaction since, which is that of the run, what it changed is right if the
    kernel holds such rules as they were written. Of small tables that is read in the tables, and of
    large ones in a sample (trial.py).

    :param start: the state of the tables before the transaction.
    :param before: what they held, as far as the run knows, in canonical order; likewise ``after``.
    """
    now = read_tables_state()
    if now is None or any(map(is_damaged, after)):
        return
    is_next = start is not None and now == start._replace(generation=start.generation + 1)
    known = recall_policies(start) if is_next else None
    is_known = known is not None and sort_parts(known) == before
    samples = _sample_all(before, after, is_known) if is_next else {}
    if not lists_as_written(samples):
        samples = {}
    check = partial(_is_changed_as_wanted, before=before) if is_known else _is_as_wanted
    is_right = all(check(table, parts=after) for table in TABLES if table.family not in samples)
    if is_right and read_tables_state() == now:
        note_policies(now, after)


def _sample_all(
    before: Sequence[PolicyPart], after: Sequence[PolicyPart], is_known: bool
) -> dict[str, NftTable]:
    """The samples of the tables that need not be read, by the families of the tables."""
    found = {table.family: _sample_written(table, before, after, is_known) for table in TABLES}
    return {family: sample for family, sample in found.items() if sample is not None}


def _sample_written(
    table: PolicyTable,
    before: Sequence[PolicyPart],
    after: Sequence[PolicyPart],
    is_known: bool,
) -> NftTable | None:
    """A sample of what a transaction wrote into a large table; None if it is to be read there.

    :param is_known: whether the table was right before it. Otherwise all of it has to be written.
    """
    current, wanted = table.pick(before), table.pick(after)
    if len(wanted) < _MANY or current == wanted:
        return None
    if is_written_whole(current):
        return find_sample(NftTable(), table.render_of(after))
    return find_sample(*render_difference(table, current, wanted)) if is_known else None


def _is_as_wanted(table: PolicyTable, parts: Sequence[PolicyPart]) -> bool:
    """Whether a whole table is what these policies need."""
    wanted = table.render_of(parts)
    if (table.family, TABLE_NAME) not in (list_tables() or ()):
        return not wanted.chains
    if not wanted.chains:
        return False
    answer = run("nft", [*LISTING_OPTIONS, "list", "table", *table.words.split()])
    if answer.code == 0 and is_listed(answer.output, wanted, table.words):
        return True
    # This version of nft may use other words.
    return read_table(table) == wanted


def _is_changed_as_wanted(
    table: PolicyTable, before: Sequence[PolicyPart], parts: Sequence[PolicyPart]
) -> bool:
    """Whether the sets and chains are right in which two tables differ."""
    old, new = render_difference(table, table.pick(before), table.pick(parts))
    sets, chains = list_changed(old.sets, new.sets), list_changed(old.chains, new.chains)
    if len(sets) + len(chains) > _MOST_OBJECTS:
        return _is_as_wanted(table, parts)
    for name in sets:
        nft_set = new.sets[name]
        live = _read_object(table, "map" if nft_set.data else "set", name)
        if live is None or not _is_set_as_wanted(live.sets.get(name), old.sets.get(name), nft_set):
            return False
    return all(_is_chain_as_wanted(table, name, new.chains[name]) for name in chains)


def _is_chain_as_wanted(table: PolicyTable, name: str, chain: BaseChain) -> bool:
    if is_record(name):
        try:
            comments = list_comments(table.family, TABLE_NAME, name)
        except OSError:
            return False
        return comments == [rule.comment for rule in chain.rules]
    live = _read_object(table, "chain", name)
    return live is not None and live.chains == {name: chain}


def _is_set_as_wanted(live: NftSet | None, old: NftSet | None, new: NftSet) -> bool:
    """Whether a set has what is in ``new``, and no longer what only ``old`` has.

    Both lack the elements that no change is about.
    """
    if live is None or old is None:
        return live == new
    rendered = {*old.elements, *new.elements}
    others = {key: each for key, each in live.elements.items() if key not in rendered}
    return live == replace(new, elements={**others, **new.elements})


def _read_object(table: PolicyTable, kind: str, name: str) -> NftTable | None:
    """A table with one set, map or chain of a table alone; None if it has what we never write."""
    answer = run("nft", ["-j", "--numeric-protocol", "list", kind, *table.words.split(), name])
    live = None if answer.code else read_nft_table(answer.output)
    return None if live is None or live.unknown else live
