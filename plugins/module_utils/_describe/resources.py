# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Resources of all kinds in messages, actions and diffs."""

from __future__ import annotations

from functools import singledispatch
from typing import TYPE_CHECKING

from .._model.addresses import Address
from .._model.bridge_vlans import PortVlans
from .._model.cni import CniAttachment
from .._model.impairments import Impairment
from .._model.links import Link, Veth
from .._model.nat import ForwardingEnabled, NatBackend, SavedSysctl
from .._model.netns import HostsFile, Netns, Resolver, StaleName, Sysctl
from .._model.ovs import OvsBridge, OvsPort
from .._model.persistence import HostFile
from .._model.processes import LabProcess
from .._model.resources import NatRule
from .._model.routes import Route
from .._model.services import Service
from .bridge_vlans import describe_vlans
from .impairments import describe_impairment
from .links import describe_typed_link
from .nat import describe_nat
from .places import describe_link_location, describe_location, describe_netns
from .routes import describe_route

if TYPE_CHECKING:
    from .._model.resources import Resource


@singledispatch
def describe_resource(resource: Resource) -> str:
    """A resource with its namespace, as in ``route default via 10.0.0.1 in namespace red``."""
    raise TypeError(f"no description of {type(resource).__name__}")


@describe_resource.register(Netns)
def _describe_netns(netns: Netns) -> str:
    return f"namespace {netns.name}"


@describe_resource.register(StaleName)
def _describe_stale_name(stale: StaleName) -> str:
    return f"stale file {stale.name}"


@describe_resource.register(Resolver)
def _describe_resolver(resolver: Resolver) -> str:
    return f"resolver of namespace {resolver.netns}"


@describe_resource.register(HostsFile)
def _describe_hosts(file: HostsFile) -> str:
    return f"hosts file of namespace {file.netns}"


@describe_resource.register(HostFile)
def _describe_file(file: HostFile) -> str:
    return f"file {file.path}"


@describe_resource.register(Service)
def _describe_service(service: Service) -> str:
    return service.unit


@describe_resource.register(LabProcess)
def _describe_process(process: LabProcess) -> str:
    return f"process {process.name} {describe_location(process.netns)}"


@describe_resource.register(CniAttachment)
def _describe_attachment(attachment: CniAttachment) -> str:
    place = f"{attachment.ifname} {describe_location(attachment.netns)}"
    return f"attachment {place} to network {attachment.network}"


@describe_resource.register(Sysctl)
def _describe_sysctl(sysctl: Sysctl) -> str:
    name = sysctl.key_path.replace("/", ".")
    return f"{name} = {sysctl.value} {describe_location(sysctl.netns)}"


describe_resource.register(Link, describe_typed_link)


@describe_resource.register(Veth)
def _describe_veth(pair: Veth) -> str:
    return f"veth pair {describe_link_location(pair.end)} and {describe_link_location(pair.peer)}"


@describe_resource.register(Address)
def _describe_address(address: Address) -> str:
    return f"address {address.address} of {address.link} {describe_location(address.netns)}"


@describe_resource.register(Route)
def _describe_route(route: Route) -> str:
    return f"route {describe_route(route)} {describe_location(route.netns)}"


@describe_resource.register(PortVlans)
def _describe_port_vlans(vlans: PortVlans) -> str:
    where = describe_location(vlans.netns)
    kind = "bridge" if vlans.of_bridge else "port"
    return f"VLANs of {kind} {vlans.link} {where}: {describe_vlans(vlans)}"


@describe_resource.register(Impairment)
def _describe_impairment(impairment: Impairment) -> str:
    where = describe_location(impairment.netns)
    return f"impairment of {impairment.link} {where}: {describe_impairment(impairment)}"


@describe_resource.register(OvsBridge)
def _describe_ovs_bridge(bridge: OvsBridge) -> str:
    return f"Open vSwitch bridge {bridge.name}"


@describe_resource.register(OvsPort)
def _describe_ovs_port(port: OvsPort) -> str:
    kind = f"{port.type} port" if port.type else "port"
    return f"{kind} {port.name} of Open vSwitch bridge {port.bridge}"


@describe_resource.register(NatRule)
def _describe_nat_rule(rule: NatRule) -> str:
    return f"{describe_nat(rule)} {describe_location(rule.netns)}"


@describe_resource.register(ForwardingEnabled)
def _describe_forwarding(record: ForwardingEnabled) -> str:
    where = describe_netns(record.netns)
    return f"forwarding of IPv{record.family} opened for {record.interface} of {where}"


@describe_resource.register(SavedSysctl)
def _describe_saved_sysctl(record: SavedSysctl) -> str:
    return f"{describe_nat(record)} {describe_location(record.netns)} was on before"


@describe_resource.register(NatBackend)
def _describe_nat_backend(backend: NatBackend) -> str:
    damaged = " (damaged)" if backend.damaged else ""
    if not backend.backend:
        return f"removed rules {describe_location(backend.netns)}"
    return f"rules by {backend.backend}{damaged} {describe_location(backend.netns)}"
