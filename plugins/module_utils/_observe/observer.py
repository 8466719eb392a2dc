# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads the current state of a host. Changes nothing."""

from __future__ import annotations

import os
from functools import cached_property
from typing import TYPE_CHECKING, Callable, Optional

from .._host.netns import list_netns_names
from .._host.netns_handles import NetnsHandle, NetnsHandles
from .._host.netns_names import (
    explain_unsafe_directory,
    explain_unusable,
    is_netns_dir_readonly,
    is_private_mount_ns,
    is_unfinished,
)
from .._host.sysctl import has_inet6
from .._model.current_state import CurrentState
from .._model.errors import Failed
from .._model.persistence import path_of_lab
from .links import read_links
from .owners import Owners
from .requirements import options_needed, require_for_rules, require_for_scope

if TYPE_CHECKING:
    from .scope import Scope

Handles = dict[Optional[str], NetnsHandle]
ObserveRules = Callable[["Scope", Handles, CurrentState], None]


class Observer:
    """Observes the host in which the calling thread lives, through open namespaces.

    What only some scopes need is imported when it is needed.
    """

    def __init__(self, handles: NetnsHandles, observe_rules: ObserveRules | None) -> None:
        """``observe_rules`` reads the rule sets, for modules that carry them."""
        self._handles = handles
        self._observe_rules = observe_rules

    @cached_property
    def owners(self) -> Owners:
        """Who owns what is observed. The record is read when it is first needed."""
        return Owners(self._handles.get(None).evidence)

    def observe(self, scope: Scope) -> CurrentState:
        """The current state of what the scope names.

        :raises Failed: it could not be read; what cannot be read is never taken for absent.
        :raises Missing: the scope needs pyroute2, and it is not installed.
        """
        require_for_scope(scope)
        try:
            return self._observe(scope)
        except OSError as error:
            raise Failed(
                f"the state of this host cannot be read: {error.strerror or error}"
            ) from error

    def _observe(self, scope: Scope) -> CurrentState:
        current = CurrentState(
            has_ipv6=has_inet6(),
            machine_id=self.owners.machine,
            netns_dir_readonly=is_netns_dir_readonly(),
            private_mount_ns=is_private_mount_ns(),
        )
        if scope.all_namespaces or None in scope.namespaces:
            # Only changes of the host can cut it off.
            from .._host.ssh_connection import find_ssh_connection

            current.ssh_connection = find_ssh_connection()
        if scope.all_namespaces or scope.namespaces - {None}:
            current.netns_dir_unsafe = explain_unsafe_directory()
        handles = self._open(scope, current)
        self._observe_links(scope, handles, current)
        routed = handles.keys() if scope.all_namespaces else scope.routes & handles.keys()
        if routed:
            from .routes import read_routes

            for name in sorted(routed, key=str):
                current.routes[name] = read_routes(handles[name], scope.local_routes)
        _observe_link_settings(scope, handles, current)
        _observe_features(scope, handles, current)
        _observe_moved_links(scope, handles, current)
        if self._observe_rules is not None and (scope.nat or scope.all_namespaces):
            self._observe_rules(scope, handles, current)
        require_for_rules(scope, current)
        if _has_settings(scope):
            from .settings import observe_settings

            observe_settings(scope, handles, current)
        _observe_processes(scope, handles, current)
        _observe_files(scope, current)
        return current

    def _observe_links(self, scope: Scope, handles: Handles, current: CurrentState) -> None:
        needs_options = options_needed(scope, self.owners.find_probable_owner)
        current.links = read_links(handles.values(), needs_options)
        for name, handle in handles.items():
            current.ipv6_disabled.update((name, link) for link in handle.ipv6_disabled)
            for altname, link in handle.altnames.items():
                current.altnames[name, altname] = link
            for (link, text), peer in handle.peers.items():
                current.peers[(name, link), text] = peer
            current.unlisted_ipv4.update((name, link) for link in handle.unlisted_ipv4)
            current.promoting.update((name, link) for link in handle.promoting)
        self.owners.assign(handles, current)

    def _open(self, scope: Scope, current: CurrentState) -> Handles:
        """Open the namespaces, and note the names that are none. The host is the first."""
        names: set[str | None] = set(scope.namespaces)
        names |= self.owners.list_names(scope)
        current.has_all_namespaces = scope.all_namespaces and names.issuperset(list_netns_names())
        handles: Handles = {}
        for name in sorted(names, key=lambda name: (name is not None, name or "")):
            handle = self._handles.open(name)
            if handle is not None:
                handles[name] = handle
            elif name is not None:
                reason = explain_unusable(name)
                if reason is not None:
                    current.unusable_names[name] = reason
                if reason == "stale" and is_unfinished(name):
                    current.own_stale_names.add(name)
        return handles


