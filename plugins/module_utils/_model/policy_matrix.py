# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who reaches whom by which policy, computed without packets. Pure.

Addresses that the policies treat in the same way are one group, so a lab with hundreds of equal
members has few rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .addresses import ICMP_PROTOCOLS, family_of
from .fast_typing import NamedTuple
from .network_policies import ANY, EGRESS, HOST, INGRESS, PORT_PROTOCOLS
from .policy_verdicts import Traffic
from .ranges import ALL_PORTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from .network_policies import Entry
    from .policy_verdicts import PolicyVerdicts


class Place(NamedTuple):
    """An address, and what it is called: a namespace, the host, or a network outside."""

    name: str
    address: str
    is_outside: bool = False


class Flows(NamedTuple):
    """Protocols and ports that are treated in the same way; without ports all of them.

    ``direction`` is that in which policies refuse; None where they let through. ``policies`` are
    those that do. None of them does what no policy limits.
    """

    protocol: str
    ports: tuple[tuple[int, int], ...]
    direction: str | None
    policies: tuple[str, ...]


class MatrixRow(NamedTuple):
    """What two groups of places send to each other. ``any`` stands for all other protocols."""

    family: int
    sources: tuple[str, ...]
    targets: tuple[str, ...]
    flows: tuple[Flows, ...]


def compute_matrix(
    verdicts: PolicyVerdicts, places: Iterable[Place], max_groups: int | None = None
) -> list[MatrixRow] | None:
    """The rows of all groups between which a policy decides; None for too many groups."""
    rows: list[MatrixRow] = []
    groups = _group(verdicts, places)
    if max_groups is not None and len(groups) > max_groups:
        return None
    for family, sources in groups:
        for _family, targets in (each for each in groups if each[0] == family):
            pair = _choose_pair(sources, targets)
            if pair is None or not _is_limited(verdicts, pair):
                continue
            flows = tuple(_list_flows(verdicts, pair, family))
            rows.append(MatrixRow(family, _names(sources), _names(targets), flows))
    return rows


def _group(verdicts: PolicyVerdicts, places: Iterable[Place]) -> list[tuple[int, list[Place]]]:
    groups: dict[tuple[object, ...], list[Place]] = {}
    for place in places:
        known = verdicts.describe_address(place.address)
        key = (family_of(place.address), place.is_outside, place.name == HOST, known)
        groups.setdefault(key, []).append(place)
    return [(family_of(found[0].address), found) for found in groups.values()]


def _names(places: Iterable[Place]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(place.name for place in places))


def _choose_pair(sources: Sequence[Place], targets: Sequence[Place]) -> tuple[str, str] | None:
    """Addresses of two places that stand for all of both groups; None if there are none."""
    if sources[0].is_outside and targets[0].is_outside:
        return None
    for source in sources:
        for target in targets:
            if source.name != target.name:
                return source.address, target.address
    return None


def _is_limited(verdicts: PolicyVerdicts, pair: tuple[str, str]) -> bool:
    source, target = pair
    return bool(verdicts.list_limiting(EGRESS, source) or verdicts.list_limiting(INGRESS, target))


def _list_flows(verdicts: PolicyVerdicts, pair: tuple[str, str], family: int) -> Iterator[Flows]:
    source, target = pair
    rules = [
        *verdicts.list_rules(EGRESS, source, target),
        *verdicts.list_rules(INGRESS, target, source),
    ]
    others = _judge(verdicts, Traffic(source, target, "", None))
    named = {rule.protocol for rule in rules}
    for protocol in (*PORT_PROTOCOLS, ICMP_PROTOCOLS[family]):
        if protocol not in named:
            continue
        found: dict[tuple[str | None, tuple[str, ...]], list[tuple[int, int]]] = {}
        for ports in _list_ranges(rules, protocol):
            traffic = Traffic(source, target, protocol, ports[0])
            found.setdefault(_judge(verdicts, traffic), []).append(ports)
        if found.keys() != {others}:
            for (direction, policies), ranges in found.items():
                yield Flows(protocol, _merge(ranges), direction, policies)
    yield Flows(ANY, (), *others)


def _judge(verdicts: PolicyVerdicts, traffic: Traffic) -> tuple[str | None, tuple[str, ...]]:
    refusal = verdicts.find_refusal(traffic)
    if refusal is not None:
        return refusal.direction, refusal.policies
    return None, verdicts.find_permitting(traffic)


def _list_ranges(rules: Iterable[Entry], protocol: str) -> list[tuple[int, int]]:
    """Ranges of ports within which no rule begins or ends, from the first port to the last."""
    ranges = [each for rule in rules if rule.protocol == protocol for each in rule.ports]
    starts = sorted(
        {0, *(first for first, _last in ranges), *(last + 1 for _first, last in ranges)}
    )
    starts = [start for start in starts if start <= ALL_PORTS[1]]
    return [*zip(starts, (*(start - 1 for start in starts[1:]), ALL_PORTS[1]))]


def _merge(ranges: Sequence[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Ranges in their order without gaps between neighbours; nothing for all ports."""
    merged: list[tuple[int, int]] = []
    for first, last in ranges:
        if merged and merged[-1][1] + 1 == first:
            merged[-1] = (merged[-1][0], last)
        else:
            merged.append((first, last))
    return () if merged == [ALL_PORTS] else tuple(merged)
