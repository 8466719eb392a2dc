# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of what has the kernel refuse to send: rules and routes that lead nowhere, though whoever is meant is on the next link."""

from __future__ import annotations

import ipaddress
import os
from shlex import quote
from typing import Dict, FrozenSet, Iterator, List, NamedTuple, Optional, Sequence, Set, Tuple

from ..._describe.places import describe_location, describe_netns
from ..._model.addresses import Network, address_of, family_of, network_of
from ..._model.desired_state import DesiredState
from ..._model.links import Link
from ..._model.routes import LAB_ROUTES, LOCAL_TABLE, MAIN_TABLE, SINGLE_ROUTE, Route
from ..._netlink.fib_rules import PolicyRule
from ..facts.host_facts import HostFacts
from ..facts.segments import Segments
from ..findings import ERROR, INFO, WARNING, Finding, all_traffic, describe_at, ip, traffic, whole

_REFUSES = ("blackhole", "unreachable", "prohibit")
_DEFAULT_TABLE = 253
_OURS = (SINGLE_ROUTE, *LAB_ROUTES)
_TABLES = {MAIN_TABLE: ("main", 32766), LOCAL_TABLE: ("local", 0)}
_OF_THE_KERNEL = frozenset(
    PolicyRule(family, priority, "lookup", table, None, None, False)
    for family, priority, table in (
        (4, 0, 255),
        (4, 32766, 254),
        (4, 32767, _DEFAULT_TABLE),
        (6, 0, 255),
        (6, 32766, 254),
    )
)
"""Those that a namespace is born with, and nearly all have."""


class Neighbourhood(NamedTuple):
    """Of a namespace: its addresses on Ethernets where others are, and theirs that are on its networks there, with who has them."""

    own: FrozenSet[str]
    others: Dict[str, Link]


def _neighbourhood(facts: HostFacts, ethernets: Segments, netns: Optional[str]) -> Neighbourhood:
    own: Set[str] = set()
    others: Dict[str, Link] = {}
    for link in [link for link in facts.on(netns) if link.addresses and link.name != "lo"]:
        networks = {network_of(text) for text in link.addresses or ()}
        near = {
            text: one
            for one in ethernets.around(link.ref)
            if one.netns != netns
            for text in one.addresses or ()
        }
        for text, one in near.items():
            address = address_of(text.split("/")[0])
            if any(
                address.version == network.version and address in network for network in networks
            ):
                others[str(address)] = one
        own |= {text.split("/")[0] for text in link.addresses or ()} if near else set()
    return Neighbourhood(frozenset(own), others)


def _ip(netns: Optional[str], family: int) -> str:
    return ip(netns) + (" -6" if family == 6 else "")


def _concerns(rule: PolicyRule, around: Neighbourhood) -> bool:
    """Whether it is for packets from here to a neighbour, or from there."""
    everybody = [*around.own, *around.others]
    return all(
        network is None
        or any(
            family_of(text) == rule.family and address_of(text) in network_of(network)
            for text in texts
        )
        for network, texts in ((rule.source, everybody), (rule.to, [*around.others]))
    )


def _asks(rules: Sequence[PolicyRule], table: int) -> List[int]:
    """The priorities of the rules that look into a table for everybody, the first first."""
    return sorted(
        rule.priority
        for rule in rules
        if rule.action == "lookup" and rule.table == table and rule.is_for_all
    )


def check_policy_rules(facts: HostFacts) -> Iterator[Finding]:
    """Those that refuse before the routes are looked at, and those without which nobody looks at them."""
    ethernets = Segments(facts)
    for netns, every in facts.rules.items():
        if set(every) == _OF_THE_KERNEL:
            continue
        around = _neighbourhood(facts, ethernets, netns)
        for family in sorted({family_of(text) for text in around.others}):
            rules = [rule for rule in every if rule.family == family]
            yield from _missing(facts, netns, family, rules)
            main = _asks(rules, MAIN_TABLE)
            for rule in rules:
                if (
                    rule.action in _REFUSES
                    and not rule.limited
                    and _concerns(rule, around)
                    and not (main and main[0] < rule.priority)
                ):
                    yield Finding(
                        "rule_refuses",
                        ERROR,
                        describe_at((netns, f"rule {rule.priority}")),
                        f"the rule {rule.describe()} {describe_location(netns)} refuses what is for neighbours, before their routes are looked at",
                        f"{_ip(netns, family)} rule: {rule.describe()}",
                        f"{_ip(netns, family)} rule del pref {rule.priority}",
                        at=all_traffic(netns, (family,)),
                    )


