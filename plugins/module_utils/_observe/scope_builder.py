# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Collects what has to be observed for the resources of a desired state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._model.addresses import family_of
from .._model.forwarding import reverse_path_keys
from .._model.netns import DEFAULT_DISABLE_IPV6, Sysctl
from .._model.network_policies import DIRECTIONS, NETNS, NetworkPolicy, list_needed_features
from .._model.scope import Scope

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._model.cni import CniAttachment
    from .._model.desired_state import DesiredState
    from .._model.links import Link, LinkRef
    from .._model.netns import Attachment

_PATTERN = frozenset("*?[")


class ScopeBuilder:
    """A scope while resources are added to it."""

    def __init__(self) -> None:
        self.namespaces: set[str | None] = set()
        self.routes: set[str | None] = set()
        self.has_host_routes = False
        """Whether the routes of the host matter, if the host is observed."""
        self.sysctls: set[tuple[str | None, str]] = set()
        self.wanted_sysctls: list[Sysctl] = []
        self.wanted_names: list[tuple[str, Attachment]] = []
        self.resolvers: set[str] = set()
        self.nat: set[str | None] = set()
        self.nat6: set[str | None] = set()
        self.ipv4_links: set[LinkRef] = set()
        self.listeners: set[str | None] = set()
        self.processes: set[str] = set()
        self.vlans: set[str | None] = set()
        self.impairments: set[str | None] = set()
        self.features: set[str] = set()
        self.creates: set[tuple[LinkRef, str]] = set()
        self.removes: set[LinkRef] = set()
        self.udp_forwards = False
        self.takes: set[str] = set()
        self.veth_ends: set[LinkRef] = set()
        self.process_users: set[str | None] = set()
        self.serves_names = False
        self.feeds_sets = False
        self.needs_backend = False
        self.services: set[tuple[str, str | None]] = set()
        self.ovs = False
        self.attachments: list[CniAttachment] = []

    def add_netns(self, netns: str | None) -> None:
        """Add a namespace, with its routes."""
        self.namespaces.add(netns)
        self.routes.add(netns)

    def add_link(self, link: Link, present: bool) -> None:
        """Add what the addresses of a link, and its removal, depend on."""
        self.add_netns(link.netns)
        self.has_host_routes = True
        families = set(map(family_of, link.addresses or ()))
        if link.link_locals or 6 in families:
            self.sysctls.add((link.netns, DEFAULT_DISABLE_IPV6))
        if not present:
            self.nat.add(link.netns)  # The spoof check of a port is removed with it.
        elif 4 in families:
            self.ipv4_links.add(link.ref)
        if present and link.isolated is False:
            self.nat.add(link.netns)  # Policies may have the port isolated.

    def _add_desired(self, desired: DesiredState) -> None:
        """Add what the desired state says beside its resources."""
        if desired.lab is not None:
            self.add_netns(None)
            self.nat.add(None)
        self.features.update(list_needed_features(desired.present))
        for netns, name in (ref for ref in self.ipv4_links if ref[0] in self.nat):
            self.sysctls |= {(netns, key) for key in reverse_path_keys(name)}
        for _parameter, netns in (each for probe in desired.probes for each in probe.namespaces):
            if "/" not in (netns or ""):  # A path does not name a namespace of ours.
                self.add_netns(netns)

    def build(self, desired: DesiredState) -> Scope:
        """The scope, with what the desired state says beside its resources."""
        self._add_desired(desired)
        members = _list_named_members(desired)
        return Scope(
            namespaces=frozenset(self.namespaces),
            routes=frozenset(self.routes - (set() if self.has_host_routes else {None})),
            sysctls=frozenset(self.sysctls),
            wanted_sysctls=tuple(self.wanted_sysctls),
            wanted_names=tuple(self.wanted_names),
            resolvers=frozenset(self.resolvers),
            nat=frozenset(self.nat),
            nat6=frozenset(self.nat6),
            listeners=frozenset(self.listeners),
            processes=frozenset(self.processes),
            all_namespaces=desired.purge,
            of_lab=desired.single,
            narrow=None if members is None else desired,
            members=members or frozenset(),
            lab=desired.lab,
            vlans=frozenset(self.vlans),
            impairments=frozenset(self.impairments),
            features=frozenset(self.features),
            creates=frozenset(self.creates),
            removes=frozenset(self.removes),
            udp_forwards=self.udp_forwards,
            takes=frozenset(self.takes),
            veth_ends=frozenset(self.veth_ends),
            process_users=frozenset(self.process_users),
            serves_names=self.serves_names,
            feeds_sets=self.feeds_sets,
            persistent=desired.lab if desired.persistence else None,
            persists=bool(desired.persistence and desired.persistence.wanted is not None),
            prometheus=desired.persistence.prometheus if desired.persistence else None,
            backend=desired.backend if self.needs_backend else None,
            services=frozenset(self.services),
            ovs=self.ovs,
            attachments=tuple(self.attachments),
        )


def _list_named_members(desired: DesiredState) -> frozenset[str] | None:
    """The members that the task of a single policy names; None if it may be about others, too."""
    if not desired.single:
        return None
    names: set[str] = set()
    for resource in desired.present:
        if isinstance(resource, NetworkPolicy):
            if resource.members is None:
                return None
            names.update(_list_names(resource))
    return None if any(map(_PATTERN.intersection, names)) else frozenset(names)


def _list_names(policy: NetworkPolicy) -> Iterator[str]:
    yield from policy.members or ()
    for direction in DIRECTIONS:
        for entry in policy.entries(direction) or ():
            yield from (value for kind, value in entry.peers if kind == NETNS)
