# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Collects the facts about a host."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from ..._firewall.listing import Listing
from ..._firewall.policy.answers import find_unanswered_names
from ..._host.declared_services import read_declared_services
from ..._host.machine import may_administer
from ..._host.netns import inside_netns, list_netns_names
from ..._host.pids import Pid, is_running
from ..._host.sysctl import read_sysctl
from ..._model.changes import links_in
from ..._model.errors import Failed
from ..._model.fast_replace import replace
from ..._model.forwarding import ANSWERING_SYSCTLS
from ..._model.scope import Scope
from ..._netlink.pyroute2_library import is_installed
from ..._observe.attachments import observe_all_attachments
from ..._observe.link_settings import read_all_impairments
from ..._observe.link_states import (
    read_dad_failures,
    read_host_scopes,
    read_no_carrier,
    read_policy_rules,
    read_port_flags,
    read_port_states,
)
from ..._observe.observer import Observer
from ..._observe.ovs import try_ovs
from ..._observe.processes import observe_lab_processes
from ..._observe.requirements import describe_unread_options, require_for_links
from ..._observe.routes import read_neighbours, read_proxies
from ..._observe.rules import observe_rules
from ..._observe.scope import scope_of
from ..firewall.read import read_packet_filters
from ..trace.run import trace_losses
from .files import (
    find_loopback_nameserver,
    is_nscd_running,
    read_limits,
    read_link_managers,
    uses_resolved,
)
from .gateways import resolve_gateways
from .host_facts import HostFacts
from .name_servers import find_silent_servers
from .stranded import StrandedProcess, find_stranded_processes
from .switch import read_flow_counts

if TYPE_CHECKING:
    from collections.abc import Container

    from ..._host.netns_handles import NetnsHandle, NetnsHandles
    from ..._model.current_state import CurrentState
    from ..._model.desired_state import DesiredState
    from ..._model.links import LinkRef
    from ..._model.netns import Attachment

_LINK_SYSCTLS = (
    "net/ipv4/conf/{}/rp_filter",
    "net/ipv4/conf/{}/arp_ignore",
    "net/ipv4/conf/{}/proxy_arp",
    *ANSWERING_SYSCTLS.values(),
    "net/ipv6/conf/{}/disable_ipv6",
    "net/ipv4/neigh/{}/mcast_solicit",
    "net/ipv6/neigh/{}/mcast_solicit",
)
_FORWARDING6 = "net/ipv6/conf/{}/forwarding"
_NETNS_SYSCTLS = (
    "net/ipv4/conf/all/rp_filter",
    "net/ipv4/conf/all/arp_ignore",
    "net/ipv4/conf/all/proxy_arp",
    "net/ipv6/conf/all/proxy_ndp",
    "net/ipv6/conf/all/forwarding",
    "net/ipv4/conf/all/src_valid_mark",
    "net/bridge/bridge-nf-call-iptables",
    "net/bridge/bridge-nf-call-ip6tables",
)
_UNPRIVILEGED = (
    "without CAP_SYS_ADMIN namespaces cannot be entered, "
    "and without CAP_NET_ADMIN rules cannot be read"
)


def _compose_scope(desired: DesiredState | None, names: set[str | None], privileged: bool) -> Scope:
    """What to observe: everything, and what the declared topology needs besides."""
    namespaces = frozenset(names)
    nat: frozenset[str | None] = namespaces if privileged else frozenset()
    everything = Scope(
        namespaces,
        routes=namespaces,
        nat=nat,
        resolvers=frozenset(name for name in namespaces if name),
        listeners=nat & {None},
        link_options=True,
    )
    if desired is None or not privileged:
        return everything
    needed = scope_of(desired)
    require_for_links(needed)
    return replace(
        everything,
        namespaces=namespaces | needed.namespaces,
        wanted_names=needed.wanted_names,
        routes=namespaces | needed.routes,
        nat=namespaces | needed.nat,
        resolvers=everything.resolvers | needed.resolvers,
        listeners=needed.listeners | {None},
        sysctls=needed.sysctls,
        wanted_sysctls=needed.wanted_sysctls,
        nat6=needed.nat6,
        backend=needed.backend,
        lab=needed.lab,
    )


