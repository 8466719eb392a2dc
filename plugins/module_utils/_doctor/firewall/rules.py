# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rules of a packet filter as plain data, in whichever tool they were written, and what a rule is limited to."""

from __future__ import annotations

from dataclasses import dataclass, field
from shlex import quote
from typing import Dict, FrozenSet, List, NamedTuple, Tuple

ARP = 0
"""Beside 4 and 6: what bridges carry and no packet filter of IP is shown."""


class Match(NamedTuple):
    """One limit of a rule.

    ``of`` is ``came_by``, ``leaves_by``, ``source``, ``to``, ``family``, ``state`` or ``protocol``; what else rules look at is ``other``, and cannot be told.
    """

    of: str
    values: Tuple[str, ...] = ()
    negated: bool = False


OTHER = Match("other")


class FirewallRule(NamedTuple):
    """What happens to what is within all its limits.

    ``verdict`` is ``accept``, ``drop``, ``return``, ``queue``, ``jump`` or ``goto`` to the chain ``target``, or empty where it goes on.
    """

    chain: str
    text: str
    matches: Tuple[Match, ...] = ()
    verdict: str = ""
    target: str = ""


class Hook(NamedTuple):
    """A chain that the kernel itself asks, and those behind it. ``table`` bears its family where nft is the ``tool``; ``devices`` has who sits on a link."""

    tool: str
    table: str
    chain: str
    hook: str
    families: Tuple[int, ...]
    drops: bool
    chains: Dict[str, List[FirewallRule]]
    firewall: str = "forward"
    devices: FrozenSet[str] = frozenset()

    @property
    def on_links(self) -> bool:
        """Whether it is shown frames, by the port of a bridge at which they come."""
        return self.table.split()[0] in ("bridge", "netdev") or bool(self.devices)

    def place(self, chain: str) -> str:
        return f"chain {chain} of table {self.table} ({self.tool})"

    def shows(self, chain: str) -> str:
        """The command that lists one of its chains."""
        if self.tool == "nft":
            return f"nft -a list chain {' '.join(map(quote, (*self.table.split(' ', 1), chain)))}"
        return f"{self.tool} -t {self.table} -S {quote(chain)}"

    def can_drop(self) -> bool:
        return self.drops or any(
            rule.verdict == "drop" for rules in self.chains.values() for rule in rules
        )


@dataclass
class Filters:
    """What the packet filters of one namespace may have against traffic."""

    hooks: List[Hook] = field(default_factory=list)
    unhooked: List[str] = field(default_factory=list)
    """The programs of iptables in whose rules DOCKER-USER stands and nobody asks it."""
    unread: List[str] = field(default_factory=list)
