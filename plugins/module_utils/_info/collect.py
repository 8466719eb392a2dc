# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Collects what netns_info returns."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from .._host.listeners import read_listeners
from .._host.machine import may_administer
from .._host.netns import inside_netns, list_netns_names
from .._host.processes import find_processes
from .._host.sysctl import read_sysctl
from .._model.errors import Failed
from .._model.name_servers import list_queried
from .._model.scope import Scope
from .._observe.attachments import observe_all_attachments
from .._observe.observer import Observer
from .._observe.ovs import try_ovs
from .._observe.processes import observe_lab_processes
from .._observe.requirements import describe_unread_options
from .._observe.routes import read_neighbours
from .._observe.rules import observe_forward_counters, observe_policy_counts, observe_rules
from .attachments import read_attachments
from .link_sysctls import read_link_sysctls
from .persistent import read_persistent
from .services import read_services

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .._host.netns_handles import NetnsHandle, NetnsHandles
    from .._model.current_state import CurrentState, Listener, Neighbour, Process
    from .._model.forward_counters import ForwardCounter
    from .._model.policy_counts import PolicyCounts
    from .items import Item


@dataclass
class HostInfo:
    """The current state and its details, by namespace. ``reasons`` say why they are incomplete."""

    current: CurrentState
    neighbours: dict[str | None, list[Neighbour]] = field(default_factory=dict)
    processes: dict[str | None, list[Process]] = field(default_factory=dict)
    listeners: dict[str | None, tuple[Listener, ...]] = field(default_factory=dict)
    """Those of the namespaces with name servers."""
    sysctls: dict[str | None, dict[str, str]] = field(default_factory=dict)
    persistent: list[Item] = field(default_factory=list)
    services: list[Item] = field(default_factory=list)
    attachments: list[Item] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    policy_counts: PolicyCounts | None = None
    forward_counters: dict[str | None, list[ForwardCounter]] = field(default_factory=dict)


_SYSCTLS = (
    "net/ipv4/ip_forward",
    "net/ipv4/conf/all/rp_filter",
    "net/ipv6/conf/all/forwarding",
    "net/ipv6/conf/all/disable_ipv6",
    "net/bridge/bridge-nf-call-iptables",
    "net/bridge/bridge-nf-call-ip6tables",
)
_UNPRIVILEGED = (
    "without CAP_SYS_ADMIN namespaces cannot be entered, "
    "and without CAP_NET_ADMIN rules cannot be read"
)


def _compose_scope(names: set[str | None], privileged: bool) -> Scope:
    namespaces = frozenset(names)
    return Scope(
        namespaces,
        routes=namespaces,
        nat=namespaces if privileged else frozenset(),
        resolvers=frozenset(name for name in namespaces if name),
        local_routes=True,
        link_options=True,
    )


def collect_info(handles: NetnsHandles, netns: Sequence[str] | None, subset: set[str]) -> HostInfo:
    """The current state of namespaces, and the details of a subset.

    Without the capabilities only the host is observed, and ``reasons`` says so.

    :param netns: names of namespaces; None for the host and all namespaces.
    :param subset: of the choices of option ``gather_subset``.
    """
    names: set[str | None] = {None, *list_netns_names()} if netns is None else set(netns)
    privileged = may_administer()
    reasons = [] if privileged else [_UNPRIVILEGED]
    names = names if privileged else names & {None}
    observer = Observer(handles, observe_rules, observe_lab_processes, partial(try_ovs, reasons))
    current = observer.observe(_compose_scope(names, privileged))
    if privileged:
        observe_all_attachments(handles, current, with_check=False)
    info = HostInfo(current, reasons=reasons)
    info.reasons += filter(None, [describe_unread_options(current.links.values())])
    missing = names - {None, *current.namespaces, *current.unusable_names}
    info.reasons += [f"there is no namespace {name}" for name in sorted(missing, key=str)]
    observed: tuple[str | None, ...] = (*({None} & names), *sorted(current.namespaces))
    netns_handles = [handles.get(name) for name in observed]
    read_link_sysctls(netns_handles, current)
    _collect_details(info, {handle.netns: handle for handle in netns_handles}, subset)
    if privileged:
        _collect_files(info, {handle.netns: handle for handle in netns_handles}, subset)
    if "processes" in subset:
        found = find_processes({handle.identity: handle.netns or "" for handle in netns_handles})
        info.processes = {name or None: processes for name, processes in found.items()}
    return info


def _collect_details(
    info: HostInfo, handles: Mapping[str | None, NetnsHandle], subset: set[str]
) -> None:
    """Add what is read in each namespace."""
    for netns, handle in handles.items():
        if "neighbours" in subset:
            info.neighbours[netns] = read_neighbours(handle)
        if "sysctls" in subset:
            info.sysctls[netns] = _read_sysctls(handle)
    if "policies" in subset and None in handles and may_administer():
        with inside_netns(handles[None].descriptor):
            info.policy_counts = observe_policy_counts(info.current)
    rulesets = info.current.rulesets if "nat" in subset else {}
    for netns, ruleset in rulesets.items():
        with inside_netns(handles[netns].descriptor):
            info.forward_counters[netns] = observe_forward_counters(ruleset)
    if "topology_processes" in subset:
        _collect_listeners(info, handles)


def _collect_listeners(info: HostInfo, handles: Mapping[str | None, NetnsHandle]) -> None:
    for process in info.current.lab_processes.values():
        netns = process.netns
        if list_queried(process) and netns in handles and netns not in info.listeners:
            with inside_netns(handles[netns].descriptor):
                info.listeners[netns] = read_listeners()


def _collect_files(
    info: HostInfo, handles: Mapping[str | None, NetnsHandle], subset: set[str]
) -> None:
    """Add what files of this collection say, for the host and for systemd."""
    try:
        if "persistent" in subset and None in handles:
            info.persistent = read_persistent()
        if "attachments" in subset:
            info.attachments = read_attachments(info.current)
        if "services" in subset:
            info.services = read_services(handles, info.current.namespaces)
    except Failed as error:
        info.reasons.append(str(error))


def _read_sysctls(handle: NetnsHandle) -> dict[str, str]:
    """The values by name; those that the kernel does not have are left out."""
    with inside_netns(handle.descriptor):
        values = {key.replace("/", "."): read_sysctl(key) for key in _SYSCTLS}
    return {key: value for key, value in values.items() if value is not None}
