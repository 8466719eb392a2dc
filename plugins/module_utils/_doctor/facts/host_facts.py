# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a doctor looks at: all that was observed, once, in plain data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Dict, FrozenSet, List, NamedTuple, Optional, Set, Tuple

from ..._model.current_state import CurrentState, Neighbour
from ..._model.impairments import Impairment
from ..._model.links import Link, LinkRef
from ..._model.nat import Dnat, Masquerade
from ..._netlink.fib_rules import PolicyRule
from ..firewall.rules import Filters

Gateway = Tuple[Optional[str], str, str]
"""(namespace, address, device)."""


class Limit(NamedTuple):
    """A table of the kernel: how full, and how full it may be."""

    check: str
    what: str
    used: int
    most: int
    key: str


@dataclass
class HostFacts:
    """Of a host."""

    current: CurrentState
    declared: FrozenSet[LinkRef] = frozenset()
    """Links of a topology: what they are to be ports of is known."""
    neighbours: Dict[Optional[str], List[Neighbour]] = field(default_factory=dict)
    states: Dict[LinkRef, str] = field(default_factory=dict)
    """Of a bridge's ports, what STP has them do."""
    no_carrier: Set[LinkRef] = field(default_factory=set)
    """Links that are up and have no carrier, where that is asked."""
    dad_failed: Set[Tuple[LinkRef, str]] = field(default_factory=set)
    settings: Dict[Tuple[Optional[str], str], str] = field(default_factory=dict)
    filters: Dict[Optional[str], Filters] = field(default_factory=dict)
    silent_gateways: Set[Gateway] = field(default_factory=set)
    """Those that were asked for their MAC and said nothing."""
    refused: Dict[Gateway, int] = field(default_factory=dict)
    """Those to whom the kernel did not send, with its errno."""
    rules: Dict[Optional[str], Tuple[PolicyRule, ...]] = field(default_factory=dict)
    """Those by which tables of routes are chosen; none are known of a kernel that has one table."""
    impairments: Dict[LinkRef, Impairment] = field(default_factory=dict)
    """Whoever made them."""
    limits: List[Limit] = field(default_factory=list)
    managed: Dict[str, str] = field(default_factory=dict)
    """By name of a link of the host: who manages it, and the file that says so."""
    nscd: bool = False
    stub: Optional[str] = None
    """The host's nameserver, where it is one of its loopback, which no namespace reaches."""
    resolve: bool = False
    """Whether names are looked up by the host's systemd-resolved (nsswitch.conf)."""
    reasons: List[str] = field(default_factory=list)

    def on(self, netns: Optional[str]) -> List[Link]:
        return [link for link in self.current.links.values() if link.netns == netns]

    def bridged(self) -> FrozenSet[LinkRef]:
        """The bridges with a port that leads into a namespace, and the ends of cables that do."""
        links = self.current.links
        ends = [
            link
            for link in links.values()
            if link.peer is not None and link.peer[0] is not None and link.peer[0] != link.netns
        ]
        return frozenset(
            (end.netns, end.bridge) if end.bridge else end.ref
            for end in ends
            if end.bridge or end.addresses
        )

    def is_up(self, place: LinkRef) -> bool:
        return place in self.current.links and bool(self.current.links[place].up)

    def bridges_with_addresses(self) -> Dict[LinkRef, List[Link]]:
        """The links on which others sit that are up and ours, or in a namespace. A vlan is down with its link, and up again with it."""
        found: Dict[LinkRef, List[Link]] = {}
        for link in self.current.links.values():
            if (
                link.parent
                and link.parent[1]
                and (link.up or link.kind == "vlan")
                and (link.netns is not None or link.owner is not None)
            ):
                found.setdefault(link.parent, []).append(link)
        return found

    def ways_in(self, netns: Optional[str]) -> FrozenSet[str]:
        """The links there by which namespaces are reached, and those of our rules."""
        rules = self.current.rulesets[netns].resources if netns in self.current.rulesets else ()
        named = [
            resource.device
            for resource in rules
            if isinstance(resource, (Masquerade, Dnat)) and resource.device
        ]
        return frozenset([*named, *(name for place, name in self.bridged() if place == netns)])
