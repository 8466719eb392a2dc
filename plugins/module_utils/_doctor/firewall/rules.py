# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rules of packet filters as plain data, the same for nftables and iptables. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from shlex import quote
from typing import TYPE_CHECKING

from ..._model.fast_typing import NamedTuple

if TYPE_CHECKING:
    from .alterations import Alteration
    from .mark_changes import MarkChange

ARP = 0
"""A family beside 4 and 6: frames of a bridge that only filters of frames see."""


class Match(NamedTuple):
    """A condition of a rule.

    ``field`` is ``input_link``, ``output_link``, ``source``, ``destination``, ``family``, ``state``
    or ``protocol``; ``unknown`` is any condition that cannot be evaluated here.
    """

    field: str
    values: tuple[str, ...] = ()
    negated: bool = False


UNKNOWN = Match("unknown")


class FirewallRule(NamedTuple):
    """A rule: what happens to packets that meet all its conditions.

    ``verdict`` is ``accept``, ``drop``, ``return``, ``queue``, ``jump`` or ``goto`` to the chain
    ``target``, or empty if evaluation continues with the next rule.
    """

    chain: str
    text: str
    matches: tuple[Match, ...] = ()
    verdict: str = ""
    target: str = ""


class Hook(NamedTuple):
    """A base chain, and the chains of its table.

    ``tool`` is ``nft`` or the program of iptables. With ``nft``, ``table`` is FAMILY NAME.
    ``drops_by_policy`` is the policy of the base chain. ``devices`` are the links of a netdev
    chain; ``firewall`` is a value of option integrate.
    """

    tool: str
    table: str
    chain: str
    hook: str
    families: tuple[int, ...]
    drops_by_policy: bool
    chains: dict[str, list[FirewallRule]]
    firewall: str = "forward"
    devices: frozenset[str] = frozenset()

    @property
    def sees_frames(self) -> bool:
        """Whether it sees the frames of each bridge port, and not the packets of the bridge."""
        return self.table.split()[0] in ("bridge", "netdev") or bool(self.devices)

    def describe_chain(self, chain: str) -> str:
        return f"chain {chain} of table {self.table} ({self.tool})"

    def list_command(self, chain: str) -> str:
        """The command that lists a chain of the table."""
        if self.tool == "nft":
            words = (*self.table.split(" ", 1), chain)
            return f"nft -a list chain {' '.join(map(quote, words))}"
        return f"{self.tool} -t {self.table} -S {quote(chain)}"

    def can_drop(self) -> bool:
        return self.drops_by_policy or any(
            rule.verdict == "drop" for rules in self.chains.values() for rule in rules
        )


@dataclass
class PacketFilters:
    """The base chains of a namespace that can drop packets."""

    hooks: list[Hook] = field(default_factory=list)
    unhooked_docker_user: list[str] = field(default_factory=list)
    """The programs of iptables in whose rules a chain DOCKER-USER exists without a jump to it."""
    read_errors: list[str] = field(default_factory=list)
    mark_changes: list[MarkChange] = field(default_factory=list)
    """The rules of others that change marks in prerouting."""
    alterations: list[Alteration] = field(default_factory=list)
    """The rules of others that change packets on their way."""
