# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Policy rules, by which the kernel chooses a routing table (``ip rule``)."""

from __future__ import annotations

from .fast_typing import NamedTuple

Range = tuple[int, int]
"""The first and the last number."""


class RuleLimits(NamedTuple):
    """Conditions of a rule besides the two networks, and what it does besides a lookup.

    ``mark`` is a value and its mask. ``others``: it has conditions that are not read.
    """

    inverted: bool = False
    tos: int = 0
    iif: str | None = None
    oif: str | None = None
    mark: tuple[int, int] | None = None
    uids: Range | None = None
    protocol: int | None = None
    source_ports: Range | None = None
    destination_ports: Range | None = None
    in_vrf: bool = False
    suppressed_length: int | None = None
    """Routes of this length or shorter are not used."""
    goto: int | None = None
    """The priority of the rule with which to go on."""
    others: bool = False


NO_LIMITS = RuleLimits()


class PolicyRule(NamedTuple):
    """A rule. ``source`` and ``to`` are networks; ``limits`` has the further conditions."""

    family: int
    priority: int
    action: str
    table: int
    source: str | None = None
    to: str | None = None
    limits: RuleLimits = NO_LIMITS

    @property
    def limited(self) -> bool:
        """Whether it does not apply to all packets between the two networks."""
        return self.limits != NO_LIMITS

    @property
    def is_for_all(self) -> bool:
        """Whether it applies to every packet."""
        return not (self.source or self.to or self.limited)

    def describe(self) -> str:
        """The rule as ``ip rule`` shows it, with three dots for further conditions."""
        condition = f"from {self.source or 'all'}"
        condition += f" to {self.to}" if self.to else ""
        condition += " ..." if self.limited else ""
        action = f"lookup {self.table}" if self.action == "lookup" else self.action
        return f"{self.priority}: {condition} {action}"
