# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who reaches whom by which policy once a run is over, computed from its plan. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .._model.addresses import NetworkSet, family_of, is_part, network_of
from .._model.changes import links_in
from .._model.netns import Netns
from .._model.network_policies import (
    ADDRESS_SET,
    DIRECTIONS,
    DNS,
    HOST,
    MAX_COMPARISONS,
    NETNS,
    NETWORK,
    SINGLE_PARTS,
    AddressSet,
    NetworkPolicy,
    SinglePart,
    as_recorded,
    list_dns_names,
)
from .._model.policy_matrix import Flows, MatrixRow, Place, compute_matrix
from .._model.policy_names import stand_in
from .._model.policy_verdicts import PolicyVerdicts
from .._model.ranges import format_range

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from .._engine.converge import Outcome
    from .._model.addresses import Network
    from .._model.desired_state import DesiredState
    from .._model.links import Link, LinkRef

MAX_GROUPS = 40
"""More groups that the policies treat differently have no matrix: nobody would read it."""
_ELSEWHERE = {
    4: ("203.0.113.250", "198.18.0.250", "192.0.2.250"),
    6: ("2001:db8:ffff::fa", "2001:2::fa"),
}
"""Addresses of which one is probably in no network that a rule names. They are reserved."""


def compose_policy_matrix(outcome: Outcome, desired: DesiredState) -> list[dict[str, Any]] | None:
    """The matrix of the topology that was planned; None if it has too many groups."""
    parts = _list_parts(outcome, desired.lab)
    policies = [part for part in parts if isinstance(part, NetworkPolicy)]
    if not policies:
        return []
    if outcome.current.is_narrow:
        return None  # Only with more rules than a matrix is made of.
    links = _list_links(outcome, desired)
    members = _list_members(outcome, desired)
    inside = [
        Place(HOST if link.netns is None else link.netns, text.partition("/")[0])
        for link in links
        if link.netns is None or link.netns in members
        for text in link.addresses or ()
    ]
    rules = sum(len(each.entries(name) or ()) for each in policies for name in DIRECTIONS)
    if rules * len(inside) > MAX_COMPARISONS:
        return None
    own = {place.address for place in inside if place.name == HOST}
    networks = {
        network_of(text) for link in links if link.netns in members for text in link.addresses or ()
    }
    places = [*sorted(inside), *_list_outside(parts, inside, networks)]
    verdicts = PolicyVerdicts(parts, own)
    rows = None
    if rules * len(places) <= MAX_COMPARISONS:
        rows = compute_matrix(verdicts, places, MAX_GROUPS)
    return None if rows is None else [*map(_compose_row, rows)]


def _list_parts(outcome: Outcome, lab: str | None) -> list[SinglePart]:
    """The policies and address sets of the topology as they will be."""
    ruleset = outcome.current.rulesets.get(None)
    parts = {each.key: each for each in (ruleset.resources if ruleset else ())}
    for change in outcome.plan.changes:
        if isinstance(change.resource, SINGLE_PARTS):
            parts.pop(change.resource.key, None)
            if isinstance(change.after, SINGLE_PARTS):
                parts[change.after.key] = change.after
    recorded = [as_recorded(each) for each in parts.values() if isinstance(each, SINGLE_PARTS)]
    found = [each for each in recorded if isinstance(each, SINGLE_PARTS) and each.owner == lab]
    return sorted(found, key=lambda each: each.sort_key)


def _list_links(outcome: Outcome, desired: DesiredState) -> Collection[Link]:
    links: dict[LinkRef, Link] = dict(outcome.current.links)
    links.update((link.ref, link) for link in (*links_in(desired.present), *outcome.attached))
    return links.values()


def _list_members(outcome: Outcome, desired: DesiredState) -> set[str | None]:
    names: set[str | None] = {
        netns.name for netns in outcome.current.namespaces.values() if netns.is_of(desired.lab)
    }
    for change in outcome.plan.changes:
        if isinstance(change.before, Netns) and change.after is None:
            names.discard(change.before.name)
    return names | {each.name for each in desired.present if isinstance(each, Netns)}


def _list_outside(
    parts: Collection[SinglePart], inside: Collection[Place], own: Collection[Network]
) -> Iterator[Place]:
    """A place for each network outside that a rule names, and one for all other addresses."""
    named = _list_networks(parts)
    known = NetworkSet([*named, *own])
    taken = {place.address for place in inside}
    outside = [network for network in named if not any(is_part(network, other) for other in own)]
    for network in outside:
        for address in (*_some_addresses(network), *_ELSEWHERE[network.version]):
            is_its_own = known.find_longest(address) == network.prefixlen
            if is_its_own and address not in taken and is_part(network_of(address), network):
                yield Place(str(network), address, is_outside=True)
                break
    names = sorted({*list_dns_names(part for part in parts if isinstance(part, NetworkPolicy))})
    for family, candidates in _ELSEWHERE.items():
        if not any(family == family_of(place.address) for place in inside):
            continue
        for name in names:
            yield Place(f"{DNS}:{name}", stand_in(name, family), is_outside=True)
        for address in candidates:
            if known.find_longest(address) is None:
                yield Place("elsewhere", address, is_outside=True)
                break


def _some_addresses(network: Network) -> Iterator[str]:
    """Some addresses of a network, from both of its ends."""
    size = network.num_addresses
    for number in dict.fromkeys((min(1, size - 1), 0, size // 2, size - 2, size - 1)):
        if 0 <= number < size:
            yield str(network[number])


def _list_networks(parts: Iterable[SinglePart]) -> list[Network]:
    """The networks that rules name, also in address sets and as those of topologies."""
    texts: list[str] = []
    for part in parts:
        if isinstance(part, AddressSet):
            texts += part.addresses
            continue
        for direction in DIRECTIONS:
            for entry in part.entries(direction) or ():
                texts += (value for kind, value in entry.peers if kind == NETWORK)
                if all(kind not in (NETNS, ADDRESS_SET, DNS) for kind, _value in entry.peers):
                    texts += entry.addresses
    return [*map(network_of, sorted(set(texts)))]


def _compose_row(row: MatrixRow) -> dict[str, Any]:
    return {
        "family": row.family,
        "from": list(row.sources),
        "to": list(row.targets),
        "allowed": [_compose_flows(each) for each in row.flows if each.direction is None],
        "refused": [
            {**_compose_flows(each), "direction": each.direction}
            for each in row.flows
            if each.direction is not None
        ],
    }


def _compose_flows(flows: Flows) -> dict[str, Any]:
    return {
        "protocol": flows.protocol,
        "ports": [format_range(*ports) for ports in flows.ports],
        "policies": list(flows.policies),
    }
