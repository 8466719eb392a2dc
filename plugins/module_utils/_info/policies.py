# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Policies as items of a topology. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .._model.network_policies import (
    ALLOW,
    ANY,
    HOST,
    REJECT,
    AddressSet,
    Entry,
    NetworkPolicy,
    as_recorded,
    is_damaged,
    list_named_sets,
)
from .._model.policy_counts import Count, PolicyCounts
from .._model.ranges import format_range
from .items import drop_none

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .._model.resources import NatResource
    from .items import Item


def compose_address_sets(rules: Iterable[NatResource], owner: str) -> list[Item]:
    """The address sets of a topology as options."""
    return [
        {"name": rule.name, "addresses": list(as_recorded(rule).addresses)}
        for rule in rules
        if isinstance(rule, AddressSet) and rule.owner == owner
    ]


def compose_policies(rules: Iterable[NatResource], owner: str) -> list[Item]:
    """The policies of a topology as options."""
    return [
        _compose_policy(rule)
        for rule in rules
        if isinstance(rule, NetworkPolicy) and rule.owner == owner
    ]


def _compose_policy(policy: NetworkPolicy) -> Item:
    return drop_none(
        {
            "name": policy.name,
            "netns": None if policy.members is None else list(policy.members),
            "ingress": _compose_entries("from", policy.ingress),
            "egress": _compose_entries("to", policy.egress),
            "refuse": None if policy.refuse == REJECT else policy.refuse,
            "audit": policy.audit or None,
            "nflog": policy.nflog,
        }
    )


def compose_all_policies(
    rules: Iterable[NatResource], counts: PolicyCounts | None = None
) -> list[Item]:
    """The policies of all topologies: as options of netns_policy, and what is known besides."""
    rules, counts = list(rules), counts or PolicyCounts()
    return [
        {
            "options": {
                "topology": policy.owner or "",
                **_compose_policy(policy),
                "address_sets": _compose_named_sets(rules, policy),
            },
            "made_by": "netns_policy" if policy.single else "topology",
            "addresses": list(as_recorded(policy).addresses),
            "damaged": is_damaged(policy),
            "rules": _compose_rule_counts(policy, counts),
            "refused": _compose_refusals(policy, counts),
        }
        for policy in rules
        if isinstance(policy, NetworkPolicy)
    ]


def _compose_named_sets(rules: Iterable[NatResource], policy: NetworkPolicy) -> list[Item]:
    names = set(list_named_sets([policy]))
    sets = compose_address_sets(rules, policy.owner or "")
    return [item for item in sets if item["name"] in names]


def _compose_entries(side: str, entries: tuple[Entry, ...] | None) -> list[Item] | None:
    if entries is None:
        return None
    return [
        drop_none(
            {
                side: [_compose_peer(*peer) for peer in entry.peers] or None,
                "protocol": None if entry.protocol == ANY else entry.protocol,
                "ports": [format_range(*ports) for ports in entry.ports] or None,
                "action": None if entry.action == ALLOW else entry.action,
                "log": entry.log or None,
                "limit": _compose_limit(entry),
            }
        )
        for entry in entries
    ]


def _compose_limit(entry: Entry) -> Item | None:
    limit: Item = {} if entry.connections is None else {"connections": entry.connections}
    if entry.limit is not None:
        rate = f"{entry.limit.rate}/{entry.limit.unit}"
        limit.update(rate=rate, burst=entry.limit.burst)
    return limit or None


def _compose_peer(kind: str, value: str) -> dict[str, Any]:
    return {kind: True if kind == HOST else value}


def _compose_rule_counts(policy: NetworkPolicy, counts: PolicyCounts) -> list[Item]:
    return [
        {"direction": each.direction, "index": each.number, **_compose_count(each.counted)}
        for each in counts.rules
        if each.policy.key == policy.key
    ]


def _compose_refusals(policy: NetworkPolicy, counts: PolicyCounts) -> list[Item]:
    return [
        {
            "direction": each.direction,
            "policies": [other.name for other in each.policies],
            "audit": each.audit,
            **_compose_count(each.counted),
        }
        for each in counts.refusals
        if policy.key in {other.key for other in each.policies}
    ]


def _compose_count(count: Count) -> dict[str, int]:
    return {"packets": count.packets, "bytes": count.octets}
