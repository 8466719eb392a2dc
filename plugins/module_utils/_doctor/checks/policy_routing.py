# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of policy routing rules (``ip rule``)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._describe.places import describe_location
from ..._model.addresses import address_of, family_of, network_of
from ..._model.policy_rules import PolicyRule
from ..._model.routes import LOCAL_TABLE, MAIN_TABLE
from ..commands import ip_command
from ..facts.host_facts import REFUSING_TYPES, HostFacts
from ..facts.neighbourhood import Neighbourhood, find_neighbourhood
from ..findings import ERROR, WARNING, Finding, format_ref, netns_traffic

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_DEFAULT_TABLE = 253
_DEFAULT_LOOKUPS: dict[int, tuple[str, int]] = {
    MAIN_TABLE: ("main", 32766),
    LOCAL_TABLE: ("local", 0),
}
"""The names and priorities of the lookups without which a namespace has no routes."""
_DEFAULT_RULES = frozenset(
    PolicyRule(family, priority, "lookup", table)
    for family, priority, table in (
        (4, 0, LOCAL_TABLE),
        (4, 32766, MAIN_TABLE),
        (4, 32767, _DEFAULT_TABLE),
        (6, 0, LOCAL_TABLE),
        (6, 32766, MAIN_TABLE),
    )
)
"""The rules of a new namespace; most namespaces have no others."""


def _applies_to_neighbours(rule: PolicyRule, neighbourhood: Neighbourhood) -> bool:
    """Whether a rule matches packets to a neighbour, or forwarded packets between neighbours."""

    def contains_any(network: str | None, addresses: Sequence[str]) -> bool:
        return network is None or any(
            family_of(text) == rule.family and address_of(text) in network_of(network)
            for text in addresses
        )

    neighbours = list(neighbourhood.neighbours)
    return contains_any(rule.source, [*neighbourhood.own_addresses, *neighbours]) and contains_any(
        rule.to, neighbours
    )


def _first_lookup(rules: Sequence[PolicyRule], table: int) -> int | None:
    """The priority of the first rule that looks up a table for all packets."""
    priorities = [
        rule.priority
        for rule in rules
        if rule.action == "lookup" and rule.table == table and rule.is_for_all
    ]
    return min(priorities, default=None)


def check_policy_rules(facts: HostFacts) -> Iterator[Finding]:
    """Rules that reject packets before routes are looked up, and missing lookups."""
    for netns, all_rules in facts.policy_rules.items():
        if set(all_rules) == _DEFAULT_RULES:
            continue
        neighbourhood = find_neighbourhood(facts, netns)
        for family in sorted({family_of(text) for text in neighbourhood.neighbours}):
            rules = [rule for rule in all_rules if rule.family == family]
            yield from _check_lookups(facts, netns, family, rules)
            yield from _check_refusing_rules(netns, rules, neighbourhood)


def _check_refusing_rules(
    netns: str | None, rules: list[PolicyRule], neighbourhood: Neighbourhood
) -> Iterator[Finding]:
    main_lookup = _first_lookup(rules, MAIN_TABLE)
    for rule in rules:
        comes_first = main_lookup is None or rule.priority <= main_lookup
        if (
            rule.action not in REFUSING_TYPES
            or rule.limited
            or not comes_first
            or not _applies_to_neighbours(rule, neighbourhood)
        ):
            continue
        ip = ip_command(netns, rule.family)
        yield Finding(
            "rule_refuses",
            ERROR,
            format_ref((netns, f"rule {rule.priority}")),
            f"the policy routing rule {rule.describe()} {describe_location(netns)} "
            "rejects packets to neighbours before their routes are looked up",
            f"{ip} rule: {rule.describe()}",
            f"{ip} rule del pref {rule.priority}",
            affects=netns_traffic(netns, (rule.family,)),
        )


def _check_lookups(
    facts: HostFacts, netns: str | None, family: int, rules: Sequence[PolicyRule]
) -> Iterator[Finding]:
    other_tables = {
        rule.table
        for rule in rules
        if rule.action == "lookup" and rule.table not in (*_DEFAULT_LOOKUPS, _DEFAULT_TABLE)
    }
    # The routes of table main may have been copied to a table that is looked up.
    has_other_routes = any(
        route.table in other_tables for route in facts.current.routes.get(netns, ())
    )
    for table, (name, priority) in _DEFAULT_LOOKUPS.items():
        if not rules or any(rule.action == "lookup" and rule.table == table for rule in rules):
            continue
        uncertain = table == MAIN_TABLE and has_other_routes
        effect = "only routes of other tables are used" if uncertain else "its routes are not used"
        ip = ip_command(netns, family)
        yield Finding(
            "rule_missing",
            WARNING if uncertain else ERROR,
            format_ref((netns, f"table {name}")),
            f"no policy routing rule {describe_location(netns)} looks up the IPv{family} table "
            f"{name}: {effect}",
            f"{ip} rule: no lookup {name}",
            f"{ip} rule add pref {priority} lookup {name}",
            affects=frozenset() if uncertain else netns_traffic(netns, (family,)),
        )
