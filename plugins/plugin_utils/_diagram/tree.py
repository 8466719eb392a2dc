# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The namespaces of a machine as trees, and the connections that are not part of a tree. Pure.

A bridge is drawn as a line to which its ports are connected, and so is a parent of links (the
parent of macvlan links, for example). Both are called a bus here, as in a bus network.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .model import Connection, Diagram, Interface, NetnsName, group

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ansible_collections.redblue.netns.plugins.module_utils._model.links import LinkRef


@dataclass(frozen=True)
class TreeEdge:
    """A connection as seen from the child: its own end and that of the parent."""

    child_end: Interface
    parent_end: Interface
    connection: Connection


@dataclass
class Branch:
    """The children that are connected to one bus, or, if ``bus`` is None, to no bus.

    ``unconnected`` are the ports of the bus whose other ends are not in the diagram.
    """

    bus: Interface | None
    children: list[TreeNode] = field(default_factory=list)
    unconnected: list[Interface] = field(default_factory=list)

    @property
    def bus_ref(self) -> LinkRef | None:
        return self.bus.ref if self.bus else None


@dataclass
class TreeNode:
    """A namespace, the edges to its parent, and its branches."""

    netns: NetnsName
    edges: list[TreeEdge] = field(default_factory=list)
    branches: list[Branch] = field(default_factory=list)


@dataclass
class Forest:
    """All namespaces, each once. ``cross_connections`` are not part of a tree."""

    roots: list[TreeNode]
    cross_connections: list[Connection]


def bus_of(diagram: Diagram, connection: Connection, end: Interface) -> Interface | None:
    """The bus of an end: the bridge of a port, or a parent of links itself."""
    if end.bridge_ref is not None:
        bridge = diagram.interfaces.get(end.bridge_ref)
        return bridge or Interface(end.netns, end.bridge, "bridge")
    return end if connection.kind != "veth" and end is connection.first else None


def buses_of(diagram: Diagram, connections: Sequence[Connection]) -> dict[LinkRef, Interface]:
    """The buses at which the connections end."""
    buses: dict[LinkRef, Interface] = {}
    for connection in connections:
        for end in connection.ends:
            bus = bus_of(diagram, connection, end)
            if bus is not None:
                buses[bus.ref] = bus
    return buses


def list_branches(node: TreeNode) -> Iterator[Branch]:
    """The branches of a node and of all nodes below it."""
    for branch in node.branches:
        yield branch
        for child in branch.children:
            yield from list_branches(child)


class _TreeBuilder:
    """Builds one tree after another, of the namespaces that are in no tree yet."""

    def __init__(self, diagram: Diagram) -> None:
        self.diagram = diagram
        ends = (
            (end.netns, connection)
            for connection in diagram.connections
            if connection.first.netns != connection.second.netns
            for end in connection.ends
        )
        self.connections: dict[NetnsName, list[Connection]] = group(ends)
        self.visited: set[NetnsName] = set()
        self.tree_connections: set[int] = set()

    def build(self, root: NetnsName) -> TreeNode:
        """The tree of all namespaces that are connected to the root, found breadth first."""
        tree = TreeNode(root)
        self.visited.add(root)
        queue: deque[TreeNode] = deque([tree])
        while queue:
            queue.extend(self._add_children(queue.popleft()))
        return tree

    def _add_children(self, node: TreeNode) -> Iterator[TreeNode]:
        """Add the namespaces that are connected to the node and were not visited before."""
        children: dict[tuple[NetnsName, LinkRef | None], TreeNode] = {}
        for connection in self.connections.get(node.netns, ()):
            parent_end, child_end = connection.ends
            if parent_end.netns != node.netns:
                parent_end, child_end = child_end, parent_end
            branch = self._find_branch(node, bus_of(self.diagram, connection, parent_end))
            key = (child_end.netns, branch.bus_ref)
            if child_end.netns not in self.visited:
                self.visited.add(child_end.netns)
                children[key] = TreeNode(child_end.netns)
                if not branch.children:
                    node.branches.append(branch)
                branch.children.append(children[key])
                yield children[key]
            if key in children:
                children[key].edges.append(TreeEdge(child_end, parent_end, connection))
                self.tree_connections.add(id(connection))

    def _find_branch(self, node: TreeNode, bus: Interface | None) -> Branch:
        """The node's branch with that bus, or else a new one that is not added to the node."""
        wanted = Branch(bus)
        same = (branch for branch in node.branches if branch.bus_ref == wanted.bus_ref)
        return next(same, wanted)

    def distances(self, start: NetnsName) -> dict[NetnsName, int]:
        """How many connections each namespace is away from the start."""
        found = {start: 0}
        queue = deque([start])
        while queue:
            netns = queue.popleft()
            for connection in self.connections.get(netns, ()):
                for end in connection.ends:
                    if end.netns not in found:
                        found[end.netns] = found[netns] + 1
                        queue.append(end.netns)
        return found

    def find_middle(self, start: NetnsName) -> NetnsName:
        """The middle of a longest path. As the root it makes a chain half as deep."""
        nearby = self.distances(start)
        from_end = self.distances(_farthest(nearby))
        from_other_end = self.distances(_farthest(from_end))
        length = max(from_end.values())
        return next(
            netns
            for netns in nearby
            if from_end[netns] + from_other_end[netns] == length
            and abs(from_end[netns] - from_other_end[netns]) <= 1
        )


