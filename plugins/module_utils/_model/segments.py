# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ethernet segments: which links receive each other's broadcasts. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .link_options import BridgeOptions, VlanOptions, VxlanOptions
from .link_types import EXCLUSIVE_TYPES
from .ovs import OVS_KIND

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping

    from .bridge_vlans import PortVlans
    from .links import Link, LinkRef


class Forest:
    """A union-find forest: what is joined has the same root."""

    def __init__(self) -> None:
        self._root: dict[Hashable, Hashable] = {}

    def find(self, node: Hashable) -> Hashable:
        """The representative of all that is joined with a node."""
        while self._root.setdefault(node, node) != node:
            self._root[node] = self._root[self._root[node]]
            node = self._root[node]
        return node

    def join(self, node: Hashable, other: Hashable) -> None:
        self._root[self.find(node)] = self.find(other)


def join_links(links: Iterable[Link]) -> Forest:
    """The links that are connected by cables, whatever VLANs travel there.

    Both ends of a veth pair, a bridge and its ports, and macvlans and ipvlans and their parent are.
    """
    forest = Forest()
    for link in links:
        if link.kind in EXCLUSIVE_TYPES and link.parent not in (None, (None, "")):
            forest.join(link.ref, link.parent)
        if link.peer is not None:
            forest.join(link.ref, link.peer)
        if link.bridge:
            forest.join(link.ref, (link.netns, link.bridge))
    return forest


class VlanSegments:
    """The segments of links, with the VLANs of bridges that filter them."""

    def __init__(self, links: Mapping[LinkRef, Link], vlans: Mapping[LinkRef, PortVlans]) -> None:
        self._links, self._vlans = links, vlans
        self._forest = join_links(links.values())
        for link in links.values():
            if isinstance(link.options, VxlanOptions):
                self._forest.join(link.ref, ("vxlan", link.options.id))

    def segment_of(self, link: Link) -> Hashable:
        """What two links have in common if they are on one segment."""
        if isinstance(link.options, VlanOptions) and link.parent is not None:
            return self._forest.find(link.parent), link.options.id
        return self._forest.find(link.ref), self._find_vlan(link)

    def _find_vlan(self, link: Link) -> int:
        """The VLAN of what a link sends untagged; 0 is that of ports for which none is set."""
        port = self._links.get(link.peer) if link.peer is not None and not link.bridge else link
        if port is None or not (port.bridge or port.kind == "bridge"):
            return 0
        bridge = self._links.get((port.netns, port.bridge)) if port.bridge else port
        if bridge is not None and bridge.kind == OVS_KIND:
            vlans = self._vlans.get(port.ref)
            return vlans.vlan or 0 if vlans is not None else 0
        options = bridge.options if bridge is not None else None
        vlans = self._vlans.get(port.ref)
        if not isinstance(options, BridgeOptions) or not options.vlan_filtering or vlans is None:
            return 0
        default = 1 if options.vlan_default_pvid is None else options.vlan_default_pvid
        return 0 if vlans.vlan in (None, default) else vlans.vlan or 0