def _observe_link_settings(scope: Scope, handles: Handles, current: CurrentState) -> None:
    """Impairments and VLANs, where the scope names them or the links tell that there are some."""
    impaired = [name for name, handle in handles.items() if handle.impaired]
    filtering = [name for name, handle in handles.items() if handle.filtering]
    if not (impaired or filtering or scope.impairments or scope.vlans):
        return
    from .link_settings import read_qdiscs, read_vlans

    for name, handle in handles.items():
        if handle.impaired or name in scope.impairments:
            ours, foreign = read_qdiscs(handle)
            current.impairments.update(ours)
            current.foreign_qdiscs.update(foreign)
        if handle.filtering or name in scope.vlans:
            current.vlans.update(read_vlans(handle))


def _observe_features(scope: Scope, handles: Handles, current: CurrentState) -> None:
    """What the kernel lacks for the desired state, and which links it binds to the host.

    A type of which there is a link needs no look at the kernel's modules.
    """
    new = {kind for ref, kind in scope.creates if ref not in current.links}
    new -= {link.kind for link in current.links.values()}
    if new or scope.features:
        from .._host.kernel_features import lacks_feature, lacks_type

        missing = [*filter(lacks_type, new), *filter(lacks_feature, scope.features)]
        current.missing_features = frozenset(missing)
    if None in handles:
        for name in scope.takes:
            reason = handles[None].find_netns_local_reason(name)
            if reason is not None:
                current.netns_local[name] = reason


def _observe_moved_links(scope: Scope, handles: Handles, current: CurrentState) -> None:
    """The classes and filters of links that are somewhere else than they are wanted."""
    known = current.links.keys()
    peers = {peer for ref in scope.veth_ends & known if (peer := current.links[ref].peer)}
    names = scope.takes | {name for _netns, name in scope.veth_ends - known}
    moved = {(None, name) for name in names} | (peers - scope.veth_ends)
    for ref in moved & known:
        from .traffic_control import read_traffic_control

        current.traffic_control[ref] = read_traffic_control(handles[ref[0]], ref[1])


def _has_settings(scope: Scope) -> bool:
    """Whether there is more to read than links, routes and rules."""
    named = scope.sysctls or scope.nat or scope.resolvers or scope.listeners
    return bool(named) or scope.all_namespaces


def _observe_files(scope: Scope, current: CurrentState) -> None:
    """The files of a persistent topology."""
    lab = scope.persistent
    if lab is not None and (scope.persists or os.path.exists(path_of_lab(lab))):
        from .persistence import observe_persistence

        observe_persistence(lab, current)


def _observe_processes(scope: Scope, handles: Handles, current: CurrentState) -> None:
    """The processes in namespaces that may be deleted."""
    names = scope.processes
    if scope.all_namespaces:
        from .settings import find_unlisted_namespaces

        names |= find_unlisted_namespaces(scope, current)
    if names:
        from .._host.processes import find_processes

        identities = {handles[name].identity: name for name in names if name in handles}
        current.processes = {
            name: tuple(found) for name, found in find_processes(identities).items()
        }
