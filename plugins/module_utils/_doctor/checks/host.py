# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of the host: NAT rules, forwarded ports, full tables, link managers, resolvers."""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING

from ..._describe.nat import describe_nat, describe_ports
from ..._describe.places import describe_location, describe_netns
from ..._model.forwarding import FORWARDING_ON_BY_US
from ..._model.nat import Dnat, ForwardingEnabled, Masquerade, Ruleset
from ..._model.routes import SINGLE_ROUTE
from ..._plan.foreign_forwards import describe_taken, find_taker
from ..._plan.nat_checks import takes_packets_to
from ..commands import netns_exec
from ..findings import ERROR, INFO, WARNING, Finding, ruleset_location
from ..resources.nat import show_rules_command

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..facts.host_facts import HostFacts

_NEARLY_FULL = 0.9
_MAX_NAMES = 8
_RUN_AGAIN = "run the task again that created them (module topology, masquerade or dnat)"


def check_rulesets(facts: HostFacts) -> Iterator[Finding]:
    """Rules of this collection that another program removed or changed."""
    current = facts.current
    for netns, ruleset in current.rulesets.items():
        if ruleset.damaged and ruleset.backend:
            yield _find_damage(netns, ruleset)
    with_forwarding = {
        netns
        for (netns, key), value in current.sysctls.items()
        if key.endswith("/forwarding") and value == FORWARDING_ON_BY_US
    }
    with_rules = {netns for netns, ruleset in current.rulesets.items() if ruleset.backend}
    only_guard = {
        netns
        for netns, ruleset in current.rulesets.items()
        if ruleset.damaged and not ruleset.backend
    }
    for netns in sorted((with_forwarding | only_guard) - with_rules, key=str):
        yield _find_removal(netns, netns in only_guard)


def _describe_open_family(ruleset: Ruleset) -> str:
    """The end of a message where forwarding is enabled and nothing translates addresses."""
    masqueraded = {rule.family for rule in ruleset.resources if isinstance(rule, Masquerade)}
    forwarding = {rule.family for rule in ruleset.resources if isinstance(rule, ForwardingEnabled)}
    families = " and ".join(f"IPv{family}" for family in sorted(forwarding - masqueraded))
    if not families:
        return ""
    return (
        f"; no {families} packets are masqueraded any more: those of a lab leave with its own "
        "addresses"
    )


def _find_damage(netns: str | None, ruleset: Ruleset) -> Finding:
    return Finding(
        "nat_damaged",
        ERROR,
        describe_netns(netns),
        "another program removed or changed some rules of this collection "
        f"{describe_location(netns)}{_describe_open_family(ruleset)}",
        f"{show_rules_command(netns, ruleset.backend)}; {netns_exec(netns)}ip rule; "
        f"netns_info: nat, damaged, {len(ruleset.resources)} rules are complete",
        _RUN_AGAIN,
        affects=frozenset({ruleset_location(netns)}),
    )


def _find_removal(netns: str | None, has_guard: bool) -> Finding:
    where = describe_location(netns)
    prefix = netns_exec(netns)
    return Finding(
        "nat_flushed",
        ERROR,
        describe_netns(netns),
        f"another program removed all packet filter rules of this collection {where}"
        + (
            "; until they are back, its policy routing rules drop what the host would forward for "
            "its labs"
            if has_guard
            else f", and forwarding, which it enabled {where} for its rules, is still enabled"
        ),
        f"{show_rules_command(netns, None)}: no such table; "
        + (
            f"{prefix}ip rule: blackhole, proto {SINGLE_ROUTE}"
            if has_guard
            else f"{prefix}sysctl -a: forwarding = {FORWARDING_ON_BY_US}"
        ),
        _RUN_AGAIN,
        affects=frozenset({ruleset_location(netns)}),
    )


def check_forwarded_ports(facts: HostFacts) -> Iterator[Finding]:
    """Forwarded ports that a program listens on, or that other rules forward too."""
    for ruleset in facts.current.rulesets.values():
        for rule in ruleset.resources:
            if isinstance(rule, Dnat):
                yield from _check_listeners(facts, rule)
                yield from _check_foreign_forwards(facts, rule)


def _check_listeners(facts: HostFacts, rule: Dnat) -> Iterator[Finding]:
    for protocol, address, port in facts.current.listeners.get(rule.netns, ()):
        in_range = rule.ports[0] <= port <= rule.ports[1]
        if protocol == rule.protocol and in_range and takes_packets_to(rule, address):
            yield Finding(
                "listener_shadowed",
                WARNING,
                f"{protocol} port {port}",
                f"a program {describe_location(rule.netns)} listens on {address} port {port}, and "
                f"the {describe_nat(rule)} takes its traffic",
                f"{netns_exec(rule.netns)}ss -ln{protocol[0]} sport = :{port}",
                "use another port for one of them "
                "(options destination_port, destination, in_interface)",
            )


