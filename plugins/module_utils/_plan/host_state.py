# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The state of a host as the planner keeps it, and how each kind of resource is kept in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable

from .._model import nat
from .._model.addresses import Address, is_link_local
from .._model.bridge_vlans import PortVlans
from .._model.cni import CniAttachment
from .._model.fast_replace import replace
from .._model.host_access import HostAccess
from .._model.impairments import Impairment
from .._model.links import Link, LinkRef, Veth
from .._model.netns import HostsFile, Netns, Resolver, StaleName, Sysctl
from .._model.network_policies import AddressSet, NetworkPolicy, PortGuard, SourceCheck
from .._model.ovs import NO_OVS, OvsBridge, OvsPort
from .._model.persistence import HostFile
from .._model.processes import LabProcess
from .._model.routes import KERNEL_ROUTE, LOCAL_TABLE, OF_EACH_LINK, Route
from .._model.services import Service
from .link_index import Links

if TYPE_CHECKING:
    from .._model.current_state import CurrentState
    from .._model.resources import Resource


def _is_planned(route: Route) -> bool:
    """Whether a plan has to know a route.

    The kernel adds and removes the routes of each link with the link.
    """
    return route.protocol != KERNEL_ROUTE or (
        route.table != LOCAL_TABLE and route.destination not in OF_EACH_LINK
    )


class HostState:
    """Namespaces, links with addresses and settings, routes and kernel parameters of a host."""

    def __init__(self, current: CurrentState) -> None:
        self.namespaces: dict[str, Netns] = dict(current.namespaces)
        self.unobserved_namespaces: set[str] = set()
        """The namespaces that the plan creates or assumes.

        What they contain has not been observed.
        """
        self.namespaces_of_others: set[str] = {
            netns.name for netns in current.namespaces.values() if netns.attached is not None
        }
        """Those that exist also after a plan that takes their names from them."""
        self.links = Links(current.links)
        self.attached: set[LinkRef] = set()
        """Links that plugins of CNI make, after all rules are planned to be in place."""
        self.awaits_attached = False
        """Whether policies need what only those plugins know."""
        self.routes: dict[str | None, list[Route]] = {
            netns: [*filter(_is_planned, routes)] for netns, routes in current.routes.items()
        }
        self.sysctls: dict[tuple[str | None, str], str | None] = dict(current.sysctls)
        self.port_vlans: dict[LinkRef, PortVlans] = dict(current.vlans)
        self.impairments: dict[LinkRef, Impairment] = dict(current.impairments)
        ovs = current.ovs or NO_OVS
        self.ovs_bridges = dict(ovs.bridges)
        self.ovs_ports = dict(ovs.ports)
        self.attachments = dict(current.attachments)

    def has_netns(self, name: str | None) -> bool:
        """Whether there is a namespace of that name; None is the host."""
        return name is None or name in self.namespaces


def _store_netns(netns: Netns, state: HostState) -> None:
    """The kernel creates a namespace with its loopback, which is down."""
    state.namespaces[netns.name] = netns
    if netns.attached is not None:
        return  # What is in it was observed.
    state.unobserved_namespaces.add(netns.name)
    state.links[(netns.name, "lo")] = Link(netns.name, "lo", kind="", up=False, owner=netns.owner)


def _discard_netns(netns: Netns, state: HostState) -> None:
    del state.namespaces[netns.name]


def _store_link(link: Link, state: HostState) -> None:
    state.links[link.ref] = link


def _discard_link(link: Link, state: HostState) -> None:
    del state.links[link.ref]


def _store_veth(pair: Veth, state: HostState) -> None:
    _store_link(pair.end, state)
    _store_link(pair.peer, state)


def _discard_veth(pair: Veth, state: HostState) -> None:
    del state.links[pair.end.ref]
    del state.links[pair.peer.ref]


def _store_address(address: Address, state: HostState) -> None:
    link = state.links[(address.netns, address.link)]
    field = _address_field(address)
    changed: dict[str, Any] = {field: (*(getattr(link, field) or ()), address.address)}
    state.links[link.ref] = replace(link, **changed)


def _discard_address(address: Address, state: HostState) -> None:
    link = state.links[(address.netns, address.link)]
    field = _address_field(address)
    rest = tuple(text for text in getattr(link, field) or () if text != address.address)
    changed: dict[str, Any] = {field: rest}
    state.links[link.ref] = replace(link, **changed)