def collect_facts(handles: NetnsHandles, desired: DesiredState | None) -> HostFacts:
    """All facts that the checks read. Gateways are sent packets; nothing is changed.

    Without the capabilities only the host is observed, and ``reasons`` says so.

    :param desired: the declared topology, if there is one.
    """
    privileged = may_administer()
    names: set[str | None] = {None, *list_netns_names()} if privileged else {None}
    reasons = [] if privileged else [_UNPRIVILEGED]
    observer = Observer(handles, observe_rules, observe_lab_processes, partial(try_ovs, reasons))
    current = observer.observe(_compose_scope(desired, names, privileged))
    declared = links_in(desired.present) if desired is not None else []
    facts = HostFacts(
        current,
        desired=desired if privileged else None,
        declared_links=frozenset(link.ref for link in declared),
        reasons=[*reasons, *_describe_unread(current)],
    )
    host = handles.get(None)
    by_netns: dict[str | None, NetnsHandle] = {None: host}
    by_netns.update({name: handles.get(name) for name in _list_observed(current)})
    parents = facts.links_by_parent()
    for handle in by_netns.values():
        _collect_link_facts(handle, facts, parents)
        _collect_netns_facts(handle, facts, privileged)
    resolve_gateways(facts, by_netns)
    if privileged:
        observe_all_attachments(handles, current, with_check=True)
        _collect_processes(by_netns, facts)
        facts.traces = trace_losses(facts, handles, by_netns)
    facts.flow_counts = read_flow_counts(current)
    facts.limits = list(read_limits())
    facts.link_managers = read_link_managers(
        {link.name: host.indexes[link.name] for link in facts.links_of(None) if link.name != "lo"}
    )
    _collect_name_facts(facts, privileged)
    return facts


def _collect_name_facts(facts: HostFacts, privileged: bool) -> None:
    """How names are looked up, and which of those in policies have no addresses."""
    facts.nscd_running = is_nscd_running()
    facts.loopback_nameserver = find_loopback_nameserver()
    facts.uses_resolved = uses_resolved()
    ruleset = facts.current.rulesets.get(None)
    if privileged and ruleset is not None:
        facts.unanswered_names = find_unanswered_names(ruleset.resources)


def _collect_processes(handles: dict[str | None, NetnsHandle], facts: HostFacts) -> None:
    """Units, processes left in former namespaces, and those whose namespaces are left."""
    facts.stranded_processes = _find_stranded(handles, facts.current)
    facts.silent_servers = find_silent_servers(facts.current, handles)
    facts.ended_attachments = _find_ended(facts.current)
    try:
        facts.services = read_declared_services(handles, facts.current.namespaces)
    except Failed as error:
        facts.reasons.append(str(error))


def _list_observed(current: CurrentState) -> list[str]:
    targets = {name for name, target in current.attach_targets.items() if target.found is not None}
    return sorted({*current.namespaces, *targets})


def _find_ended(current: CurrentState) -> dict[str, Attachment]:
    return {
        name: netns.attached
        for name, netns in current.namespaces.items()
        if netns.attached is not None
        and not is_running(Pid(netns.attached.pid, netns.attached.start_time))
    }


def _find_stranded(
    handles: dict[str | None, NetnsHandle], current: CurrentState
) -> list[StrandedProcess]:
    named = {handle.identity: netns for netns, handle in handles.items()}
    return find_stranded_processes(named, current.links)


def _describe_unread(current: CurrentState) -> list[str]:
    """What cannot be read for lack of pyroute2, as sentences."""
    if is_installed():
        return []
    unread = ["without pyroute2 impairments cannot be read"]
    options = describe_unread_options(current.links.values())
    return [*unread, options] if options else unread


def _collect_link_facts(handle: NetnsHandle, facts: HostFacts, parents: Container[LinkRef]) -> None:
    """What the observer does not read of links; each is read only if a check needs it."""
    links = facts.links_of(handle.netns)
    if any(link.kind == "bridge" for link in links):
        facts.port_states.update(read_port_states(handle))
        facts.port_flags.update(read_port_flags(handle))
    if any(link.saved is not None or link.ref in parents for link in links):
        facts.no_carrier |= read_no_carrier(handle)
    if any(":" in text for link in links for text in link.addresses or ()):
        facts.dad_failed |= read_dad_failures(handle)
    if handle.netns is not None and any(link.addresses for link in links if link.name != "lo"):
        facts.host_scopes |= read_host_scopes(handle)
    if handle.impaired and is_installed():
        facts.impairments.update(read_all_impairments(handle))


def _collect_netns_facts(handle: NetnsHandle, facts: HostFacts, privileged: bool) -> None:
    netns = handle.netns
    facts.policy_rules[netns] = read_policy_rules(handle)
    facts.neighbours[netns] = read_neighbours(handle)
    facts.proxies[netns] = read_proxies(handle)
    keys = [key.format(link.name) for link in facts.links_of(netns) for key in _LINK_SYSCTLS]
    keys += [_FORWARDING6.format(entry.device) for entry in facts.proxies[netns]]
    with inside_netns(handle.descriptor):
        for key in (*keys, *_NETNS_SYSCTLS):
            value = read_sysctl(key)
            if value is not None:
                facts.sysctls[netns, key] = value
        if privileged:
            listing = Listing()
            facts.packet_filters[netns] = read_packet_filters(listing)
            if netns is None:
                tables = sorted(listing.nft_tables or ())
                facts.arp_tables = tuple(name for family, name in tables if family == "arp")
