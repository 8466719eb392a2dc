# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who outside of the host reaches a forwarded port, as far as policies decide that. Pure."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from .._model.addresses import network_of
from .._model.changes import links_in
from .._model.network_policies import (
    ADDRESS_SET,
    ALLOW,
    ANY,
    INGRESS,
    LAB,
    NETWORK,
    AddressSet,
    Entry,
    NetworkPolicy,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from .._model.addresses import Network
    from .._model.changes import Resource
    from .._model.nat import Dnat

_ANYONE = {4: "0.0.0.0/0", 6: "::/0"}


class ForwardSources:
    """The policies of a topology, and the members that they are about.

    It depends on the desired state alone, and so lists too many sources rather than too few.
    """

    def __init__(self, present: Iterable[Resource], lab: str | None) -> None:
        present = list(present)
        self._lab = lab
        self._policies = [
            resource
            for resource in present
            if isinstance(resource, NetworkPolicy) and resource.entries(INGRESS) is not None
        ]
        self._sets = {
            resource.name: resource.addresses
            for resource in present
            if isinstance(resource, AddressSet)
        }
        self._members = {
            address.partition("/")[0]: link.netns
            for link in links_in(present if self._policies else ())
            for address in link.addresses or ()
            if link.netns is not None
        }

    def list_sources(self, forward: Dnat) -> tuple[str, ...] | None:
        """The sources whose packets reach the target, empty for any; None if there are none."""
        member = self._members.get(forward.to_address)
        policies = [policy for policy in self._policies if _is_about(policy, member)]
        if member is None or not policies:
            return forward.source
        entries = [
            entry
            for policy in policies
            for entry in policy.entries(INGRESS) or ()
            if entry.protocol in (ANY, forward.protocol)
        ]
        allowed = [
            network
            for entry in entries
            if entry.action == ALLOW and _meets_some(entry, forward.to_ports)
            for network in self._networks(entry, forward, allows=True)
        ]
        refused = [
            network
            for entry in entries
            if entry.action != ALLOW and _meets_all(entry, forward.to_ports)
            for network in self._networks(entry, forward, allows=False)
        ]
        anyone = network_of(_ANYONE[forward.family])
        limits = [network_of(text) for text in forward.source] or [anyone]
        left = [
            network
            for network in _intersect(limits, allowed)
            if not any(_is_within(network, other) for other in refused)
        ]
        if not left:
            return None
        if all(network in left for network in limits):
            return forward.source
        return tuple(dict.fromkeys(map(str, left)))

    def _networks(self, entry: Entry, forward: Dnat, allows: bool) -> Iterator[Network]:
        """The networks outside of the host that an entry is about."""
        if not entry.peers:
            yield network_of(_ANYONE[forward.family])
        for kind, value in entry.peers:
            found: Sequence[str] = ()
            if kind == NETWORK:
                found = [value]
            elif kind == ADDRESS_SET:
                found = self._sets.get(value, ())
            elif kind == LAB and value != self._lab and allows:
                # Another topology may have a network that leads out of the host.
                found = [_ANYONE[forward.family]]
            for network in map(network_of, found):
                if network.version == forward.family:
                    yield network


def _is_about(policy: NetworkPolicy, member: str | None) -> bool:
    return policy.members is None or any(
        fnmatchcase(member or "", pattern) for pattern in policy.members
    )


def _meets_some(entry: Entry, ports: tuple[int, int]) -> bool:
    return not entry.ports or any(
        first <= ports[1] and ports[0] <= last for first, last in entry.ports
    )


def _meets_all(entry: Entry, ports: tuple[int, int]) -> bool:
    return not entry.ports or any(
        first <= ports[0] and ports[1] <= last for first, last in entry.ports
    )


def _intersect(some: Iterable[Network], others: Sequence[Network]) -> Iterator[Network]:
    """The networks that both have: of two networks one contains the other, or they are apart."""
    for network in some:
        for other in others:
            if _is_within(network, other):
                yield network
            elif _is_within(other, network):
                yield other


def _is_within(inner: Network, outer: Network) -> bool:
    return (
        inner.version == outer.version
        and inner.prefixlen >= outer.prefixlen
        and inner.network_address in outer
    )
