# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What policies of a lab refuse of its probes."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, NamedTuple

from ansible_collections.redblue.netns.plugins.module_utils._model.addresses import (
    family_of,
    network_of,
)
from ansible_collections.redblue.netns.plugins.module_utils._model.fast_replace import replace
from ansible_collections.redblue.netns.plugins.module_utils._model.network_policies import (
    LAB,
    NETNS,
    Entry,
    NetworkPolicy,
)
from ansible_collections.redblue.netns.plugins.module_utils._model.policy_verdicts import (
    PolicyVerdicts,
    Traffic,
)
from ansible_collections.redblue.netns.plugins.module_utils._params.policies import parse_policies
from ansible_collections.redblue.netns.plugins.module_utils._params.specs.topology import ITEM_LISTS
from ansible_collections.redblue.netns.plugins.module_utils._params.validation import validate

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from .options import Item

_ECHO = {4: "icmp", 6: "icmpv6"}
_LAB = "lab"


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


def refuse_probes(
    probes: Iterable[Item], members: Members, policy: Any, address_sets: Any
) -> Iterator[Item]:
    """The probes; those that policies refuse must not arrive.

    :raises Refused: an option is not valid.
    """
    raw = {"policy": policy or None, "address_sets": address_sets or None}
    rules = parse_policies([("", validate(raw, ITEM_LISTS))], _LAB, isolate=True)
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
    near = [text for text in own if _is_in(to, text)]
    sources = near or [text for text in own if family_of(text) == family_of(to)]
    if not sources or to.startswith("127."):
        return None
    protocol = probe.get("protocol") or ("tcp" if port else _ECHO[family_of(to)])
    return Traffic(sources[0].partition("/")[0], to, protocol, port)


def _is_in(address: str, interface: str) -> bool:
    network, host = network_of(interface), network_of(address)
    return network.version == host.version and host.network_address in network
