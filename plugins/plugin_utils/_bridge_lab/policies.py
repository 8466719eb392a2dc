# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What policies of a lab refuse of its probes."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, NamedTuple

from ansible_collections.redblue.netns.plugins.module_utils._model.addresses import (
    family_of,
    is_part,
    network_of,
)
from ansible_collections.redblue.netns.plugins.module_utils._model.fast_replace import replace
from ansible_collections.redblue.netns.plugins.module_utils._model.network_policies import (
    DIRECTIONS,
    LAB,
    NETNS,
    AddressSet,
    Entry,
    NetworkPolicy,
)
from ansible_collections.redblue.netns.plugins.module_utils._model.policy_verdicts import (
    PolicyVerdicts,
    Traffic,
    traffic_of_probe,
)
from ansible_collections.redblue.netns.plugins.module_utils._params.policies import parse_policies
from ansible_collections.redblue.netns.plugins.module_utils._params.specs.topology import ITEM_LISTS
from ansible_collections.redblue.netns.plugins.module_utils._params.validation import validate

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from .options import Item

_LAB = "lab"
_PROBED = ("tcp", "udp")
_MAX_PORTS = 6
"""Ports of rules that are probed between each pair."""
_UNNAMED_PORT = 28517
"""The port to probe that no rule names, or the next one below it that none names."""


class Members(NamedTuple):
    """The addresses of a lab: ADDRESS/LENGTH by namespace, None for the host."""

    addresses: Mapping[str | None, list[str]]

    def of(self, netns: str | None) -> list[str]:
        return [text.partition("/")[0] for text in self.addresses.get(netns, ())]

    def matching(self, patterns: Iterable[str]) -> set[str]:
        """The addresses of all namespaces whose name matches a pattern."""
        names = [name for name in self.addresses if name is not None]
        return {
            address
            for name in names
            if any(fnmatchcase(name, pattern) for pattern in patterns)
            for address in self.of(name)
        }


def read_policies(policy: Any, address_sets: Any) -> list[AddressSet | NetworkPolicy]:
    """The address sets and policies of a lab.

    :raises Refused: an option is not valid.
    """
    raw = {"policy": policy or None, "address_sets": address_sets or None}
    return parse_policies([("", validate(raw, ITEM_LISTS))], _LAB, isolate=True)


def list_ports(rules: Iterable[AddressSet | NetworkPolicy]) -> list[tuple[str, int]]:
    """The ports that show what policies do: some that rules name, and one that no rule names."""
    entries = [
        entry
        for rule in rules
        if isinstance(rule, NetworkPolicy)
        for direction in DIRECTIONS
        for entry in rule.entries(direction) or ()
    ]
    ranges = [(entry.protocol, ports) for entry in entries for ports in entry.ports]
    named = [(name, first) for name, (first, _last) in ranges if name in _PROBED]
    free = next((port for port in range(_UNNAMED_PORT, 0, -1) if _is_free(port, ranges)), None)
    unnamed = [] if free is None else [(name, free) for name in _PROBED]
    return [*dict.fromkeys(named)][:_MAX_PORTS] + unnamed


def _is_free(port: int, ranges: Iterable[tuple[str, tuple[int, int]]]) -> bool:
    """Whether no rule names a port."""
    return not any(first <= port <= last for _name, (first, last) in ranges)


def refuse_probes(
    probes: Iterable[Item], members: Members, rules: Iterable[AddressSet | NetworkPolicy]
) -> Iterator[Item]:
    """The probes; those that policies refuse must not arrive."""
    resolved = [
        _resolve(rule, members) if isinstance(rule, NetworkPolicy) else rule for rule in rules
    ]
    verdicts = PolicyVerdicts(resolved, members.of(None))
    for probe in probes:
        traffic = _traffic_of(probe, members)
        is_refused = traffic is not None and verdicts.find_refusal(traffic) is not None
        yield {**probe, "expect": "unreachable"} if is_refused else probe


def _resolve(policy: NetworkPolicy, members: Members) -> NetworkPolicy:
    return replace(
        policy,
        addresses=tuple(members.matching(policy.members or ["*"])),
        ingress=_resolve_entries(policy.ingress, members),
        egress=_resolve_entries(policy.egress, members),
    )


def _resolve_entries(
    entries: tuple[Entry, ...] | None, members: Members
) -> tuple[Entry, ...] | None:
    if entries is None:
        return None
    resolved = []
    for entry in entries:
        patterns = [value for kind, value in entry.peers if kind == NETNS]
        found = members.matching(patterns)
        if (LAB, _LAB) in entry.peers:
            found |= {str(network_of(text)) for each in members.addresses.values() for text in each}
        resolved.append(entry._replace(addresses=tuple(found)))
    return tuple(resolved)


def _traffic_of(probe: Item, members: Members) -> Traffic | None:
    """The first packet of a probe as policies see it; None if it never leaves its namespace."""
    to, port = probe["to"], probe.get("port")
    listen_at = probe.get("listen_at") or {}
    if listen_at.get("address"):  # It is forwarded.
        to, port = listen_at["address"], listen_at.get("port")
    own = [text for text in members.addresses.get(probe.get("netns"), ()) if text]
    near = [text for text in own if is_part(network_of(to), network_of(text))]
    sources = near or [text for text in own if family_of(text) == family_of(to)]
    if not sources or to.startswith("127."):
        return None
    protocol = probe.get("protocol") or ("tcp" if port else "icmp")
    return traffic_of_probe(sources[0].partition("/")[0], to, protocol, port)