def _address_field(address: Address) -> str:
    """The attribute of a link that has such an address."""
    return "link_locals" if is_link_local(address.address) else "addresses"


def _store_route(route: Route, state: HostState) -> None:
    state.routes.setdefault(route.netns, []).append(route)


def _discard_route(route: Route, state: HostState) -> None:
    """A route that its link has dropped is gone already when a wanted one replaces it."""
    routes = state.routes.get(route.netns, [])
    if route in routes:
        routes.remove(route)


def _store_sysctl(sysctl: Sysctl, state: HostState) -> None:
    state.sysctls[sysctl.netns, sysctl.key_path] = sysctl.value


def _discard_sysctl(sysctl: Sysctl, state: HostState) -> None:
    state.sysctls.pop((sysctl.netns, sysctl.key_path), None)


def _store_port_vlans(vlans: PortVlans, state: HostState) -> None:
    state.port_vlans[vlans.netns, vlans.link] = vlans


def _discard_port_vlans(vlans: PortVlans, state: HostState) -> None:
    state.port_vlans.pop((vlans.netns, vlans.link), None)


def _store_impairment(impairment: Impairment, state: HostState) -> None:
    state.impairments[impairment.netns, impairment.link] = impairment


def _discard_impairment(impairment: Impairment, state: HostState) -> None:
    del state.impairments[impairment.netns, impairment.link]


def _store_ovs_bridge(bridge: OvsBridge, state: HostState) -> None:
    state.ovs_bridges[bridge.name] = bridge


def _discard_ovs_bridge(bridge: OvsBridge, state: HostState) -> None:
    del state.ovs_bridges[bridge.name]


def _store_ovs_port(port: OvsPort, state: HostState) -> None:
    state.ovs_ports[port.name] = port


def _discard_ovs_port(port: OvsPort, state: HostState) -> None:
    del state.ovs_ports[port.name]


def _store_attachment(attachment: CniAttachment, state: HostState) -> None:
    state.attachments[attachment.key] = attachment


def _discard_attachment(attachment: CniAttachment, state: HostState) -> None:
    del state.attachments[attachment.key]


def _ignore(_resource: Resource, _state: HostState) -> None:
    """No other resource depends on one of this kind, so the planner does not keep it."""


_Update = Callable[[Any, HostState], None]
KINDS: dict[type[Resource], tuple[_Update, _Update]] = {
    Netns: (_store_netns, _discard_netns),
    Link: (_store_link, _discard_link),
    Veth: (_store_veth, _discard_veth),
    Address: (_store_address, _discard_address),
    Route: (_store_route, _discard_route),
    Sysctl: (_store_sysctl, _discard_sysctl),
    PortVlans: (_store_port_vlans, _discard_port_vlans),
    Impairment: (_store_impairment, _discard_impairment),
    OvsBridge: (_store_ovs_bridge, _discard_ovs_bridge),
    OvsPort: (_store_ovs_port, _discard_ovs_port),
    StaleName: (_ignore, _ignore),
    Resolver: (_ignore, _ignore),
    HostsFile: (_ignore, _ignore),
    HostFile: (_ignore, _ignore),
    Service: (_ignore, _ignore),
    LabProcess: (_ignore, _ignore),
    CniAttachment: (_store_attachment, _discard_attachment),
    nat.Masquerade: (_ignore, _ignore),
    nat.Dnat: (_ignore, _ignore),
    nat.Isolation: (_ignore, _ignore),
    nat.IntegratedFirewall: (_ignore, _ignore),
    nat.SpoofCheck: (_ignore, _ignore),
    HostAccess: (_ignore, _ignore),
    NetworkPolicy: (_ignore, _ignore),
    AddressSet: (_ignore, _ignore),
    SourceCheck: (_ignore, _ignore),
    PortGuard: (_ignore, _ignore),
    nat.ForwardingEnabled: (_ignore, _ignore),
    nat.SavedSysctl: (_ignore, _ignore),
    nat.NatBackend: (_ignore, _ignore),
}
"""How a resource of each kind is put into a state, and taken out of it."""
# A table, as singledispatch takes a third of the time of these short functions.


def store(resource: Resource, state: HostState) -> None:
    """Put a resource into a state, in the place of one with the same key."""
    KINDS[type(resource)][0](resource, state)


def discard(resource: Resource, state: HostState) -> None:
    """Take a resource out of a state."""
    KINDS[type(resource)][1](resource, state)
