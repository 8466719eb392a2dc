# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rules of the policies that apply to the same members, as chains of nftables. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._model.fast_typing import NamedTuple
from ..._model.network_policies import (
    ADDRESS_SET,
    ALLOW,
    ANY,
    DNS,
    DROP,
    EGRESS,
    HOST,
    NETWORK,
    REJECT,
    Entry,
    NetworkPolicy,
    is_for_all,
    list_dns_names,
)
from ..._model.ownership import MARK, write_mark
from ..._model.ranges import format_range
from ..nftables.builder import IP
from ..nftables.table import BaseChain
from ..resources import FAMILIES
from .builder import REJECTING, Sets, TableParts, match_networks
from .counters import name_counters, name_refusals
from .names import match_lookups, match_name, match_resolvers
from .records import REGULAR

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_PROTOCOLS = {"tcp": 6, "udp": 17, "sctp": 132, "icmp": 1, "icmpv6": 58}


def add_policies(
    parts: TableParts,
    chain: str,
    direction: str,
    policies: Sequence[NetworkPolicy],
    sets: Sets,
) -> None:
    """Add the rules of several policies; first those that tell what some of them would refuse."""
    enforced = [policy for policy in policies if not policy.audit]
    if len(enforced) < len(policies):
        audit = f"audit-{chain}"
        parts.chains[audit] = BaseChain(REGULAR)
        parts.add(chain, "ct state new", f"jump {audit}")
        _add_audit(parts, audit, _list_rules(parts, direction, policies, sets))
        _add_last(parts, audit, direction, policies)
    if enforced:
        for rule in _list_rules(parts, direction, enforced, sets):
            _add_rule(parts, chain, rule)
        _add_last(parts, chain, direction, enforced)


_DENYING, _NAMED, _LOOKUPS, _ANSWERED = range(4)
"""The order of rules: what is refused, what is let through by address, what is about DNS servers,
and what would let members ask any of these."""


class _Rule(NamedTuple):
    """A rule of a policy, or a part of it, with what it matches and its counter."""

    policy: NetworkPolicy
    entry: Entry
    match: tuple[str, ...]
    counter: str
    comment: str
    note: tuple[str, ...] = ()
    """What notes that a packet which is let through uses an address of a DNS name."""
    rank: int = _NAMED
    """Those of a lower rank come first."""

    @property
    def log(self) -> str:
        """The statement that logs a packet."""
        group = "" if self.policy.nflog is None else f"group {self.policy.nflog} "
        return f'log {group}prefix "policy {self.policy.name}: "'


def _list_rules(
    parts: TableParts, direction: str, policies: Sequence[NetworkPolicy], sets: Sets
) -> list[_Rule]:
    """The rules of several policies: first what is refused, then what is let through.

    Members with rules for DNS names may ask no DNS servers but those of their topology, and those
    that a rule names by address: another one would tell addresses that are in no set.
    """
    found: list[_Rule] = []
    for policy in policies:
        counters = name_counters(policy, direction)
        for number, entry in enumerate(policy.entries(direction) or (), 1):
            comment = f"{write_mark(policy.owner or '')} {policy.name} {direction} {number}"
            for match, note, is_answered in _matches(parts, direction, entry, sets, policy.owner):
                rank = _ANSWERED if is_answered else _NAMED
                rank = rank if entry.action == ALLOW else _DENYING
                counter = counters[number - 1]
                found.append(_Rule(policy, entry, match, counter, comment, note, rank))
    if direction == EGRESS and any(list_dns_names(policies)):
        found += _list_lookup_rules(policies)
    return sorted(found, key=lambda rule: rule.rank)


def _list_lookup_rules(policies: Sequence[NetworkPolicy]) -> Iterator[_Rule]:
    """What lets members ask the DNS servers of their topology, and refuses the others."""
    named = [policy for policy in policies if any(list_dns_names([policy]))]
    first = named[0]
    mark, counter = write_mark(first.owner or ""), name_refusals(policies, EGRESS)
    for match in match_resolvers(policies):
        comment = f"{mark} {first.name} looks names up"
        yield _Rule(first, Entry(), match, f"lookups-{counter}", comment, rank=_LOOKUPS)
    action = REJECT if REJECT in {policy.refuse for policy in policies} else DROP
    for match in match_lookups():
        comment = f"{mark} {first.name} looks no names up elsewhere"
        yield _Rule(first, Entry(action=action), match, counter, comment, rank=_LOOKUPS)


def _add_rule(parts: TableParts, chain: str, rule: _Rule) -> None:
    if rule.entry.is_limited:
        _add_limited(parts, chain, rule)
        return
    counter = parts.count(rule.counter)
    if rule.entry.log:
        parts.add(chain, *rule.match, "ct state new", rule.log, comment=rule.comment)
    if rule.entry.action == ALLOW:
        parts.add(chain, *rule.match, *rule.note, counter, "return", comment=rule.comment)
        return
    parts.add(chain, *_refuse(rule.match, rule.entry.action, counter), comment=rule.comment)


