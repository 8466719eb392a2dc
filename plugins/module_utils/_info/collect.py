# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Collects what netns_info returns."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Dict, List, Optional, Sequence, Set

from .._host.machine import may_administer
from .._host.netns import find_processes, inside_netns, list_netns_names
from .._host.netns_handles import NetnsHandles
from .._host.sysctl import read_sysctl
from .._model.current_state import CurrentState, Process
from .._observe.observer import Observer
from .._observe.routes import read_neighbours
from .._observe.scope import Scope


@dataclass
class HostInfo:
    """What could be seen, and why not all."""

    current: CurrentState
    neighbours: Dict[Optional[str], List[Any]] = field(default_factory=dict)
    processes: Dict[Optional[str], List[Process]] = field(default_factory=dict)
    sysctls: Dict[Optional[str], Dict[str, str]] = field(default_factory=dict)
    reasons: List[str] = field(default_factory=list)


_SYSCTLS = (
    "net/ipv4/ip_forward",
    "net/ipv4/conf/all/rp_filter",
    "net/ipv6/conf/all/forwarding",
    "net/ipv6/conf/all/disable_ipv6",
    "net/bridge/bridge-nf-call-iptables",
    "net/bridge/bridge-nf-call-ip6tables",
)


def collect_info(
    handles: NetnsHandles, netns: Optional[Sequence[str]], subset: Set[str]
) -> HostInfo:
    """Look into these namespaces (None: the host and all)."""
    reasons = []
    names: Set[Optional[str]] = {None, *list_netns_names()} if netns is None else set(netns)
    if not may_administer():
        reasons.append(
            "without CAP_SYS_ADMIN namespaces cannot be entered, and without CAP_NET_ADMIN rules cannot be read"
        )
        names &= {None}
    privileged = not reasons
    every = frozenset(names)
    scope = Scope(
        every,
        routes=every,
        nat=every if privileged else frozenset(),
        resolvers=frozenset(name for name in every if name),
        local_routes=True,
    )
    sight = HostInfo(Observer(handles).observe(scope), reasons=reasons)
    known = {None, *sight.current.namespaces, *sight.current.unusable_names}
    reasons += [f"there is no namespace {name}" for name in sorted(names - known, key=str)]
    seen = [None] if None in names else []
    for name in (*seen, *sorted(sight.current.namespaces)):
        handle = handles.get(name)
        if "neighbours" in subset:
            sight.neighbours[name] = read_neighbours(handle)
        if "sysctls" in subset:
            with inside_netns(handle.descriptor):
                values = {key.replace("/", "."): read_sysctl(key) for key in _SYSCTLS}
            sight.sysctls[name] = {key: value for key, value in values.items() if value is not None}
    if "processes" in subset:
        found = find_processes(
            {handles.get(name).identity: name or "" for name in (*seen, *sight.current.namespaces)}
        )
        sight.processes = {name or None: processes for name, processes in found.items()}
    return sight