def _farthest(distances: dict[NetnsName, int]) -> NetnsName:
    return max(distances, key=lambda netns: distances[netns])


def _sort_children(node: TreeNode, cross_connected: set[NetnsName]) -> None:
    """Sort children with branches to the end, and after them those with cross connections."""
    for branch in node.branches:
        branch.children.sort(
            key=lambda child: (child.netns in cross_connected, bool(child.branches))
        )
        for child in branch.children:
            _sort_children(child, cross_connected)


def _add_bridges(diagram: Diagram, node: TreeNode, cross_connected: set[LinkRef]) -> None:
    """Add the bridges with unconnected ports, and those at which a cross connection ends.

    Other bridges without children are only listed in the namespace's box.
    """
    for bridge in diagram.bridges_in(node.netns):
        unconnected = [port for port in diagram.ports_of(bridge) if not diagram.peers_of(port)]
        branch = next((found for found in node.branches if found.bus_ref == bridge.ref), None)
        if branch is None and (unconnected or bridge.ref in cross_connected):
            branch = Branch(bridge)
            node.branches.append(branch)
        if branch is not None:
            branch.unconnected = unconnected
    for branch in node.branches:
        for child in branch.children:
            _add_bridges(diagram, child, cross_connected)


def build_forest(diagram: Diagram) -> Forest:
    """The tree of the host, then the other trees, then the namespaces without connections."""
    builder = _TreeBuilder(diagram)
    roots = [builder.build(None)] if None in diagram.namespaces else []
    for netns in diagram.namespaces:
        if netns not in builder.visited:
            roots.append(builder.build(builder.find_middle(netns)))
    crossing = [
        connection
        for connection in diagram.connections
        if id(connection) not in builder.tree_connections
    ]
    namespaces = {end.netns for connection in crossing for end in connection.ends}
    buses = set(buses_of(diagram, crossing))
    for root in roots:
        _sort_children(root, namespaces)
        _add_bridges(diagram, root, buses)
    roots.sort(key=lambda root: (root.netns is not None, not root.branches))
    drawable = [connection for connection in crossing if _is_drawable(diagram, connection)]
    return Forest(roots, drawable)


def _is_drawable(diagram: Diagram, connection: Connection) -> bool:
    """Whether a connection can be drawn as a line.

    It cannot if both ends are in one namespace and not on two buses. The box lists its ends then.
    """
    first, second = connection.ends
    return first.netns != second.netns or all(
        bus_of(diagram, connection, end) for end in connection.ends
    )
