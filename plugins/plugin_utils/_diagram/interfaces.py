# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The interfaces and connections of a diagram, from a topology and from observed links. Pure."""

from __future__ import annotations

import ipaddress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from .labels import describe_detail, words
from .model import PATCH, Connection, Interface, NetnsName
from .settings import list_settings, list_switch_settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ansible_collections.redblue.netns.plugins.module_utils._model.links import LinkRef
    from ansible_collections.redblue.netns.plugins.module_utils._params.specs.links import (
        LinkParams,
    )
    from ansible_collections.redblue.netns.plugins.module_utils._params.specs.ovs_bridge import (
        OvsBridgeParams,
    )

    from .items import TopologyItems

HOST = "host"
"""The host in a result of netns_info, and the title of its box unless the user gives one."""

Observed = dict[str, Any]
"""A link as netns_info returns it."""


def netns_of(name: str) -> NetnsName:
    """The namespace of that name in a result of netns_info."""
    return None if name == HOST else name


def _declared_interfaces(items: TopologyItems) -> Iterator[Interface]:
    for bridge in items.bridges:
        yield _from_params(bridge, "bridge")
    for switch in items.ovs_bridges:
        yield from _from_switch(switch)
    for pair in items.veth_pairs:
        for end in pair:
            yield replace(_from_params(end, "veth"), bridge=end["bridge"] or "")
    for link in items.links:
        parent = (link["link_netns"], link["link"]) if link["link"] else None
        interface = _from_params(link, link["type"] or "")
        yield replace(interface, bridge=link["bridge"] or "", parent=parent)


def _from_params(params: LinkParams, kind: str) -> Interface:
    """An interface from the options of a declared link."""
    return Interface(
        netns=params["netns"],
        name=params["name"],
        kind=kind,
        addresses=tuple(params["addresses"] or ()),
        up=params["up"],
        detail=describe_detail(kind, params),
        settings=list_settings(params),
    )


def _from_switch(params: OvsBridgeParams) -> Iterator[Interface]:
    """A bridge of Open vSwitch, and its ports that have no interface on the host."""
    yield Interface(
        netns=None,
        name=params["name"],
        kind="bridge",
        addresses=tuple(params["addresses"] or ()),
        up=params["up"],
        settings=("Open vSwitch", *list_switch_settings(params)),
    )
    for port in params["ports"] or ():
        other = port["peer"] or port["remote_ip"]
        yield Interface(
            netns=None,
            name=port["name"],
            kind=port["type"],
            bridge=params["name"],
            detail=words(port["vni"], other and f"to {other}"),
            settings=list_settings(port),
        )


def _from_link(netns: NetnsName, link: Observed) -> Interface:
    """An interface from a link as netns_info returns it. Loopback addresses are left out."""
    kind, parent = link.get("kind") or "", link.get("parent") or {}
    return Interface(
        netns=netns,
        name=link["name"],
        kind=kind,
        addresses=tuple(
            address
            for address in link.get("addresses") or ()
            if not ipaddress.ip_interface(address).is_loopback
        ),
        up=link.get("up", True),
        bridge=link.get("bridge") or "",
        parent=(netns_of(parent["netns"]), parent["name"]) if parent.get("name") else None,
        detail=describe_detail(kind, {**(link.get("options") or {}), **link}),
        declared=False,
    )


def read_interfaces(
    items: TopologyItems, links: Mapping[NetnsName, Sequence[Observed]]
) -> dict[LinkRef, Interface]:
    """The declared interfaces, and after them those that were only observed."""
    found = {interface.ref: interface for interface in _declared_interfaces(items)}
    for netns, observed in links.items():
        for link in observed:
            interface = _from_link(netns, link)
            found.setdefault(interface.ref, interface)
    for bridge in items.bridges:
        for name in bridge["ports"] or ():
            port = found.get((bridge["netns"], name)) or Interface(bridge["netns"], name)
            found[port.ref] = replace(port, bridge=bridge["name"])
    return found


def _ref_of(params: LinkParams) -> LinkRef:
    return (params["netns"], params["name"])


def read_connections(
    items: TopologyItems, interfaces: Mapping[LinkRef, Interface]
) -> list[Connection]:
    """The veth pairs, patch ports, and links whose parent is in another namespace."""
    connections = [
        Connection(interfaces[_ref_of(first)], interfaces[_ref_of(second)])
        for first, second in items.veth_pairs
    ]
    connections += _patch_connections(items, interfaces)
    for child in interfaces.values():
        if child.parent and child.parent[0] != child.netns:
            parent = interfaces.get(child.parent) or Interface(*child.parent)
            connections.append(Connection(parent, child))
    return connections


def _patch_connections(
    items: TopologyItems, interfaces: Mapping[LinkRef, Interface]
) -> Iterator[Connection]:
    """The patch ports of Open vSwitch that name each other."""
    peers = {
        port["name"]: port["peer"]
        for bridge in items.ovs_bridges
        for port in bridge["ports"] or ()
        if port["type"] == PATCH
    }
    for name, peer in peers.items():
        if peer is not None and name < peer and peers.get(peer) == name:
            yield Connection(interfaces[None, name], interfaces[None, peer])