def _add_limited(parts: TableParts, chain: str, rule: _Rule) -> None:
    """Add a rule that lets only so many flows begin. The next rules may let more through."""
    counter = parts.count(rule.counter)
    known = (*rule.match, "ct state established", *rule.note, counter, "return")
    parts.add(chain, *known, comment=rule.comment)
    log = (rule.log,) if rule.entry.log else ()
    for limits in _list_limits(parts, rule):
        first = (*rule.match, "ct state new", *limits, *log, *rule.note, counter, "return")
        parts.add(chain, *first, comment=rule.comment)


def _list_limits(parts: TableParts, rule: _Rule) -> list[tuple[str, ...]]:
    """What matches as long as a rule is within its limits, each for an nft rule of its own."""
    rate, most = rule.entry.limit, rule.entry.connections
    limits = () if rate is None else (parts.limit(f"limit-{rule.counter}", rate),)
    if most is None:
        return [limits]
    named = [family for family in FAMILIES if any(f"{IP[family]} " in word for word in rule.match)]
    return [
        (parts.count_connections(f"senders-{rule.counter}", family, most), *limits)
        for family in named or FAMILIES
    ]


def _add_audit(parts: TableParts, chain: str, rules: Sequence[_Rule]) -> None:
    """Add the rules that only log. Those of policies that are enforced count where they are."""
    for rule in rules:
        if not rule.policy.audit:
            parts.add(chain, *rule.match, "return", comment=rule.comment)
            continue
        is_logged = rule.entry.log or rule.entry.action != ALLOW
        logged = (rule.log,) if is_logged else ()
        statements = (*rule.note, parts.count(rule.counter), *logged)
        for limits in _list_limits(parts, rule):
            parts.add(chain, *rule.match, *limits, *statements, "return", comment=rule.comment)


def _add_last(
    parts: TableParts, chain: str, direction: str, policies: Sequence[NetworkPolicy]
) -> None:
    """Add what happens to packets that no rule lets through."""
    counter = parts.count(name_refusals(policies, direction))
    names = " ".join(policy.name for policy in policies)
    auditing = next((policy for policy in policies if policy.audit), None)
    if auditing is not None:
        rule = _Rule(auditing, Entry(), (), counter, f"{MARK} would be refused by policy {names}")
        parts.add(chain, counter, rule.log, comment=rule.comment[:127])
        return
    kinds = {policy.refuse for policy in policies}
    comment = f"{MARK} refused by policy {names}"[:127]
    action = REJECT if REJECT in kinds else kinds.pop()
    parts.add(chain, *_refuse((), action, counter), comment=comment)


def _refuse(match: tuple[str, ...], action: str, counter: str) -> tuple[str, ...]:
    if action != REJECT:
        return (*match, counter, "drop")
    if any(word.startswith(("tcp ", "meta l4proto 6")) for word in match):
        return (*match, counter, "reject with tcp reset")
    if any(word.startswith("udp ") for word in match):
        return (*match, counter, "reject with icmpx admin-prohibited")
    return (*match, counter, f"goto {REJECTING}")


def _matches(
    parts: TableParts, direction: str, entry: Entry, sets: Sets, owner: str | None
) -> Iterator[tuple[tuple[str, ...], tuple[str, ...], bool]]:
    """The matches of a rule, each for an nft rule of its own: by peer, then by port.

    Beside each is what notes its use, and whether it would let members ask any DNS server.
    """
    field = "daddr" if direction == EGRESS else "saddr"
    peers: list[tuple[str, ...]] = [] if entry.peers else [()]
    for peer in entry.peers:
        if peer.kind == HOST:
            peers.append((f"fib {field} type local",))
        elif peer.kind == ADDRESS_SET:
            found = sets.get((owner, peer.value), {})
            peers += [(f"{IP[family]} {field} @{each}",) for family, each in found.items()]
    peers += [(each,) for each in match_networks(parts, field, list_networks(entry))]
    is_open = is_for_all(entry)
    for peer_match in peers:
        for port_match in _match_protocol(entry):
            yield (*peer_match, *port_match), (), is_open
    for name in (value for kind, value in entry.peers if kind == DNS):
        for match, note in match_name(parts, owner, name):
            for port_match in _match_protocol(entry):
                yield (*match, *port_match), note, True


def list_networks(entry: Entry) -> list[str]:
    """The networks of the peers of a rule."""
    return [*entry.addresses, *(value for kind, value in entry.peers if kind == NETWORK)]


def list_shared_sets(policies: Iterable[NetworkPolicy]) -> set[str]:
    """The names of the sets in rules of policies that rules of other policies may name too."""
    parts = TableParts()
    for policy in policies:
        for entry in (*(policy.ingress or ()), *(policy.egress or ())):
            networks = list_networks(entry)
            if len(networks) > 1 or is_for_all(entry):
                match_networks(parts, "saddr", networks)
        for name in list_dns_names([policy]):
            for _match in match_name(parts, policy.owner, name):
                pass
    return {*parts.sets}


def _match_protocol(entry: Entry) -> list[tuple[str, ...]]:
    if entry.protocol == ANY:
        return [()]
    if not entry.ports:
        return [(f"meta l4proto {_PROTOCOLS[entry.protocol]}",)]
    return [(f"{entry.protocol} dport {format_range(*ports)}",) for ports in entry.ports]
