# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Two tables of policies without most of what is in both. Pure.

To render the table of a thousand policies takes a second, and most tasks change one of them. So
only what differs is rendered. What it shares with other policies, such as the chain for members
that have the same policies, is in both tables, so that it is taken neither for new nor for gone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..._model.network_policies import (
    DIRECTIONS,
    AddressSet,
    NetworkPolicy,
    SourceCheck,
    list_dns_names,
    list_named_sets,
)
from ..nftables.table import NftTable
from .counters import group_by_member
from .host_table import render_host_table
from .policy_table import HOST_TABLE, PolicyTable, render_table
from .recent import Recent
from .rules import list_shared_sets

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from ..._model.resources import PolicyPart

_Parts = dict[tuple[Any, ...], "PolicyPart"]
_Tables = tuple[NftTable, NftTable]


def render_difference(
    table: PolicyTable, before: list[PolicyPart], after: list[PolicyPart]
) -> _Tables:
    """Two tables, each with what it holds that the other does not. Nobody may change them.

    :param before: what the first one holds, in canonical order; likewise ``after``.
    """
    return recent_differences(table, before, after)


def list_changed(old: Mapping[str, object], new: Mapping[str, object]) -> list[str]:
    """The names of what is in the second mapping, and not or otherwise in the first one."""
    return [name for name, each in new.items() if old.get(name) != each]


def _render_both(table: PolicyTable, before: list[PolicyPart], after: list[PolicyPart]) -> _Tables:
    if before == after:
        return NftTable(), NftTable()
    both = (before, after)
    if table is not HOST_TABLE or not (before and after) or len({*map(_has_names, both)}) > 1:
        return render_table(table, tuple(before)), render_table(table, tuple(after))
    return _render_host_tables(before, after)


def _has_names(parts: Iterable[PolicyPart]) -> bool:
    return any(list_dns_names(part for part in parts if isinstance(part, NetworkPolicy)))


def _render_host_tables(before: list[PolicyPart], after: list[PolicyPart]) -> _Tables:
    both = (before, after)
    old, new = ({part.key: part for part in parts} for parts in both)
    changed = {key for key in {*old, *new} if old.get(key) != new.get(key)}
    policies = [[part for part in parts if isinstance(part, NetworkPolicy)] for parts in both]
    members = _list_members(policies, changed, _list_changed_sets((old, new), changed))
    members |= _list_sharing(policies, members)
    rendered = [
        policy
        for each in policies
        for policy in each
        if policy.key in changed or not members.isdisjoint(policy.addresses)
    ]
    keys = changed | {policy.key for policy in rendered} | _list_named_sets(rendered)
    has_names = _has_names(before)
    if has_names:
        # The set of all members has an address once, whichever checks have it.
        keys.update(key for key, part in old.items() if isinstance(part, SourceCheck))
    tables = [
        render_host_table([part for part in parts if part.key in keys], members, has_names)
        for parts in both
    ]
    # A policy without members has no rules.
    others = [each for each in policies[0] if each.addresses and each.key not in keys]
    _add_used_sets(tables[0], tables[1], others)
    return tables[0], tables[1]


def _list_named_sets(policies: Iterable[NetworkPolicy]) -> set[tuple[Any, ...]]:
    return {
        AddressSet(policy.netns, name, (), policy.owner).key
        for policy in policies
        for name in list_named_sets([policy])
    }


def _list_changed_sets(
    both: Iterable[_Parts], changed: Collection[tuple[Any, ...]]
) -> set[tuple[str | None, str]]:
    return {
        (part.owner, part.name)
        for parts in both
        for key, part in parts.items()
        if key in changed and isinstance(part, AddressSet)
    }


def _list_members(
    both: Iterable[Iterable[NetworkPolicy]],
    changed: Collection[tuple[Any, ...]],
    sets: Collection[tuple[str | None, str]],
) -> set[str]:
    """The addresses to whose rules something changes."""
    return {
        address
        for policies in both
        for policy in policies
        if policy.key in changed
        or (sets and any((policy.owner, name) in sets for name in list_named_sets([policy])))
        for address in policy.addresses
    }


def _list_sharing(both: Sequence[Sequence[NetworkPolicy]], members: Collection[str]) -> set[str]:
    """The addresses of others that share a chain or a counter with one of these."""
    found: set[str] = set()
    for direction in DIRECTIONS:
        groups = [_name_groups(policies, direction) for policies in both]
        used = {name for each in groups for address in members for name in each.get(address, ())}
        for each in groups:
            found.update(address for address, names in each.items() if not used.isdisjoint(names))
    return found


_Group = tuple[tuple["str | None", str], ...]


def _name_groups(
    policies: Sequence[NetworkPolicy], direction: str
) -> Mapping[str, tuple[_Group, ...]]:
    """The policies of each address, and those of them that are enforced."""
    found: dict[str, tuple[_Group, ...]] = {}
    for address, group in group_by_member(policies, direction).items():
        every = tuple((policy.owner, policy.name) for policy in group)
        enforced = tuple((policy.owner, policy.name) for policy in group if not policy.audit)
        found[address] = (every,) if every == enforced else (every, enforced)
    return found


def _add_used_sets(old: NftTable, new: NftTable, policies: Iterable[NetworkPolicy]) -> None:
    """Add the sets to both tables that one of them has, and that other policies use."""
    names = old.sets.keys() ^ new.sets.keys()
    if names:
        used = list_shared_sets(policies)
        for name in names & used:
            nft_set = old.sets.get(name) or new.sets[name]
            old.sets[name] = new.sets[name] = nft_set


recent_differences = Recent(_render_both)
"""A run asks up to four times."""
