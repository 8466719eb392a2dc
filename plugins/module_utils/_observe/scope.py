# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What has to be observed for a desired state."""

from __future__ import annotations

from functools import singledispatch
from typing import TYPE_CHECKING, Callable

from .._model.addresses import Address
from .._model.bridge_vlans import PortVlans
from .._model.cni import CniAttachment
from .._model.forwarding import reverse_path_keys
from .._model.impairments import Impairment, is_unimpaired
from .._model.link_options import BridgeOptions
from .._model.link_types import NETNS_LINK_KINDS, STACKED_TYPES
from .._model.links import Link, Veth
from .._model.nat import (
    Dnat,
    ForwardingEnabled,
    Isolation,
    Masquerade,
    NatBackend,
    SavedSysctl,
    SpoofCheck,
)
from .._model.netns import (
    SEND_REDIRECTS,
    HostsFile,
    Netns,
    Resolver,
    StaleName,
    Sysctl,
)
from .._model.ovs import OvsBridge, OvsPort
from .._model.persistence import HostFile
from .._model.processes import FEEDS, LabProcess
from .._model.resources import NatRule
from .._model.routes import Route
from .._model.services import Service
from .scope_builder import ScopeBuilder

if TYPE_CHECKING:
    from .._model.desired_state import DesiredState
    from .._model.resources import Resource
    from .._model.scope import Scope


def scope_of(desired: DesiredState) -> Scope:
    """What has to be observed for a desired state, and no more."""
    scope = ScopeBuilder()
    # Thousands of resources are of a few kinds, and to look one up is half of the work.
    functions: dict[type, Callable[[Resource, ScopeBuilder, bool], None]] = {}
    for resources, present in ((desired.present, True), (desired.absent, False)):
        for resource in resources:
            kind = type(resource)
            if kind not in functions:
                functions[kind] = add_to_scope.dispatch(kind)
            functions[kind](resource, scope, present)
    return scope.build(desired)


@singledispatch
def add_to_scope(resource: Resource, scope: ScopeBuilder, present: bool) -> None:
    """Add all that a resource depends on, which is to be ``present`` or absent."""
    raise TypeError(f"no scope of {type(resource).__name__}")


@add_to_scope.register(Netns)
@add_to_scope.register(StaleName)
def _add_netns(resource: Netns | StaleName, scope: ScopeBuilder, present: bool) -> None:
    scope.namespaces.add(resource.name)
    attached = resource.attached if isinstance(resource, Netns) else None
    if present and attached is not None:
        scope.add_netns(resource.name)
        scope.add_netns(None)
        scope.wanted_names.append((resource.name, attached))
    if not present:
        scope.add_netns(resource.name)
        scope.add_netns(None)
        scope.resolvers.add(resource.name)
        scope.nat.add(resource.name)
        scope.processes.add(resource.name)


@add_to_scope.register(Resolver)
@add_to_scope.register(HostsFile)
def _add_file(file: Resolver | HostsFile, scope: ScopeBuilder, present: bool) -> None:
    scope.namespaces.add(file.netns)
    scope.resolvers.add(file.netns)


@add_to_scope.register(Sysctl)
def _add_sysctl(sysctl: Sysctl, scope: ScopeBuilder, present: bool) -> None:
    scope.add_netns(sysctl.netns)
    scope.sysctls.add((sysctl.netns, sysctl.key_path))
    scope.wanted_sysctls += [sysctl] if present else []


@add_to_scope.register(Link)
def _add_link(link: Link, scope: ScopeBuilder, present: bool) -> None:
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
def _add_veth(pair: Veth, scope: ScopeBuilder, present: bool) -> None:
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
    scope: ScopeBuilder,
    present: bool,
) -> None:
    scope.add_netns(resource.netns)
    scope.has_host_routes = True


@add_to_scope.register(PortVlans)
def _add_port_vlans(vlans: PortVlans, scope: ScopeBuilder, present: bool) -> None:
    scope.add_netns(vlans.netns)
    scope.has_host_routes = True
    if present:
        scope.vlans.add(vlans.netns)
        scope.features.add("bridge_vlan")


@add_to_scope.register(Impairment)
def _add_impairment(impairment: Impairment, scope: ScopeBuilder, present: bool) -> None:
    scope.add_netns(impairment.netns)
    scope.has_host_routes = True
    if present and not is_unimpaired(impairment):
        scope.impairments.add(impairment.netns)
        scope.features.add(impairment.kind)


@add_to_scope.register(Service)
def _add_service(service: Service, scope: ScopeBuilder, present: bool) -> None:
    netns = service.netns if present else None
    scope.services.add((service.unit, netns))
    scope.namespaces |= {None, netns}
    if present and service.publish:
        scope.listeners.add(None)


@add_to_scope.register(OvsBridge)
@add_to_scope.register(OvsPort)
def _add_ovs(resource: OvsBridge | OvsPort, scope: ScopeBuilder, present: bool) -> None:
    scope.add_netns(None)
    scope.ovs = True


@add_to_scope.register(LabProcess)
def _add_process(process: LabProcess, scope: ScopeBuilder, present: bool) -> None:
    scope.namespaces.add(process.netns)
    scope.process_users |= {process.user} if present else set()
    scope.serves_names |= present and process.serves is not None
    scope.feeds_sets |= present and FEEDS in (process.serves or {})
    scope.listeners |= {process.netns} if present and process.serves is not None else set()


@add_to_scope.register(CniAttachment)
def _add_attachment(attachment: CniAttachment, scope: ScopeBuilder, present: bool) -> None:
    scope.namespaces |= {None, attachment.netns}  # The other end of its interface is on the host.
    if present:
        scope.attachments.append(attachment)


@add_to_scope.register(NatRule)
def _add_nat_rule(rule: NatRule, scope: ScopeBuilder, present: bool) -> None:
    scope.add_netns(rule.netns)
    scope.has_host_routes = True
    scope.nat.add(rule.netns)
    if isinstance(rule, (Masquerade, Dnat)) and rule.family == 6:
        scope.nat6.add(rule.netns)
    scope.udp_forwards |= isinstance(rule, Dnat) and rule.protocol == "udp"
    scope.listeners |= {rule.netns} if present and isinstance(rule, Dnat) else set()
    if isinstance(rule, Isolation):
        scope.nat6 |= {rule.netns for network in rule.networks if ":" in network}
        scope.sysctls |= {(rule.netns, key) for key in reverse_path_keys(rule.interface)}
    scope.needs_backend |= present and not isinstance(rule, SpoofCheck)  # It is in nftables.


add_to_scope.register(HostFile, lambda *_arguments: None)  # They are read by the topology's name.
