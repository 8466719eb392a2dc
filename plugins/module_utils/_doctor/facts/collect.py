# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Draws the chart of a host: looks at everything, once."""

from __future__ import annotations

from typing import Container, Optional, Set

from ..._firewall.listing import Listing
from ..._host.machine import may_administer
from ..._host.netns import inside_netns, list_netns_names
from ..._host.netns_handles import NetnsHandle, NetnsHandles
from ..._host.sysctl import read_sysctl
from ..._model.changes import links_in
from ..._model.desired_state import DesiredState
from ..._model.fast_replace import replace
from ..._model.links import LinkRef
from ..._netlink.fib_rules import read_rule
from ..._netlink.qdisc import GETQDISC, dump_qdiscs, read_impairment
from ..._observe.link_states import (
    dump_policy_rules,
    read_dad_failures,
    read_no_carrier,
    read_port_states,
)
from ..._observe.observer import Observer
from ..._observe.routes import read_neighbours
from ..._observe.scope import Scope, scope_of
from ..firewall.read import read_filters
from .files import asks_resolved, find_stub, has_nscd, read_limits, read_managers
from .gateways import ask_gateways
from .host_facts import HostFacts


def _scope(desired: Optional[DesiredState], names: Set[Optional[str]]) -> Scope:
    every = frozenset(names)
    nat = every if may_administer() else frozenset()
    everything = Scope(
        every,
        routes=every,
        nat=nat,
        resolvers=frozenset(name for name in every if name),
        listeners=nat & {None},
    )
    if desired is None or not nat:
        return everything
    asked = scope_of(desired)
    return replace(
        everything,
        namespaces=every | asked.namespaces,
        routes=every | asked.routes,
        nat=every | asked.nat,
        resolvers=everything.resolvers | asked.resolvers,
        listeners=asked.listeners | {None},
        sysctls=asked.sysctls,
        nat6=asked.nat6,
        backend=asked.backend,
        lab=asked.lab,
    )


def collect_facts(handles: NetnsHandles, desired: Optional[DesiredState]) -> HostFacts:
    """Everything that the checks want to know."""
    reasons = []
    names: Set[Optional[str]] = {None, *list_netns_names()}
    if not may_administer():
        reasons.append(
            "without CAP_SYS_ADMIN namespaces cannot be entered, and without CAP_NET_ADMIN rules cannot be read"
        )
        names = {None}
    declared = (
        frozenset(end.ref for end in links_in(desired.present))
        if desired is not None
        else frozenset()
    )
    facts = HostFacts(Observer(handles).observe(_scope(desired, names)), declared, reasons=reasons)
    opened = [handles.get(name) for name in (None, *sorted(facts.current.namespaces))]
    grounds = facts.bridges_with_addresses()
    for handle in opened:
        _collect_netns(handle, facts, grounds, not reasons)
    ask_gateways(facts, {handle.netns: handle for handle in opened})
    facts.limits = list(read_limits())
    facts.managed = read_managers(
        {link.name: opened[0].indexes[link.name] for link in facts.on(None) if link.name != "lo"}
    )
    facts.nscd, facts.stub, facts.resolve = has_nscd(), find_stub(), asks_resolved()
    return facts


def _collect_netns(
    handle: NetnsHandle, facts: HostFacts, grounds: Container[LinkRef], privileged: bool
) -> None:
    links = facts.on(handle.netns)
    names = {handle.indexes[link.name]: link.name for link in links}
    if any(link.kind == "bridge" for link in links):
        facts.states.update(read_port_states(handle, names))
    if any(link.saved is not None or link.ref in grounds for link in links):
        facts.no_carrier |= read_no_carrier(handle, names)
    if any(":" in text for link in links for text in link.addresses or ()):
        facts.dad_failed |= read_dad_failures(handle, names)
    if handle.impaired:
        messages = handle.socket.dump(GETQDISC, dump_qdiscs())
        found = filter(None, (read_impairment(handle.netns, names, data) for data in messages))
        facts.impairments.update({(one.netns, one.link): one for one in found})
    facts.rules[handle.netns] = tuple(filter(None, map(read_rule, dump_policy_rules(handle))))
    facts.neighbours[handle.netns] = read_neighbours(handle)
    with inside_netns(handle.descriptor):
        for link in links:
            for family, setting in (
                ("ipv4", "rp_filter"),
                ("ipv4", "arp_ignore"),
                ("ipv6", "disable_ipv6"),
            ):
                _note(facts, handle.netns, f"net/{family}/conf/{link.name}/{setting}")
        for key in (
            "net/ipv4/conf/all/rp_filter",
            "net/ipv4/conf/all/arp_ignore",
            "net/bridge/bridge-nf-call-iptables",
            "net/bridge/bridge-nf-call-ip6tables",
        ):
            _note(facts, handle.netns, key)
        if privileged:
            facts.filters[handle.netns] = read_filters(Listing())


def _note(facts: HostFacts, netns: Optional[str], key: str) -> None:
    value = read_sysctl(key)
    if value is not None:
        facts.settings[netns, key] = value
