# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads the current state of a host. Changes nothing."""

from __future__ import annotations

from typing import Dict, FrozenSet, Optional, Set

from .._firewall.firewall import Firewall, observe_foreign_forwards, survey_firewalls
from .._firewall.listing import Listing
from .._host.kernel_features import lacks_feature, lacks_type
from .._host.listeners import read_listeners
from .._host.machine import find_ssh_server, read_machine_id
from .._host.netns import (
    explain_unusable,
    find_processes,
    inside_netns,
    is_netns_dir_readonly,
    is_private_mount_ns,
    is_unfinished,
    list_netns_names,
)
from .._host.netns_handles import NetnsHandle, NetnsHandles
from .._host.programs import find
from .._host.resolver import read_resolver
from .._host.sysctl import filtered_families, has_inet6, read_sysctl
from .._model.current_state import CurrentState
from .._model.errors import Failed
from .._model.nat import SAVED_SYSCTLS, SavedSysctl
from .._model.netns import Netns
from .._observe.link_settings import read_qdiscs, read_vlans
from .._observe.links import read_links
from .._observe.routes import read_routes
from .._observe.scope import Scope


class Observer:
    """Observes the host in which the calling thread lives, through these rooms."""

    def __init__(self, handles: NetnsHandles) -> None:
        self._handles = handles
        self.firewall = Firewall()

    def observe(self, scope: Scope) -> CurrentState:
        """What is there of what the scope names.

        :raises Failed: it could not be seen; what cannot be seen is never taken for absent.
        """
        try:
            return self._observe(scope)
        except OSError as error:
            raise Failed(f"this host cannot be looked at: {error.strerror or error}") from error

    def _observe(self, scope: Scope) -> CurrentState:
        current = CurrentState(
            has_ipv6=has_inet6(),
            machine_id=read_machine_id(),
            ssh_server=find_ssh_server(),
            netns_dir_readonly=is_netns_dir_readonly(),
            private_mount_ns=is_private_mount_ns(),
        )
        names: Set[Optional[str]] = set(scope.namespaces)
        if scope.all_namespaces:
            names |= {None, *list_netns_names()}
        handles = self._open(names, current)
        current.links = read_links(handles.values())
        current.ipv6_disabled = {
            (name, link) for name, handle in handles.items() for link in handle.ipv6_disabled
        }
        for name in handles:
            if name is not None:
                lo = current.links.get((name, "lo"))
                current.namespaces[name] = Netns(name, lo.owner if lo else None)
        routed = handles.keys() if scope.all_namespaces else scope.routes & handles.keys()
        for name in sorted(routed, key=str):
            current.routes[name] = read_routes(handles[name], scope.local_routes)
        self._observe_ends(scope, handles, current)
        wanted = {kind for place, kind in scope.creates if place not in current.links} - {
            link.kind for link in current.links.values()
        }
        current.missing_features = frozenset(
            [*filter(lacks_type, wanted), *filter(lacks_feature, scope.features)]
        )
        if None in handles:
            current.netns_local = {
                name: why
                for name in scope.takes
                if (why := handles[None].find_netns_local_reason(name)) is not None
            }
        self._observe_nat(scope, handles, current)
        self._observe_settings(scope, handles, current)
        inhabited = scope.processes | self._unlisted_namespaces(scope, current)
        if inhabited:
            identities = {handles[name].identity: name for name in inhabited if name in handles}
            current.processes = {
                name: tuple(found) for name, found in find_processes(identities).items()
            }
        return current

    @staticmethod
    def _observe_ends(
        scope: Scope, handles: Dict[Optional[str], NetnsHandle], current: CurrentState
    ) -> None:
        """What is set on links: looked for where somebody asks, or where the links themselves say that there is some."""
        for name, handle in handles.items():
            if handle.impaired or name in scope.impairments:
                ours, foreign = read_qdiscs(handle)
                current.impairments.update(ours)
                current.foreign_qdiscs.update(foreign)
            if handle.filtering or name in scope.vlans:
                current.vlans.update(read_vlans(handle))

    def _open(
        self, names: Set[Optional[str]], current: CurrentState
    ) -> Dict[Optional[str], NetnsHandle]:
        handles: Dict[Optional[str], NetnsHandle] = {}
        for name in sorted(names, key=lambda name: (name is not None, name or "")):
            handle = self._handles.open(name)
            if handle is not None:
                handles[name] = handle
            elif name is not None:
                blocked = explain_unusable(name)
                if blocked is not None:
                    current.unusable_names[name] = blocked
                if blocked == "stale" and is_unfinished(name):
                    current.own_stale_names.add(name)
        return handles

    def _observe_settings(
        self, scope: Scope, handles: Dict[Optional[str], NetnsHandle], current: CurrentState
    ) -> None:
        keys: Dict[Optional[str], Set[str]] = {}
        for netns, key in scope.sysctls:
            keys.setdefault(netns, set()).add(key)
        owned = self._unlisted_namespaces(scope, current)
        for netns in owned & handles.keys():
            # A link may go before its namespace does, and come back without it.
            current.sysctls.update(
                {
                    (netns, f"net/ipv4/conf/{name}/forwarding"): value
                    for name, value in handles[netns].forwarding.items()
                    if value != "0"
                }
            )
        for netns in (scope.nat | current.rulesets.keys()) & handles.keys():
            forwarding = handles[netns].forwarding
            current.sysctls.update(
                {
                    (netns, f"net/ipv4/conf/{name}/forwarding"): value
                    for name, value in forwarding.items()
                }
            )
            keys.setdefault(netns, set()).update(
                [
                    "net/ipv4/conf/all/forwarding",
                    "net/ipv4/conf/default/forwarding",
                    "net/ipv6/conf/all/forwarding",
                ]
            )
            ruleset = current.rulesets.get(netns)
            if netns in scope.nat6 or any(
                isinstance(resource, SavedSysctl)
                for resource in (ruleset.resources if ruleset else ())
            ):
                keys[netns].update(
                    f"net/ipv6/conf/{name}/{setting}"
                    for name in ("all", "default", *forwarding)
                    for setting in SAVED_SYSCTLS
                )
        for netns in scope.listeners & handles.keys():
            with inside_netns(handles[netns].descriptor):
                current.listeners[netns] = read_listeners()
        for netns in keys.keys() & handles.keys():
            with inside_netns(handles[netns].descriptor):
                for key in keys[netns]:
                    current.sysctls[(netns, key)] = read_sysctl(key)
        for name in scope.resolvers | owned:
            resolver = read_resolver(name)
            if resolver is not None:
                current.resolvers[name] = resolver

    @staticmethod
    def _unlisted_namespaces(scope: Scope, current: CurrentState) -> FrozenSet[str]:
        """The namespaces of a lab that it does not name any more: they may be about to go."""
        found = current.namespaces.values() if scope.all_namespaces else ()
        return frozenset(
            netns.name
            for netns in found
            if netns.owner == scope.lab and netns.name not in scope.namespaces
        )

    @staticmethod
    def _nat_namespaces(scope: Scope, current: CurrentState) -> Set[Optional[str]]:
        """Where rules are sought: of a lab's own namespaces, those that it does not name any more take theirs along."""
        places = set(scope.nat)
        if scope.all_namespaces:
            places |= {
                None,
                *(
                    netns.name
                    for netns in current.namespaces.values()
                    if netns.owner != scope.lab or netns.name in scope.namespaces
                ),
            }
        return places

    def _observe_nat(
        self, scope: Scope, handles: Dict[Optional[str], NetnsHandle], current: CurrentState
    ) -> None:
        for netns in sorted(self._nat_namespaces(scope, current) & handles.keys(), key=str):
            with inside_netns(handles[netns].descriptor):
                listing = Listing()
                ruleset = self.firewall.observe_ruleset(netns, listing)
                if scope.backend is not None and netns in scope.nat:
                    current.backends[netns], current.backend_reasons[netns] = (
                        self.firewall.choose_backend(scope.backend, ruleset)
                    )
                    current.hook_points[netns], current.blocking_chains[netns] = survey_firewalls(
                        listing
                    )
                if netns in scope.listeners:
                    current.foreign_forwards[netns] = observe_foreign_forwards(listing)
            if ruleset is not None:
                current.rulesets[netns] = ruleset
        if scope.backend is not None:
            # A namespace that is yet to be made will find what the host has.
            for netns in scope.nat - handles.keys():
                current.backends[netns], current.backend_reasons[netns] = (
                    self.firewall.choose_backend(scope.backend, None)
                )
        current.has_nft = find("nft") is not None
        current.br_netfilter_families = (
            filtered_families() if current.blocking_chains.get(None) else frozenset()
        )