def _missing(
    facts: HostFacts, netns: Optional[str], family: int, rules: Sequence[PolicyRule]
) -> Iterator[Finding]:
    tables = {
        rule.table
        for rule in rules
        if rule.action == "lookup" and rule.table not in (*_TABLES, _DEFAULT_TABLE)
    }
    # Where others have routes, those of table main may be among them.
    instead = any(route.table in tables for route in facts.current.routes.get(netns, ()))
    for table, (name, priority) in _TABLES.items():
        if not rules or any(rule.action == "lookup" and rule.table == table for rule in rules):
            continue
        doubt = table == MAIN_TABLE and instead
        yield Finding(
            "rule_missing",
            WARNING if doubt else ERROR,
            describe_at((netns, f"table {name}")),
            f"no rule {describe_location(netns)} has the kernel look into the table {name} for routes of IPv{family}: "
            + ("those of other tables alone count" if doubt else "its routes do not count"),
            f"{_ip(netns, family)} rule: no lookup {name}",
            f"{_ip(netns, family)} rule add pref {priority} lookup {name}",
            at=frozenset() if doubt else all_traffic(netns, (family,)),
        )


def _best(address: str, routes: Sequence[Tuple[Network, Route]]) -> Optional[Route]:
    """The route that the kernel takes."""
    found = [
        one
        for one in routes
        if one[0].version == family_of(address) and address_of(address) in one[0]
    ]
    return min(found, key=lambda one: (-one[0].prefixlen, one[1].metric))[1] if found else None


def _meant(route: Route) -> Tuple[Optional[str], int, str, Optional[str]]:
    return route.netns, route.table, route.destination, route.type


def check_routes(desired: Optional[DesiredState], facts: HostFacts) -> Iterator[Finding]:
    """Those that lead nowhere, and hit a neighbour. Ours are meant so; where they are not declared, that is said."""
    ethernets = Segments(facts)
    declared = {
        _meant(route) for route in (desired.present if desired else ()) if isinstance(route, Route)
    }
    for netns, every in facts.current.routes.items():
        if not any(route.type in _REFUSES and route.table == MAIN_TABLE for route in every):
            continue
        around = _neighbourhood(facts, ethernets, netns)
        routes = [
            (ipaddress.ip_network(route.destination), route)
            for route in every
            if route.table == MAIN_TABLE
        ]
        hit: Dict[Route, List[str]] = {}
        for address in sorted(around.others):
            route = _best(address, routes)
            if route is not None and route.type in _REFUSES and _meant(route) not in declared:
                hit.setdefault(route, []).append(address)
        for route, addresses in hit.items():
            yield _describe_route(netns, route, around, addresses)


def _describe_route(
    netns: Optional[str], route: Route, around: Neighbourhood, addresses: List[str]
) -> Finding:
    family, shown = family_of(route.destination), f"{route.type} {route.destination}"
    met = ", ".join(
        f"{describe_at(around.others[address].ref)} ({address})" for address in addresses[:4]
    )
    pairs = [(around.others[address].netns, own) for address in addresses for own in around.own]
    ours = route.protocol in _OURS
    return Finding(
        "route_refuses",
        INFO if ours else ERROR,
        describe_at((netns, shown)),
        f"the route {shown} {describe_location(netns)} refuses what is for {met}, on the next link",
        f"{_ip(netns, family)} route show {route.destination}: {route.type}",
        f"{_ip(netns, family)} route del {shown} metric {route.metric}",
        at=frozenset()
        if ours
        else frozenset({*((netns, address) for address in addresses), *pairs}),
    )


def check_sent(facts: HostFacts) -> Iterator[Finding]:
    """Gateways to which the kernel did not send when it was told to."""
    for (netns, gateway, device), number in sorted(facts.refused.items(), key=str):
        family = family_of(gateway)
        rules = [
            rule.describe()
            for rule in facts.rules.get(netns, ())
            if rule.family == family and rule.action in _REFUSES
        ]
        why = f"; among its rules: {', '.join(rules[:4])}" if rules else ""
        yield Finding(
            "send_refused",
            ERROR,
            describe_at((netns, gateway)),
            f"the kernel refuses to send to the gateway {gateway} of {describe_netns(netns)} on {device}: {os.strerror(number)}{why}",
            # With a device the kernel would answer that whoever is not found is on its link.
            f"{ip(netns)} route get {gateway}{f' oif {quote(device)}' if gateway.startswith('fe80:') else ''} ipproto udp dport 9: {os.strerror(number)}",
            f"take the rule or route away that refuses it ({_ip(netns, family)} rule; {_ip(netns, family)} route show table all match {gateway}), "
            "or give back the one that is missing",
            needs=frozenset(
                {
                    (netns, gateway),
                    (netns, device),
                    traffic(whole(netns), family),
                    *([whole(netns)] if netns else []),
                }
            ),
        )
