# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a plan reports besides its changes: warnings, and resources that are left alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._describe.links import describe_link
from .._describe.places import describe_location
from .._model.fast_dataclass import dataclass
from .._model.links import Veth
from .._model.nat import Dnat, Masquerade
from .._model.netns import StaleName

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .._model.changes import Change
    from .._model.current_state import CurrentState
    from .._model.desired_state import DesiredState

_FAMILIES = {"inet": {4, 6}, "ip": {4}, "ip6": {6}}
"""The address families of the packets that a chain of a family of nftables sees."""


@dataclass(frozen=True)
class LeftAlone:
    """A resource of a topology that the plan does not touch, and why."""

    what: str
    why: str


def compose_warnings(
    desired: DesiredState, current: CurrentState, changes: Sequence[Change]
) -> Iterator[str]:
    """Warnings: leftovers of killed runs, chains that drop the traffic, a misspelled topology."""
    if current.netns_dir_unsafe is not None:
        yield (
            f"/run/netns {current.netns_dir_unsafe}, so others than root can change which "
            "namespaces the names lead to: make it a directory of root with mode 0755"
        )
    for change in changes:
        if isinstance(change.before, StaleName):
            yield f"/run/netns/{change.before.name} was a stale file that a crash left behind"
    for ref, link in current.links.items() if current.unfinished else ():
        if ref in current.unfinished:
            yield f"{describe_link(link)} was left unfinished by a run that was killed"
    yield from _describe_blocking_chains(desired, current)
    yield from _describe_firewalld(current)
    if desired.lab and not desired.present and not changes:
        owners = current.owners()
        yield (
            f"no resources of topology {desired.lab} found on this host (topologies found: "
            f"{', '.join(sorted(owners)) or 'none'})"
        )


def _has_two_ports_of_one_bridge(desired: DesiredState) -> bool:
    """Whether a bridge on the host is wanted to forward between two of its ports."""
    bridges: list[str] = []
    for resource in desired.present:
        if isinstance(resource, Veth):
            ends = (resource.end, resource.peer)
            bridges += [end.bridge for end in ends if end.netns is None and end.bridge]
    return len(set(bridges)) < len(bridges)


def _describe_blocking_chains(desired: DesiredState, current: CurrentState) -> Iterator[str]:
    """Warnings about chains of others that drop forwarded packets.

    They also drop a packet that another chain accepts.
    """
    for netns, chains in current.blocking_chains.items():
        families: set[int] = {
            rule.family
            for rule in desired.present
            if isinstance(rule, (Masquerade, Dnat)) and rule.netns == netns
        }
        if netns is None and _has_two_ports_of_one_bridge(desired):
            families |= current.br_netfilter_families
        for chain in chains:
            if chain.firewall in desired.integrate or not families & _FAMILIES[chain.family]:
                continue
            what = (
                f"{describe_location(netns)} the chain {chain.chain}, which was not created by "
                "this collection, drops forwarded packets, and no rule in another chain can "
                "accept them"
            )
            if chain.firewall is None:
                yield f"{what}; add rules to that chain that accept this traffic"
            else:
                yield (
                    f"{what}; set integrate: {chain.firewall} to allow this traffic there "
                    "(traffic within a lab does not need that if its switch is in a namespace)"
                )


def _describe_firewalld(current: CurrentState) -> Iterator[str]:
    """Warnings about firewalld, which empties the tables of iptables, where they hold our rules."""
    for netns, chains in current.blocking_chains.items():
        beside_firewalld = any("firewalld" in chain.chain for chain in chains)
        if beside_firewalld and current.backends.get(netns) == "iptables":
            yield (
                f"{describe_location(netns)} firewalld runs, which empties all tables of iptables "
                "when it starts or reloads. With backend: iptables nothing is forwarded for a lab "
                "from then on until its task runs again; use backend: nftables, whose table "
                "firewalld leaves alone"
            )
