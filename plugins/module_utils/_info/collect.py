# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Collects what netns_info returns."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .._host.machine import may_administer
from .._host.netns import inside_netns, list_netns_names
from .._host.processes import find_processes
from .._host.sysctl import read_sysctl
from .._observe.observer import Observer
from .._observe.requirements import describe_unread_options
from .._observe.routes import read_neighbours
from .._observe.rules import observe_rules
from .._observe.scope import Scope
from .link_sysctls import read_link_sysctls

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .._host.netns_handles import NetnsHandle, NetnsHandles
    from .._model.current_state import CurrentState, Neighbour, Process


@dataclass
class HostInfo:
    """The current state and its details, by namespace. ``reasons`` say why they are incomplete."""

    current: CurrentState
    neighbours: dict[str | None, list[Neighbour]] = field(default_factory=dict)
    processes: dict[str | None, list[Process]] = field(default_factory=dict)
    sysctls: dict[str | None, dict[str, str]] = field(default_factory=dict)
    reasons: list[str] = field(default_factory=list)


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
    if not privileged:
        names &= {None}
    current = Observer(handles, observe_rules).observe(_compose_scope(names, privileged))
    info = HostInfo(current, reasons=reasons)
    unread = describe_unread_options(current.links.values())
    info.reasons += [unread] if unread else []
    missing = names - {None, *current.namespaces, *current.unusable_names}
    info.reasons += [f"there is no namespace {name}" for name in sorted(missing, key=str)]
    observed: tuple[str | None, ...] = (*({None} & names), *sorted(current.namespaces))
    netns_handles = [handles.get(name) for name in observed]
    read_link_sysctls(netns_handles, current)
    for handle in netns_handles:
        if "neighbours" in subset:
            info.neighbours[handle.netns] = read_neighbours(handle)
        if "sysctls" in subset:
            info.sysctls[handle.netns] = _read_sysctls(handle)
    if "processes" in subset:
        found = find_processes({handle.identity: handle.netns or "" for handle in netns_handles})
        info.processes = {name or None: processes for name, processes in found.items()}
    return info


def _read_sysctls(handle: NetnsHandle) -> dict[str, str]:
    """The values by name; those that the kernel does not have are left out."""
    with inside_netns(handle.descriptor):
        values = {key.replace("/", "."): read_sysctl(key) for key in _SYSCTLS}
    return {key: value for key, value in values.items() if value is not None}
