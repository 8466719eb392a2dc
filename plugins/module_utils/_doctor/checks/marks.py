# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of rules of others that change the mark by which the guard knows what may be forwarded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._describe.places import describe_location
from ..._model.nat import ForwardingEnabled, Isolation
from ..commands import netns_exec
from ..findings import ERROR, INFO, Finding, ruleset_location
from ..firewall.mark_changes import MANGLE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..facts.host_facts import HostFacts
    from ..firewall.mark_changes import MarkChange

_OWN_POSITIONS = {"nftables": (1000, 0), "iptables": (MANGLE, 0)}
"""Where the rules of each backend set the mark."""


def check_marks(facts: HostFacts) -> Iterator[Finding]:
    """Rules that take our mark away, and rules that mark packets which the guard then lets pass."""
    for netns, ruleset in facts.current.rulesets.items():
        has_guard = any(
            isinstance(resource, (Isolation, ForwardingEnabled)) for resource in ruleset.resources
        )
        filters = facts.packet_filters.get(netns)
        if not has_guard or filters is None or ruleset.backend not in _OWN_POSITIONS:
            continue
        for change in filters.mark_changes:
            is_later = change.position > _OWN_POSITIONS[ruleset.backend]
            if is_later and change.clears:
                yield _cleared(netns, change)
            elif not change.clears:
                yield _bypassed(netns, change)


def _cleared(netns: str | None, change: MarkChange) -> Finding:
    where = describe_location(netns)
    prefix = netns_exec(netns)
    return Finding(
        "mark_cleared",
        ERROR,
        change.chain,
        f"the rule {change.rule} in {change.chain} {where} takes away the mark that the rules of "
        "this collection set before; without it the policy routing rules that guard the lab drop "
        "what the host should forward for it",
        f"{prefix}{change.command}: {change.rule}",
        "; ".join(f"{prefix}{command}" for command in change.remedy.split("; ")),
        affects=frozenset({ruleset_location(netns)}),
    )


def _bypassed(netns: str | None, change: MarkChange) -> Finding:
    return Finding(
        "guard_bypassed",
        INFO,
        change.chain,
        f"the rule {change.rule} in {change.chain} {describe_location(netns)} marks packets. "
        "Should only the rules of this collection be removed, the policy routing rules that guard "
        "the labs let packets with a mark of others pass",
        f"{netns_exec(netns)}{change.command}: {change.rule}",
        "limit the rule to the interfaces and networks that are not of a lab",
    )
