# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What has to be observed for a desired state."""

from __future__ import annotations

from functools import singledispatch
from typing import TYPE_CHECKING, Optional

from .._model.addresses import Address
from .._model.bridge_vlans import PortVlans
from .._model.changes import links_in
from .._model.fast_dataclass import dataclass
from .._model.forwarding import reverse_path_keys
from .._model.impairments import Impairment, is_unimpaired
from .._model.link_options import BridgeOptions
from .._model.link_types import NETNS_LINK_KINDS, STACKED_TYPES
from .._model.links import Link, LinkRef, Veth
from .._model.nat import (
    NAT_RULES,
    Dnat,
    ForwardingEnabled,
    Isolation,
    Masquerade,
    NatBackend,
    NatRule,
    SavedSysctl,
    SpoofCheck,
)
from .._model.netns import DEFAULT_DISABLE_IPV6, SEND_REDIRECTS, Netns, Resolver, StaleName, Sysctl
from .._model.network_policies import NetworkPolicy
from .._model.persistence import HostFile
from .._model.routes import Route

if TYPE_CHECKING:
    from .._model.changes import Resource
    from .._model.desired_state import DesiredState

NetnsSet = frozenset[Optional[str]]
"""Namespaces, None for the host."""


@dataclass(frozen=True)
class Scope:
    """What to observe. Of ``namespaces`` the links and addresses, of all others what is named."""

    namespaces: NetnsSet = frozenset()
    routes: NetnsSet = frozenset()
    sysctls: frozenset[tuple[str | None, str]] = frozenset()
    wanted_sysctls: tuple[Sysctl, ...] = ()
    """The sysctls that the task sets, in its order."""
    resolvers: frozenset[str] = frozenset()
    nat: NetnsSet = frozenset()
    nat6: NetnsSet = frozenset()
    """Those with IPv6 rules, which depend on more sysctls."""
    listeners: NetnsSet = frozenset()
    processes: frozenset[str] = frozenset()
    all_namespaces: bool = False
    """Also the namespaces in which the topology has something."""
    everywhere: bool = False
    """Also all other namespaces."""
    lab: str | None = None
    """With ``all_namespaces``: rules are not read in other namespaces of this topology."""
    local_routes: bool = False
    """Also the routes of table local: most routes are there, and no plan needs them."""
    vlans: NetnsSet = frozenset()
    impairments: NetnsSet = frozenset()
    features: frozenset[str] = frozenset()
    """Kernel features that are needed, by their names in ``kernel_features``."""
    creates: frozenset[tuple[LinkRef, str]] = frozenset()
    """Links that are created if they do not exist, with their kinds."""
    removes: frozenset[LinkRef] = frozenset()
    """Links that are removed. Their options are needed to restore them."""
    link_options: bool = False
    """The options of every link, also of others' links on the host."""
    udp_forwards: bool = False
    takes: frozenset[str] = frozenset()
    """Links of the host that are moved to a namespace."""
    veth_ends: frozenset[LinkRef] = frozenset()
    """Ends of wanted veth pairs. One that exists elsewhere is moved."""
    persistent: str | None = None
    """The topology whose files are read that outlive a boot, if it has one."""
    persists: bool = False
    """Read these files also if it has none yet."""
    backend: str | None = None
    """The NAT backend that the user asks for; None if none is needed."""


class _ScopeBuilder:
    """A scope while resources are added to it."""

    def __init__(self) -> None:
        self.namespaces: set[str | None] = set()
        self.routes: set[str | None] = set()
        self.has_host_routes = False
        """Whether the routes of the host matter, if the host is observed."""
        self.sysctls: set[tuple[str | None, str]] = set()
        self.wanted_sysctls: list[Sysctl] = []
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
        self.needs_backend = False

    def add_netns(self, netns: str | None) -> None:
        """Add a namespace, with its routes."""
        self.namespaces.add(netns)
        self.routes.add(netns)

    def add_link(self, link: Link, present: bool) -> None:
        """Add what the addresses of a link, and its removal, depend on."""
        self.add_netns(link.netns)
        self.has_host_routes = True
        if link.link_locals or any(":" in address for address in link.addresses or ()):
            self.sysctls.add((link.netns, DEFAULT_DISABLE_IPV6))
        if not present:
            self.nat.add(link.netns)  # The spoof check of a port is removed with it.
        elif any(":" not in address for address in link.addresses or ()):
            self.ipv4_links.add(link.ref)

    def build(self, desired: DesiredState) -> Scope:
        """The scope, with what the desired state says beside its resources."""
        if desired.lab is not None:
            self.add_netns(None)
            self.nat.add(None)
        if any(isinstance(resource, NetworkPolicy) for resource in desired.present):
            self.features.add("policy")
            self.nat |= {port.netns for port in links_in(desired.present) if port.bridge}
        for netns, name in (ref for ref in self.ipv4_links if ref[0] in self.nat):
            self.sysctls |= {(netns, key) for key in reverse_path_keys(name)}
        for _parameter, netns in (each for probe in desired.probes for each in probe.namespaces):
            if "/" not in (netns or ""):  # A path does not name a namespace of ours.
                self.add_netns(netns)
        return Scope(
            namespaces=frozenset(self.namespaces),
            routes=frozenset(self.routes - (set() if self.has_host_routes else {None})),
            sysctls=frozenset(self.sysctls),
            wanted_sysctls=tuple(self.wanted_sysctls),
            resolvers=frozenset(self.resolvers),
            nat=frozenset(self.nat),
            nat6=frozenset(self.nat6),
            listeners=frozenset(self.listeners),
            processes=frozenset(self.processes),
            all_namespaces=desired.purge,
            lab=desired.lab,
            vlans=frozenset(self.vlans),
            impairments=frozenset(self.impairments),
            features=frozenset(self.features),
            creates=frozenset(self.creates),
            removes=frozenset(self.removes),
            udp_forwards=self.udp_forwards,
            takes=frozenset(self.takes),
            veth_ends=frozenset(self.veth_ends),
            persistent=desired.lab if desired.persistence else None,
            persists=bool(desired.persistence and desired.persistence.wanted is not None),
            backend=desired.backend if self.needs_backend else None,
        )


