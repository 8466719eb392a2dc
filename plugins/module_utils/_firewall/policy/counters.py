# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What rules of policies have counted. All nft rules of one rule share a counter with a name.

A counter belongs to what a rule says, not to its place. So it goes on counting when others change.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._host.programs import find
from ..._model.network_policies import DIRECTIONS, NetworkPolicy, is_damaged
from ..._model.policy_counts import Count, PolicyCounts, RefusalCount, RuleCount
from ..listing import list_nft
from ..nftables.table import POLICY_TABLE_NAME as TABLE_NAME
from .records import digest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ..listing import NftObjects

SPOOFED = "spoofed"
"""The name of the counter of packets with a source address of no member."""


def name_counters(policy: NetworkPolicy, direction: str) -> list[str]:
    """The names of the counters of a policy's rules, in their order."""
    names: list[str] = []
    found: dict[str, int] = {}
    for entry in policy.entries(direction) or ():
        declared = entry._replace(addresses=()) if entry.addresses else entry
        first = f"rule-{digest(policy.owner, policy.name, direction, declared)}"
        # Two rules may be the same.
        repeated = found[first] = found.get(first, -1) + 1
        names.append(f"{first}-{repeated}" if repeated else first)
    return names


def name_refusals(policies: Iterable[NetworkPolicy], direction: str) -> str:
    """The name of the counter of what no rule of these policies lets through."""
    return f"refused-{digest(direction, *((policy.owner, policy.name) for policy in policies))}"


def group_by_member(
    policies: Iterable[NetworkPolicy], direction: str
) -> dict[str, list[NetworkPolicy]]:
    """The policies that limit a direction of each member, by its address; with those that audit."""
    found: dict[str, list[NetworkPolicy]] = {}
    for policy in policies:
        if policy.entries(direction) is not None:
            for address in policy.addresses:
                found.setdefault(address, []).append(policy)
    return found


def read_policy_counts(resources: Iterable[object]) -> PolicyCounts:
    """Read what the policies among these rules of the host have counted.

    Of damaged rules nothing is told, since they are not those of the policies.

    :raises Failed: nft does not list the counters.
    """
    policies = [
        each for each in resources if isinstance(each, NetworkPolicy) and not is_damaged(each)
    ]
    if not policies or find("nft") is None:
        return PolicyCounts()
    counts = _read_counts(list_nft("list", "counters", "table", "inet", TABLE_NAME))
    return _assign_counts(sorted(policies, key=lambda each: each.sort_key), counts)


def _assign_counts(policies: Sequence[NetworkPolicy], counts: Mapping[str, Count]) -> PolicyCounts:
    """Assign counters to policies, which are in canonical order, as when rules were written."""
    rules: list[RuleCount] = []
    refusals: dict[str, RefusalCount] = {}
    for direction in DIRECTIONS:
        for policy in policies:
            for index, name in enumerate(name_counters(policy, direction)):
                count = counts.get(name, Count())
                rules.append(RuleCount(policy, direction, index, count))
        for found in group_by_member(policies, direction).values():
            enforced = [policy for policy in found if not policy.audit]
            for group in (enforced, found) if len(enforced) < len(found) else (found,):
                name, audit = name_refusals(group, direction), any(each.audit for each in group)
                count = counts.get(name, Count())
                if group:
                    refusals[name] = RefusalCount(tuple(group), direction, audit, count)
    return PolicyCounts(tuple(rules), tuple(refusals.values()), counts.get(SPOOFED, Count()))


def _read_counts(listing: NftObjects) -> dict[str, Count]:
    return {
        value["name"]: Count(value["packets"], value["bytes"])
        for item in listing
        for kind, value in item.items()
        if kind == "counter"
    }
