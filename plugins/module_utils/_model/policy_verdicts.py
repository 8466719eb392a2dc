# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What policies say about a flow, computed without packets. Pure."""

from __future__ import annotations

from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from .addresses import ICMP_PROTOCOLS, NetworkSet, family_of, network_of
from .fast_typing import NamedTuple
from .network_policies import (
    ADDRESS_SET,
    ALLOW,
    ANY,
    DIRECTIONS,
    DNS,
    EGRESS,
    HOST,
    NETWORK,
    AddressSet,
    Entry,
    NetworkPolicy,
    as_recorded,
    is_damaged,
    is_for_all,
    list_dns_names,
)
from .policy_names import LOOKUP_PORTS, LOOKUP_PROTOCOLS, covers, stand_in

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from .resources import NatResource

_Networks = tuple[str, ...]


class Traffic(NamedTuple):
    """The first packet of a flow. Without a port its protocol has none."""

    source: str
    destination: str
    protocol: str
    port: int | None = None


_TRANSPORTS = {"http": "tcp", "dns": "udp"}


def traffic_of_probe(source: str, destination: str, protocol: str, port: int | None) -> Traffic:
    """The first packet of a probe with this protocol, as policies see it."""
    if protocol == "icmp":
        protocol = ICMP_PROTOCOLS[family_of(destination)]
    return Traffic(source, destination, _TRANSPORTS.get(protocol, protocol), port)


class Refusal(NamedTuple):
    """The policies that refuse a flow, and in which direction."""

    direction: str
    policies: tuple[str, ...]


class _Rule:
    """A rule of a policy, and the networks that it names."""

    def __init__(self, index: int, entry: Entry, networks: tuple[str, ...]) -> None:
        self.index = index
        self.entry = entry
        self._networks = networks

    @cached_property
    def networks(self) -> NetworkSet:
        return _read_networks(self._networks)


@lru_cache(maxsize=256)
def _read_networks(networks: tuple[str, ...]) -> NetworkSet:
    """Read networks once: each address is looked up in them, and many rules name the same."""
    return NetworkSet(map(network_of, networks))


class _Policy:
    """A policy and its members. Its rules are prepared when they are needed: few of them are."""

    def __init__(
        self, policy: NetworkPolicy, list_networks: Callable[[NetworkPolicy, Entry], _Networks]
    ) -> None:
        self.policy = policy
        self.members = frozenset(policy.addresses)
        self._list_networks = list_networks

    @cached_property
    def rules(self) -> dict[str, list[_Rule]]:
        """Its rules by the directions that it limits."""
        return {
            direction: [
                _Rule(index, entry, self._list_networks(self.policy, entry))
                for index, entry in enumerate(entries)
            ]
            for direction in DIRECTIONS
            if (entries := self.policy.entries(direction)) is not None
        }


