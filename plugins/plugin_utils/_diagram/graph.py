# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Nodes and edges, for those who lay out pictures themselves: Graphviz and Mermaid. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Dict, List, Sequence

from .box_text import Line, box_lines, cut, describe_hub, fold, forwards_to, shorten
from .labels import describe_down, describe_kind, words
from .model import Diagram, Interface, VethPair
from .tree import hub_of

_LONGEST, _LINES = 46, 20


@dataclass
class Node:
    """A box, or a bridge. ``role`` is host, netns, hub or port; ``name`` is what edges call it."""

    name: str
    role: str
    lines: List[Line]

    @property
    def down(self) -> bool:
        return any(line.role == "down" for line in self.lines)


@dataclass
class Edge:
    """``role`` is cable, link (to a parent), port, or holds: a place its own bridge."""

    one: str
    other: str
    label: str
    role: str
    down: bool = False


@dataclass
class Graph:
    """The nodes by machine, and the edges between them."""

    nodes: Dict[str, List[Node]] = field(default_factory=dict)
    edges: List[Edge] = field(default_factory=list)


class _Builder:
    def __init__(self, wiring: Diagram, graph: Graph, prefix: str) -> None:
        self.wiring = wiring
        self.nodes = graph.nodes.setdefault(wiring.name, [])
        self.edges = graph.edges
        self.prefix = prefix
        self.ids: Dict[object, str] = {}
        self.forwards = forwards_to(wiring)
        hubs = [
            hub
            for cable in wiring.veth_pairs
            for end in cable.ends
            for hub in [hub_of(wiring, cable, end)]
            if hub is not None
        ]
        hubs += [bridge for place in wiring.places for bridge in wiring.bridges(place)]
        self.hubs = {hub.key: hub for hub in hubs}

    def _id(self, resource: object) -> str:
        """Names of things may be any text, so the nodes have numbers."""
        return self.ids.setdefault(resource, f"{self.prefix}{len(self.ids)}")

    def build(self) -> None:
        for place in self.wiring.places:
            lines = [
                *box_lines(self.wiring, place, frozenset(self.hubs)),
                *self.forwards.get(place, ()),
            ]
            title = Line(shorten(self.wiring.name_of(place), _LONGEST), "title")
            self.nodes.append(
                Node(
                    self._id(place),
                    "host" if place is None else "netns",
                    [title, *cut(fold(lines, _LONGEST), _LINES)],
                )
            )
        for hub in self.hubs.values():
            self._build_hub(hub)
        self.edges += [
            edge for edge in map(self._edge, self.wiring.veth_pairs) if edge.one != edge.other
        ]

    def _build_hub(self, hub: Interface) -> None:
        self.nodes.append(Node(self._id(hub.key), "hub", [describe_hub(hub)]))
        self.edges.append(Edge(self._id(hub.place), self._id(hub.key), "", "holds", not hub.up))
        for port in self.wiring.ports(hub):
            if not self.wiring.far_ends(port):
                self.nodes.append(
                    Node(
                        self._id(port.key),
                        "port",
                        [
                            Line(
                                words(port.name, describe_kind(port), describe_down(port)),
                                "" if port.up else "down",
                            )
                        ],
                    )
                )
                self.edges.append(
                    Edge(self._id(hub.key), self._id(port.key), "", "port", not port.up)
                )

    def _edge(self, cable: VethPair) -> Edge:
        """What stands in a box already is not said again at its cable, unless the other end stands in a box too."""
        ends = [(hub_of(self.wiring, cable, end), end) for end in cable.ends]
        if ends[0][0] is None and ends[1][0] is not None:
            ends.reverse()
        names = [words(end.name, describe_down(end)) for hub, end in ends]
        label = names[0] if ends[0][0] and not ends[1][0] else " = ".join(names)
        if ends[1][1].place is None:
            ends.reverse()  # the host is on the left
        spots = [self._id(end.place if hub is None else hub.key) for hub, end in ends]
        if cable.kind != "veth":
            return Edge(spots[0], spots[1], cable.kind, "link", not cable.up)
        return Edge(spots[0], spots[1], label, "cable", not cable.up)


def build_graph(machines: Sequence[Diagram]) -> Graph:
    """One machine, or several."""
    graph = Graph()
    for index, machine in enumerate(machines):
        _Builder(machine, graph, f"m{index}n" if len(machines) > 1 else "n").build()
    return graph