def _check_foreign_forwards(facts: HostFacts, rule: Dnat) -> Iterator[Finding]:
    prefix = netns_exec(rule.netns)
    forwards = facts.current.foreign_forwards.get(rule.netns, ())
    taker = find_taker(forwards, rule, facts.links_of(rule.netns))
    if taker is None:
        return
    verb = "forwards" if taker.certain else "may forward"
    yield Finding(
        "forward_claimed",
        WARNING if taker.certain else INFO,
        f"{rule.protocol} port {describe_ports(rule.ports)}",
        f"{taker.where} {describe_location(rule.netns)}, which is not of this collection, {verb} "
        f"{describe_taken(taker, rule)}, as the {describe_nat(rule)}",
        f"{prefix}nft list ruleset; {prefix}iptables -t nat -S",
        "use another port for one of them (option destination_port)",
    )


def check_table_limits(facts: HostFacts) -> Iterator[Finding]:
    """Tables of the kernel that are full, or nearly full."""
    for limit in facts.limits:
        if limit.entries < _NEARLY_FULL * limit.limit:
            continue
        key = limit.key_path.replace("/", ".")
        yield Finding(
            limit.check,
            ERROR if limit.entries >= limit.limit else WARNING,
            limit.table,
            f"{limit.table} has {limit.entries} of at most {limit.limit} entries; "
            "when it is full, packets are dropped",
            f"sysctl {key}: {limit.limit}",
            f"sysctl -w {key}={2 * limit.limit}",
        )


def check_link_managers(facts: HostFacts) -> Iterator[Finding]:
    """Links of a lab that another program manages or renames."""
    lab_links = facts.links_to_namespaces()
    for name, description in sorted(facts.link_managers.items()):
        if facts.current.links[None, name].owner is None and (None, name) not in lab_links:
            continue
        manager, _bracket, file = description.partition(" (")
        yield Finding(
            "link_managed",
            WARNING,
            name,
            f"{name} is managed by {manager}, which may change its addresses, routes or name",
            f"cat {quote(file.rstrip(')'))}",
            _unmanage(name, manager),
            causes=frozenset({(None, name)}),
        )


def _unmanage(name: str, manager: str) -> str:
    """The commands that keep a program from managing a link."""
    if manager == "NetworkManager":
        return f"nmcli device set {quote(name)} managed no"
    if manager == "systemd-networkd":
        lines, file = "Match]\\nName=%s\\n[Link]\\nUnmanaged=yes", f"05-{name}.network"
    else:
        lines, file = "Match]\\nOriginalName=%s\\n[Link]\\nNamePolicy=keep", f"05-{name}.link"
    directory = "/etc/systemd/network"
    reload = "networkctl reload" if file.endswith(".network") else "udevadm control --reload"
    return (
        f"mkdir -p {directory}; printf '[{lines}\\n' {quote(name)} "
        f">{quote(f'{directory}/{file}')}; {reload}"
    )


def _host_resolver(facts: HostFacts) -> tuple[str, str, str]:
    """The program of the host that resolves names, what shows it, and the remedy."""
    if facts.nscd_running:
        remedy = "disable the hosts cache of nscd (enable-cache hosts no)"
        return "nscd", "ls -l /run/nscd/socket", remedy
    return (
        "systemd-resolved",
        "grep ^hosts: /etc/nsswitch.conf: resolve",
        "remove resolve from the line hosts: in /etc/nsswitch.conf",
    )


def check_resolvers(facts: HostFacts) -> Iterator[Finding]:
    """Names that are not resolved by the nameservers of the namespace."""
    current = facts.current
    has_host_resolver = facts.nscd_running or facts.uses_resolved
    with_nameservers = sorted(
        name
        for name in current.namespaces
        if name in current.resolvers and current.resolvers[name].nameservers
    )
    if with_nameservers and has_host_resolver:
        program, evidence, remedy = _host_resolver(facts)
        yield Finding(
            "resolver_shadowed",
            WARNING,
            program,
            f"{program} of the host resolves names in {', '.join(with_nameservers[:_MAX_NAMES])} "
            "and ignores the resolv.conf of the namespace: its socket is a file, "
            "which all namespaces share",
            evidence,
            remedy,
        )
    without_resolver = sorted(
        name
        for name in current.namespaces
        if name not in current.resolvers
        and any(route.gateway for route in current.routes.get(name, ()))
    )
    if facts.loopback_nameserver and without_resolver and not has_host_resolver:
        yield Finding(
            "resolver_unreachable",
            WARNING,
            facts.loopback_nameserver,
            f"the nameserver {facts.loopback_nameserver} of the host is used in "
            f"{', '.join(without_resolver[:_MAX_NAMES])}, where it is the namespace's own "
            "loopback address, and no program listens there",
            "cat /etc/resolv.conf",
            "set option nameservers of module netns",
        )
