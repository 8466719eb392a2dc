# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Nodes and edges for the formats whose program does the layout: Graphviz and Mermaid. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .box_text import TextLine, box_lines, bus_line, incoming_forwards, limit, shorten, wrap
from .labels import describe_down, describe_kind, words
from .model import PATCH, VETH
from .tree import bus_of, buses_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from .model import Connection, Diagram, Interface, NetnsName

_LONGEST_LINE, _MOST_LINES = 46, 20


@dataclass
class Node:
    """A box. ``role`` is host, netns, bus or port; ``name`` is unique in the graph."""

    name: str
    role: str
    lines: list[TextLine]

    @property
    def down(self) -> bool:
        return any(line.role == "down" for line in self.lines)


@dataclass
class Edge:
    """An edge between the nodes of these names.

    ``role`` is veth, link (between a link and its parent), port (between a bridge and a port), or
    bus (between a namespace and its bus).
    """

    first: str
    second: str
    label: str
    role: str
    down: bool = False


@dataclass
class Graph:
    """The nodes by the names of machines, and the edges between them."""

    nodes: dict[str, list[Node]] = field(default_factory=dict)
    edges: list[Edge] = field(default_factory=list)


class _GraphBuilder:
    """Adds one machine to a graph."""

    def __init__(self, diagram: Diagram, graph: Graph, prefix: str) -> None:
        self.diagram = diagram
        self.nodes = graph.nodes.setdefault(diagram.name, [])
        self.edges = graph.edges
        self.prefix = prefix
        self.names: dict[object, str] = {}
        self.forwards = incoming_forwards(diagram)
        self.buses = buses_of(diagram, diagram.connections)
        for netns in diagram.namespaces:
            self.buses.update({bridge.ref: bridge for bridge in diagram.bridges_in(netns)})

    def _name_of(self, key: object) -> str:
        """The name of a node: a number, because the name of a namespace may be any text."""
        return self.names.setdefault(key, f"{self.prefix}{len(self.names)}")

    def build(self) -> None:
        for netns in self.diagram.namespaces:
            self._add_netns(netns)
        for bus in self.buses.values():
            self._add_bus(bus)
        for connection in self.diagram.connections:
            edge = self._edge(connection)
            if edge.first != edge.second:
                self.edges.append(edge)

    def _add_netns(self, netns: NetnsName) -> None:
        lines = box_lines(self.diagram, netns, frozenset(self.buses))
        lines += self.forwards.get(netns, ())
        title = TextLine(shorten(self.diagram.title_of(netns), _LONGEST_LINE), "title")
        self.nodes.append(
            Node(
                self._name_of(netns),
                "host" if netns is None else "netns",
                [title, *limit(wrap(lines, _LONGEST_LINE), _MOST_LINES)],
            )
        )

    def _add_bus(self, bus: Interface) -> None:
        name = self._name_of(bus.ref)
        self.nodes.append(Node(name, "bus", [bus_line(bus)]))
        self.edges.append(Edge(self._name_of(bus.netns), name, "", "bus", not bus.up))
        for port in self.diagram.ports_of(bus):
            if not self.diagram.peers_of(port):
                text = words(port.name, describe_kind(port), describe_down(port))
                line = TextLine(text, "" if port.up else "down")
                self.nodes.append(Node(self._name_of(port.ref), "port", [line]))
                self.edges.append(Edge(name, self._name_of(port.ref), "", "port", not port.up))

    def _edge(self, connection: Connection) -> Edge:
        """The edge of a connection, from the host or a bus to a namespace.

        Its label names the end at a bus. The box of a namespace names its own end, so the label
        has both names only if both ends are at a bus or neither is.
        """
        ends = [(bus_of(self.diagram, connection, end), end) for end in connection.ends]
        if ends[0][0] is None and ends[1][0] is not None:
            ends.reverse()
        names = [words(end.name, describe_down(end)) for _bus, end in ends]
        label = names[0] if ends[0][0] and not ends[1][0] else " = ".join(names)
        if ends[1][1].netns is None:
            ends.reverse()  # the host is on the left
        first, second = (self._name_of(end.netns if bus is None else bus.ref) for bus, end in ends)
        if connection.kind not in (VETH, PATCH):
            return Edge(first, second, connection.kind, "link", not connection.up)
        return Edge(first, second, label, "veth", not connection.up)


def build_graph(machines: Sequence[Diagram]) -> Graph:
    """The graph of one machine, or of several."""
    graph = Graph()
    for index, machine in enumerate(machines):
        _GraphBuilder(machine, graph, f"m{index}n" if len(machines) > 1 else "n").build()
    return graph


def format_nodes(
    graph: Graph,
    format_node: Callable[[Node], str],
    open_frame: Callable[[int, str], str],
    end: str,
) -> Iterator[str]:
    """The lines of the nodes of all machines. If there are several, each machine has a frame.

    ``open_frame`` returns the lines that begin the frame of a machine of this number and name,
    ``end`` is the line that ends it.
    """
    if len(graph.nodes) == 1:
        for nodes in graph.nodes.values():
            yield from (f"  {format_node(node)}" for node in nodes)
        return
    for index, (name, nodes) in enumerate(graph.nodes.items()):
        yield open_frame(index, name)
        yield from (f"    {format_node(node)}" for node in nodes)
        yield f"  {end}"