def scope_of(desired: DesiredState) -> Scope:
    """What has to be observed for a desired state, and no more."""
    scope = _ScopeBuilder()
    for resources, present in ((desired.present, True), (desired.absent, False)):
        for resource in resources:
            add_to_scope(resource, scope, present)
    return scope.build(desired)


@singledispatch
def add_to_scope(resource: Resource, scope: _ScopeBuilder, present: bool) -> None:
    """Add all that a resource depends on, which is to be ``present`` or absent."""
    raise TypeError(f"no scope of {type(resource).__name__}")


@add_to_scope.register(Netns)
@add_to_scope.register(StaleName)
def _add_netns(resource: Netns | StaleName, scope: _ScopeBuilder, present: bool) -> None:
    scope.namespaces.add(resource.name)
    if not present:
        scope.add_netns(resource.name)
        scope.add_netns(None)
        scope.resolvers.add(resource.name)
        scope.nat.add(resource.name)
        scope.processes.add(resource.name)


@add_to_scope.register(Resolver)
def _add_resolver(resolver: Resolver, scope: _ScopeBuilder, present: bool) -> None:
    scope.namespaces.add(resolver.netns)
    scope.resolvers.add(resolver.netns)


@add_to_scope.register(Sysctl)
def _add_sysctl(sysctl: Sysctl, scope: _ScopeBuilder, present: bool) -> None:
    scope.add_netns(sysctl.netns)
    scope.sysctls.add((sysctl.netns, sysctl.key_path))
    if present:
        scope.wanted_sysctls.append(sysctl)


@add_to_scope.register(Link)
def _add_link(link: Link, scope: _ScopeBuilder, present: bool) -> None:
    if link.name == "lo" and link.addresses is None and present:
        scope.namespaces.add(link.netns)  # To set it up changes no route.
        return
    scope.add_link(link, present)
    if link.saved is not None or link.parent is not None or link.kind in STACKED_TYPES:
        # A link is moved from the host, or created in the namespace of its parent.
        scope.add_netns(None)
    if link.parent is not None:
        scope.add_netns(link.parent[0])
    if link.kind == "wireguard":
        # The kernel changes it when such a link is set up.
        scope.sysctls.add((link.netns, SEND_REDIRECTS))
    if not present:
        scope.removes.add(link.ref)
        if link.name != "lo":
            scope.add_netns(None)
        return
    if link.kind is not None and link.kind in NETNS_LINK_KINDS:
        scope.creates.add((link.ref, link.kind))
    scope.takes |= {link.saved.name or link.name} if link.saved is not None else set()
    options = link.options
    if isinstance(options, BridgeOptions) and (
        options.vlan_filtering or options.vlan_default_pvid is not None
    ):
        scope.features.add("bridge_vlan")


@add_to_scope.register(Veth)
def _add_veth(pair: Veth, scope: _ScopeBuilder, present: bool) -> None:
    # An end of an existing pair may still be on the host.
    scope.add_netns(None)
    for end in (pair.end, pair.peer):
        scope.add_link(end, present)
        scope.veth_ends |= {end.ref} if present else set()


@add_to_scope.register(Address)
@add_to_scope.register(Route)
@add_to_scope.register(ForwardingEnabled)
@add_to_scope.register(SavedSysctl)
@add_to_scope.register(NatBackend)
def _add_namespace(
    resource: Address | Route | ForwardingEnabled | SavedSysctl | NatBackend,
    scope: _ScopeBuilder,
    present: bool,
) -> None:
    scope.add_netns(resource.netns)
    scope.has_host_routes = True


@add_to_scope.register(PortVlans)
def _add_port_vlans(vlans: PortVlans, scope: _ScopeBuilder, present: bool) -> None:
    scope.add_netns(vlans.netns)
    scope.has_host_routes = True
    if present:
        scope.vlans.add(vlans.netns)
        scope.features.add("bridge_vlan")


@add_to_scope.register(Impairment)
def _add_impairment(impairment: Impairment, scope: _ScopeBuilder, present: bool) -> None:
    scope.add_netns(impairment.netns)
    scope.has_host_routes = True
    if present and not is_unimpaired(impairment):
        scope.impairments.add(impairment.netns)
        scope.features.add(impairment.kind)


def _add_nat_rule(rule: NatRule, scope: _ScopeBuilder, present: bool) -> None:
    scope.add_netns(rule.netns)
    scope.has_host_routes = True
    scope.nat.add(rule.netns)
    if isinstance(rule, (Masquerade, Dnat)) and rule.family == 6:
        scope.nat6.add(rule.netns)
    scope.udp_forwards |= isinstance(rule, Dnat) and rule.protocol == "udp"
    if present and isinstance(rule, Dnat):
        scope.listeners.add(rule.netns)
    if isinstance(rule, Isolation):
        scope.nat6 |= {rule.netns for network in rule.networks if ":" in network}
        scope.sysctls |= {(rule.netns, key) for key in reverse_path_keys(rule.interface)}
    scope.needs_backend |= present and not isinstance(rule, SpoofCheck)  # It is in nftables.


add_to_scope.register(HostFile, lambda *_arguments: None)  # They are read by the topology's name.
for _rule in NAT_RULES:
    add_to_scope.register(_rule, _add_nat_rule)
