# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The interfaces and connections of a diagram, from a topology and from observed links. Pure."""

from __future__ import annotations

import ipaddress
from dataclasses import replace
from typing import Any, Dict, Iterator, List, Mapping, Sequence

from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Refused
from ansible_collections.redblue.netns.plugins.module_utils._model.links import LinkRef

from .labels import Item, describe_detail
from .model import Connection, Interface, NetnsName

HOST = "host"
"""The host in a result of netns_info, and the title of its box unless the user gives one."""

ItemsByKind = Mapping[str, List[Item]]
"""The validated items of a topology, by the option that lists them."""


def netns_of(name: str) -> NetnsName:
    """The namespace of that name in a result of netns_info."""
    return None if name == HOST else name


def _from_item(item: Item, kind: str) -> Interface:
    return Interface(
        netns=item["netns"],
        name=item["name"],
        kind=kind,
        addresses=tuple(item["addresses"] or ()),
        up=item["up"],
        bridge=item.get("bridge") or "",
        parent=(item.get("link_netns"), item["link"]) if item.get("link") else None,
        detail=describe_detail(item),
    )


def _declared_interfaces(items: ItemsByKind) -> Iterator[Interface]:
    for item in items.get("linux_bridge", ()):
        yield _from_item(item, "bridge")
    for item in items.get("veth", ()):
        if item["peer"] is None:
            raise Refused(f"{item['path']}.peer", None, "is required")
        yield from (_from_item(end, "veth") for end in (item, item["peer"]))
    for item in items.get("netns_link", ()):
        yield _from_item(item, item["type"] or "")


def _from_link(netns: NetnsName, link: Item) -> Interface:
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
        detail=describe_detail({**(link.get("options") or {}), **link, "type": kind}),
        declared=False,
    )


def read_interfaces(
    items: ItemsByKind, links: Mapping[NetnsName, Sequence[Item]]
) -> Dict[LinkRef, Interface]:
    """The declared interfaces, and after them those that were only observed.

    :raises Refused: a veth pair has no peer.
    """
    found = {interface.ref: interface for interface in _declared_interfaces(items)}
    for netns, observed in links.items():
        for link in observed:
            interface = _from_link(netns, link)
            found.setdefault(interface.ref, interface)
    for bridge in items.get("linux_bridge", ()):
        for name in bridge["ports"] or ():
            port = found.get((bridge["netns"], name)) or Interface(bridge["netns"], name)
            found[port.ref] = replace(port, bridge=bridge["name"])
    return found


def _ref_of(item: Mapping[str, Any]) -> LinkRef:
    return (item["netns"], item["name"])


def read_connections(
    items: ItemsByKind, interfaces: Mapping[LinkRef, Interface]
) -> List[Connection]:
    """The veth pairs, and the links whose parent is in another namespace."""
    connections = [
        Connection(interfaces[_ref_of(veth)], interfaces[_ref_of(veth["peer"])])
        for veth in items.get("veth", ())
    ]
    for child in interfaces.values():
        if child.parent and child.parent[0] != child.netns:
            parent = interfaces.get(child.parent) or Interface(*child.parent)
            connections.append(Connection(parent, child))
    return connections
