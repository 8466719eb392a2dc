# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What policies say about a flow, computed without packets. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from .addresses import network_of
from .network_policies import (
    ADDRESS_SET,
    ALLOW,
    ANY,
    DIRECTIONS,
    EGRESS,
    HOST,
    INGRESS,
    NETWORK,
    AddressSet,
    Entry,
    NetworkPolicy,
    as_recorded,
    is_damaged,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from .nat import NatResource


class Traffic(NamedTuple):
    """The first packet of a flow. Without a port its protocol has none."""

    source: str
    destination: str
    protocol: str
    port: int | None = None


class Refusal(NamedTuple):
    """The policies that refuse a flow, and in which direction."""

    direction: str
    policies: tuple[str, ...]


class PolicyVerdicts:
    """The policies of a host.

    :param rules: its rules, of which only policies and address sets count.
    :param own_addresses: the addresses of the host.
    """

    def __init__(self, rules: Iterable[NatResource], own_addresses: Collection[str]) -> None:
        rules = list(rules)
        self._policies = [
            rule for rule in rules if isinstance(rule, NetworkPolicy) and not is_damaged(rule)
        ]
        self._sets = {
            (rule.owner, rule.name): as_recorded(rule).addresses
            for rule in rules
            if isinstance(rule, AddressSet)
        }
        self._own = own_addresses

    def find_refusal(self, traffic: Traffic) -> Refusal | None:
        """Which policies refuse a flow; None if they let it through."""
        for direction in reversed(DIRECTIONS):
            subject = traffic.source if direction == EGRESS else traffic.destination
            policies = [
                policy
                for policy in self._policies
                if policy.entries(direction) is not None and subject in policy.addresses
            ]
            refusing = self._find_refusing(policies, direction, traffic)
            if refusing:
                return Refusal(direction, refusing)
        return None

    def _find_refusing(
        self, policies: list[NetworkPolicy], direction: str, traffic: Traffic
    ) -> tuple[str, ...]:
        allowed, denying = False, []
        for policy in policies:
            for entry in policy.entries(direction) or ():
                if self._meets(policy, entry, direction, traffic):
                    allowed = True
                    denying += [policy.name] if entry.action != ALLOW else []
        names = denying or ([] if allowed else [policy.name for policy in policies])
        return tuple(dict.fromkeys(names))

    def _meets(self, policy: NetworkPolicy, entry: Entry, direction: str, traffic: Traffic) -> bool:
        if entry.protocol not in (ANY, traffic.protocol):
            return False
        if entry.ports and not any(
            first <= (traffic.port or 0) <= last for first, last in entry.ports
        ):
            return False
        other = traffic.source if direction == INGRESS else traffic.destination
        return not entry.peers or self._is_peer(policy, entry, other)

    def _is_peer(self, policy: NetworkPolicy, entry: Entry, other: str) -> bool:
        networks = [*entry.addresses]
        for kind, value in entry.peers:
            if kind == HOST and other in self._own:
                return True
            if kind == NETWORK:
                networks.append(value)
            elif kind == ADDRESS_SET:
                networks += self._sets.get((policy.owner, value), ())
        host = network_of(other)
        return any(
            network.version == host.version and host.network_address in network
            for network in map(network_of, networks)
        )
