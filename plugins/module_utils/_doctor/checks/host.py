# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of what else a host does: damaged rules, listeners, others' forwards, full tables, managers of links, resolvers."""

from __future__ import annotations

from shlex import quote
from typing import Iterator

from ..._describe.nat import describe_nat, describe_ports
from ..._describe.places import describe_location, describe_netns
from ..._model.forwarding import FORWARDING_ON_BY_US
from ..._model.nat import Dnat
from ..._plan.nat_checks import find_foreign_forwards, takes
from ..evidence import show_rules_command
from ..facts.host_facts import HostFacts
from ..findings import ERROR, WARNING, Finding, rules, within

_NEARLY = 0.9
_LEAVE_ALONE = "a .network file with [Link] Unmanaged=yes for it (networkd), a .link file that leaves its name alone (udev)"
_AGAIN = "run the task again that made them (module topology, masquerade or dnat)"


def check_own_rules(facts: HostFacts) -> Iterator[Finding]:
    """Rules of ours of which somebody took a part, or all."""
    current = facts.current
    for netns, ruleset in current.rulesets.items():
        if ruleset.damaged:
            yield Finding(
                "nat_damaged",
                ERROR,
                describe_netns(netns),
                f"somebody took or changed a part of the rules of this collection {describe_location(netns)}",
                f"{show_rules_command(netns, ruleset.backend)}; netns_info: nat, damaged: {len(ruleset.resources)} things stand",
                _AGAIN,
                at=frozenset({rules(netns)}),
            )
    opened = {
        netns
        for (netns, key), value in current.sysctls.items()
        if key.endswith("/forwarding") and value == FORWARDING_ON_BY_US
    }
    for netns in sorted(
        (one for one in opened if not (one in current.rulesets and current.rulesets[one].backend)),
        key=str,
    ):
        yield Finding(
            "nat_flushed",
            ERROR,
            describe_netns(netns),
            f"forwarding was opened {describe_location(netns)} for rules of this collection, and none of them stands",
            f"{show_rules_command(netns, None)}: no such table; {within(netns)}sysctl -a: forwarding = 2",
            _AGAIN,
            at=frozenset({rules(netns)}),
        )


def check_forwarded_ports(facts: HostFacts) -> Iterator[Finding]:
    """Forwards that take the port of a listener, or that somebody else forwards too."""
    for netns, ruleset in facts.current.rulesets.items():
        for rule in [resource for resource in ruleset.resources if isinstance(resource, Dnat)]:
            for protocol, address, port in facts.current.listeners.get(netns, ()):
                if (
                    protocol == rule.protocol
                    and rule.ports[0] <= port <= rule.ports[1]
                    and takes(rule, address)
                ):
                    yield Finding(
                        "listener_shadowed",
                        WARNING,
                        f"{protocol} port {port}",
                        f"{describe_netns(netns)} listens on {address} port {port}, and the {describe_nat(rule)} takes what comes",
                        f"{within(netns)}ss -ln{protocol[0]} sport = :{port}",
                        "another port for one of them (options destination_port, destination, in_interface)",
                    )
            for claim in facts.current.foreign_forwards.get(netns, ()):
                if find_foreign_forwards(claim, rule):
                    yield Finding(
                        "forward_claimed",
                        WARNING,
                        f"{rule.protocol} port {describe_ports(rule.ports)}",
                        f"{claim.where} {describe_location(netns)}, which is somebody else's, forwards what the {describe_nat(rule)} forwards",
                        f"{within(netns)}nft list ruleset; {within(netns)}iptables -t nat -S",
                        "another port for one of them (option destination_port)",
                    )


def check_limits(facts: HostFacts) -> Iterator[Finding]:
    """Tables of the kernel that are full, or nearly."""
    for limit in facts.limits:
        if limit.used >= _NEARLY * limit.most:
            yield Finding(
                limit.check,
                ERROR if limit.used >= limit.most else WARNING,
                limit.what,
                f"{limit.what} has {limit.used} of {limit.most} entries: what finds no room is lost",
                f"sysctl {limit.key.replace('/', '.')}: {limit.most}",
                f"sysctl -w {limit.key.replace('/', '.')}={2 * limit.most}",
            )


def check_managers(facts: HostFacts) -> Iterator[Finding]:
    """Links of ours that others manage or rename."""
    for name, who in sorted(facts.managed.items()):
        link = facts.current.links[None, name]
        if link.owner is None and (None, name) not in facts.bridged():
            continue
        manager, _bracket, file = who.partition(" (")
        remedy = (
            f"nmcli device set {quote(name)} managed no"
            if manager == "NetworkManager"
            else _LEAVE_ALONE
        )
        yield Finding(
            "link_managed",
            WARNING,
            name,
            f"{name} is managed by {manager}: its addresses, routes or name may be changed behind your back",
            f"cat {quote(file.rstrip(')'))}",
            remedy,
        )


def check_resolvers(facts: HostFacts) -> Iterator[Finding]:
    """Who answers for names in a namespace: not who is meant."""
    current = facts.current
    own = sorted(
        name
        for name in current.namespaces
        if name in current.resolvers and current.resolvers[name].nameservers
    )
    if own and (facts.nscd or facts.resolve):
        who, shown = (
            ("nscd", "ls -l /run/nscd/socket")
            if facts.nscd
            else ("systemd-resolved", "grep ^hosts: /etc/nsswitch.conf: resolve")
        )
        yield Finding(
            "resolver_shadowed",
            WARNING,
            who,
            f"{who} of the host answers for names in {', '.join(own[:8])}, whatever their own resolv.conf says: its socket is a file",
            shown,
            "stop nscd for hosts (enable-cache hosts no)"
            if facts.nscd
            else "take resolve out of the line hosts: in /etc/nsswitch.conf",
        )
    bare = sorted(
        name
        for name in current.namespaces
        if name not in current.resolvers
        and any(route.gateway for route in current.routes.get(name, ()))
    )
    if facts.stub and bare and not facts.resolve and not facts.nscd:
        yield Finding(
            "resolver_unreachable",
            WARNING,
            facts.stub,
            f"names are asked of {facts.stub} in {', '.join(bare[:8])}, which is their own loopback, where nobody listens",
            "cat /etc/resolv.conf",
            "option nameservers of module netns",
        )
