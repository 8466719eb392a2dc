# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads the current state of a host. Changes nothing."""

from __future__ import annotations

import os
from functools import cached_property
from typing import TYPE_CHECKING, Callable

from .._host.netns import list_netns_names
from .._host.netns_handles import Handles, NetnsHandles
from .._host.netns_names import (
    explain_unsafe_directory,
    explain_unusable,
    is_netns_dir_readonly,
    is_private_mount_ns,
    is_unfinished,
)
from .._host.sysctl import has_inet6
from .._model.current_state import AttachTarget, CurrentState
from .._model.errors import Failed
from .._model.fast_replace import replace
from .._model.ovs import OVS_KIND
from .._model.persistence import path_of_lab
from .kinds import ObserveOvs, steps
from .links import read_links
from .owners import Owners
from .requirements import options_needed, require_for_rules, require_for_scope

if TYPE_CHECKING:
    from .._model.netns import Attachment
    from .._model.owner_records import NetnsEvidence
    from .._model.scope import Scope

_FEW = 8
"""Of more namespaces it is looked first which names there are."""
ObserveRules = Callable[["Scope", Handles, CurrentState], None]
ObserveProcesses = Callable[["NetnsEvidence", "Scope", Handles, CurrentState], None]


class Observer:
    """Observes the host in which the calling thread lives, through open namespaces.

    What only some scopes need is imported when it is needed.
    """

    def __init__(
        self,
        handles: NetnsHandles,
        observe_rules: ObserveRules | None,
        observe_lab_processes: ObserveProcesses | None,
        observe_ovs: ObserveOvs | None = None,
    ) -> None:
        """Each function reads what only some modules carry. Kinds offer the last one, too."""
        self._handles = handles
        self._observe_rules = observe_rules
        self._observe_lab_processes = observe_lab_processes
        self._observe_ovs = observe_ovs or steps.observe_ovs
        self._handles_read: Handles = {}
        """The namespaces that were observed last."""
        self._left_out: dict[str, AttachTarget] = {}
        """What was not there when this run began. If it starts meanwhile, the next run finds it."""

    @cached_property
    def owners(self) -> Owners:
        """Who owns what is observed. The record is read when it is first needed."""
        return Owners(self._handles.get(None).evidence)

    @cached_property
    def _attached_before(self) -> dict[str, Attachment]:
        """The containers and processes that were attached before this run, by name."""
        namespaces = self.owners.records.namespaces.items()
        return {name: record.attached for name, record in namespaces if record.attached is not None}

    def observe(self, scope: Scope) -> CurrentState:
        """The current state of what the scope names.

        :raises Failed: it could not be read; what cannot be read is never taken for absent.
        :raises Missing: the scope needs pyroute2, and it is not installed.
        """
        require_for_scope(scope)
        try:
            return self._observe(scope)
        except OSError as error:
            raise _unreadable(error) from error

    def observe_policies(self, scope: Scope, before: CurrentState) -> CurrentState:
        """The current state after changes of policies of the host, of which only rules are read.

        :param before: what was observed last.
        :raises Failed: they could not be read.
        """
        current = replace(
            before,
            rulesets={},
            backends={},
            backend_reasons={},
            hook_points={},
            blocking_chains={},
            foreign_forwards={},
        )
        if self._observe_rules is not None:
            try:
                self._observe_rules(scope, self._handles_read, current)
            except OSError as error:
                raise _unreadable(error) from error
        return current

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
        current.is_narrow = scope.narrow is not None and self.owners.has_many_members(scope)
        handles = self._handles_read = self._open(scope, current)
        self._observe_links(scope, handles, current)
        routed = handles.keys() if scope.all_namespaces else scope.routes & handles.keys()
        if routed:
            from .routes import read_routes

            for name in sorted(routed, key=str):
                current.routes[name] = read_routes(handles[name], scope.local_routes)
        _observe_link_settings(scope, handles, current)
        if steps.observe_features is not None:
            steps.observe_features(scope, current)
        if steps.observe_moved_links is not None:
            steps.observe_moved_links(scope, handles, current)
        if self._observe_rules is not None and (scope.nat or scope.all_namespaces):
            self._observe_rules(scope, handles, current)
        require_for_rules(scope, current)
        if _has_settings(scope):
            from .settings import observe_settings

            observe_settings(scope, handles, current)
        self._observe_processes(scope, handles, current)
        _observe_files(scope, current)
        if scope.services and steps.observe_services is not None:
            steps.observe_services(scope, handles, current)
        return current

    def _observe_links(self, scope: Scope, handles: Handles, current: CurrentState) -> None:
        records = self.owners.records.links.get(None, ())
        switches = {each.name: each.owner for each in records if each.kind == OVS_KIND}
        needs_options = options_needed(scope, self.owners.find_probable_owner, switches)
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
        if self._observe_ovs is not None and None in handles:
            self._observe_ovs(scope, switches, handles, current)

    def _observe_processes(self, scope: Scope, handles: Handles, current: CurrentState) -> None:
        _observe_processes(scope, handles, current)
        if self._observe_lab_processes is not None:
            self._observe_lab_processes(self.owners.host, scope, handles, current)
        if steps.observe_attachments is not None:
            steps.observe_attachments(self.owners.host, scope, handles, current)

    def _open(self, scope: Scope, current: CurrentState) -> Handles:
        """Open the namespaces, and note the names that are none. The host is the first."""
        names: set[str | None] = set(scope.namespaces)
        names |= self.owners.list_names(scope, current.is_narrow)
        is_listed = scope.all_namespaces or len(names) > _FEW
        listed = frozenset(list_netns_names()) if is_listed else frozenset(names - {None})
        current.has_all_namespaces = scope.all_namespaces and names.issuperset(listed)
        handles: Handles = {}
        for name in sorted(names, key=lambda name: (name is not None, name or "")):
            if name is not None and name not in listed:
                self._handles.forget(name)
                continue
            handle = self._handles.open(name)
            if handle is not None:
                handles[name] = handle
            elif name is not None:
                reason = explain_unusable(name)
                if reason is not None:
                    current.unusable_names[name] = reason
                if reason == "stale" and is_unfinished(name):
                    current.own_stale_names.add(name)
        if scope.wanted_names and steps.load_open_targets is not None:
            open_targets = steps.load_open_targets()
            known, left_out = self._attached_before, self._left_out
            wanted = [(name, target) for name, target in scope.wanted_names if name not in left_out]
            open_targets(wanted, self._handles, handles, known, scope.lab, current)
            current.attach_targets.update(left_out)
            targets = current.attach_targets.items()
            self._left_out = {name: target for name, target in targets if target.is_left_out}
        return handles