class PolicyVerdicts:
    """The policies of a host.

    :param rules: its rules, of which only policies and address sets count.
    :param own_addresses: the addresses of the host.
    """

    def __init__(self, rules: Iterable[NatResource], own_addresses: Collection[str]) -> None:
        rules = list(rules)
        self._names = sorted(
            {*list_dns_names(rule for rule in rules if isinstance(rule, NetworkPolicy))}
        )
        self._sets = {
            (rule.owner, rule.name): as_recorded(rule).addresses
            for rule in rules
            if isinstance(rule, AddressSet)
        }
        self._own = own_addresses
        self._policies = [
            _Policy(rule, self._list_networks)
            for rule in rules
            if isinstance(rule, NetworkPolicy) and not rule.audit and not is_damaged(rule)
        ]

    def find_refusal(self, traffic: Traffic) -> Refusal | None:
        """Which policies refuse a flow; None if they let it through."""
        for direction in reversed(DIRECTIONS):
            refusing = self._list_refusing(direction, traffic)
            if refusing:
                return Refusal(direction, refusing)
        return None

    def list_limiting(self, direction: str, member: str) -> list[NetworkPolicy]:
        """The policies that limit what is sent by a member, or to it."""
        return [each.policy for each in self._find_limiting(direction, member)]

    def list_rules(self, direction: str, member: str, other: str) -> list[Entry]:
        """The rules for what is sent by a member, or to it, that are about another address."""
        limiting = self._find_limiting(direction, member)
        lookups = _LOOKUPS if direction == EGRESS and _limit_lookups(limiting) else ()
        return [
            *lookups,
            *(
                rule.entry
                for each in limiting
                for rule in each.rules[direction]
                if self._is_about(rule, other)
            ),
        ]

    def find_permitting(self, traffic: Traffic) -> tuple[str, ...]:
        """The policies with a rule that lets a flow through."""
        found = [
            policy.name
            for direction in reversed(DIRECTIONS)
            for policy, rule in self._find_rules(direction, traffic)
            if rule.entry.action == ALLOW
        ]
        return tuple(dict.fromkeys(found))

    def find_denying(self, traffic: Traffic, direction: str) -> list[tuple[str, int]]:
        """The rules that drop or reject a flow, as (policy, index)."""
        return [
            (policy.name, rule.index)
            for policy, rule in self._find_rules(direction, traffic)
            if rule.entry.action != ALLOW
        ]

    def describe_address(self, address: str) -> tuple[object, ...]:
        """What policies know of an address: those with the same are treated in the same way."""
        limits = [
            (each.policy.owner, each.policy.name)
            for each in self._policies
            if address in each.members
        ]
        rules = [
            (each.policy.owner, each.policy.name, direction, rule.index)
            for each in self._policies
            for direction, found in each.rules.items()
            for rule in found
            if self._is_about(rule, address)
        ]
        queried = [
            (each.policy.owner, each.policy.name)
            for each in self._policies
            if address in each.policy.resolvers
        ]
        return (tuple(limits), tuple(rules), tuple(queried))

    def _list_networks(self, policy: NetworkPolicy, entry: Entry) -> tuple[str, ...]:
        networks = entry.addresses
        for kind, value in entry.peers:
            if kind == NETWORK:
                networks += (value,)
            elif kind == ADDRESS_SET:
                networks += self._sets.get((policy.owner, value), ())
            elif kind == DNS:
                names = [name for name in self._names if covers(value, name)]
                networks += tuple(stand_in(name, family) for name in names for family in (4, 6))
        return networks

    def _find_limiting(self, direction: str, member: str) -> list[_Policy]:
        return [
            each
            for each in self._policies
            if member in each.members and each.policy.entries(direction) is not None
        ]

    def _find_rules(
        self, direction: str, traffic: Traffic
    ) -> Iterator[tuple[NetworkPolicy, _Rule]]:
        """The rules that are about a flow."""
        member, other = _sides(traffic, direction)
        limiting = self._find_limiting(direction, member)
        is_lookup = direction == EGRESS and _is_lookup(traffic) and _limit_lookups(limiting)
        for each in limiting:
            if is_lookup and traffic.port in _SERVED_PORTS and other in each.policy.resolvers:
                yield each.policy, _Rule(-1, Entry(), ())
            for rule in each.rules[direction]:
                if not _is_for(rule.entry, traffic) or not self._is_about(rule, other):
                    continue
                if not is_lookup or rule.entry.action != ALLOW or _names_server(rule.entry):
                    yield each.policy, rule

    def _list_refusing(self, direction: str, traffic: Traffic) -> tuple[str, ...]:
        found = [*self._find_rules(direction, traffic)]
        names = [policy.name for policy, rule in found if rule.entry.action != ALLOW]
        if not found:
            member, _other = _sides(traffic, direction)
            names = [policy.name for policy in self.list_limiting(direction, member)]
        return tuple(dict.fromkeys(names))

    def _is_about(self, rule: _Rule, other: str) -> bool:
        peers = rule.entry.peers
        if not peers or rule.networks.find_longest(other) is not None:
            return True
        return other in self._own and any(kind == HOST for kind, _value in peers)


_SERVED_PORTS = LOOKUP_PORTS[:1]
_LOOKUPS = tuple(
    Entry(protocol=protocol, ports=((port, port),))
    for protocol in LOOKUP_PROTOCOLS
    for port in LOOKUP_PORTS
)
"""The flows that are treated otherwise for members with rules for DNS names."""


def _limit_lookups(policies: Iterable[_Policy]) -> bool:
    """Whether a member may ask the DNS servers of its topology only: others fill no sets."""
    return any(list_dns_names(each.policy for each in policies))


def _is_lookup(traffic: Traffic) -> bool:
    return traffic.protocol in LOOKUP_PROTOCOLS and traffic.port in LOOKUP_PORTS


def _names_server(entry: Entry) -> bool:
    """Whether a rule names addresses, so that it may let members ask a DNS server there."""
    return not is_for_all(entry) and any(kind != DNS for kind, _value in entry.peers)


def _is_for(entry: Entry, traffic: Traffic) -> bool:
    """Whether a rule is about the protocol and the port of a flow."""
    port = traffic.port or 0
    return entry.protocol in (ANY, traffic.protocol) and entry.meets_ports((port, port))


def _sides(traffic: Traffic, direction: str) -> tuple[str, str]:
    """The member that a direction is about, and the other side."""
    sides = traffic.source, traffic.destination
    return sides if direction == EGRESS else sides[::-1]