def _unreadable(error: OSError) -> Failed:
    return Failed(f"the state of this host cannot be read: {error.strerror or error}")


def _observe_link_settings(scope: Scope, handles: Handles, current: CurrentState) -> None:
    """Impairments and VLANs, where the scope names them or the links tell that there are some."""
    impaired = [name for name, handle in handles.items() if handle.impaired]
    filtering = [name for name, handle in handles.items() if handle.filtering]
    if not (impaired or filtering or scope.impairments or scope.vlans):
        return
    from .link_settings import add_unlisted_vlans, read_qdiscs, read_vlans

    for name, handle in handles.items():
        if handle.impaired or name in scope.impairments:
            ours, foreign = read_qdiscs(handle)
            current.impairments.update(ours)
            current.foreign_qdiscs.update(foreign)
        if handle.filtering or name in scope.vlans:
            current.vlans.update(read_vlans(handle))
    add_unlisted_vlans(current)


def _has_settings(scope: Scope) -> bool:
    """Whether there is more to read than links, routes and rules."""
    named = scope.sysctls or scope.nat or scope.resolvers or scope.listeners or scope.lab
    return bool(named) or scope.all_namespaces


def _observe_files(scope: Scope, current: CurrentState) -> None:
    """The files of a persistent topology; for one of its policies only whether it has some."""
    if scope.of_lab and scope.lab is not None and os.path.exists(path_of_lab(scope.lab)):
        current.persistent_labs = frozenset({scope.lab})
    lab = scope.persistent
    if lab is None or steps.observe_persistence is None:
        return
    if scope.persists or os.path.exists(path_of_lab(lab)):
        steps.observe_persistence(lab, scope.prometheus, current)


def _observe_processes(scope: Scope, handles: Handles, current: CurrentState) -> None:
    """The processes in namespaces that may be deleted."""
    names = scope.processes
    if scope.all_namespaces:
        from .settings import find_unlisted_namespaces

        names |= find_unlisted_namespaces(scope, current)
    if names and steps.find_processes is not None:
        identities = {handles[name].identity: name for name in names if name in handles}
        current.processes = {
            name: tuple(found) for name, found in steps.find_processes(identities).items()
        }
