# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The format dot: a graph in the DOT language for the programs of Graphviz. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from ..box_text import TextLine
from ..graph import Edge, Node, build_graph, format_nodes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..model import Diagram

_FONT = 'fontname="DejaVu Sans Mono,Menlo,Consolas,monospace"'
_RED = "#cf222e"
_NODE_ATTRIBUTES = {
    "host": 'style="rounded,filled" fillcolor="#ddf4ff" color="#0969da"',
    "netns": 'style="rounded,filled" fillcolor="#f6f8fa"',
    "bus": 'style=filled fillcolor="#0969da" color="#0969da" fontcolor=white',
    "port": "style=dashed",
}
_EDGE_ATTRIBUTES = {
    "veth": "",
    "port": "style=dashed",
    "link": "style=dashed",
    "bus": 'color="#0969da" penwidth=4',
}
_LINE_MARKUP = {
    "title": "<b>{}</b>",
    "down": f'<font color="{_RED}">{{}}</font>',
    "route": '<font color="#57606a">{}</font>',
    "nat": '<font color="#8250df">{}</font>',
}


def _markup(line: TextLine) -> str:
    """A line of a label in HTML, as https://graphviz.org/doc/info/shapes.html#html defines it.

    Spaces at the beginning would be ignored.
    """
    text = line.text.lstrip()
    indent = "&#160;" * (len(line.text) - len(text))
    return _LINE_MARKUP.get(line.role, "{}").format(indent + escape(text, {'"': "&quot;"}))


def _label(node: Node) -> str:
    if node.role == "bus":
        return f"<{_markup(TextLine(node.lines[0].text))}>"
    return "<" + "".join(f'{_markup(line)}<br align="left"/>' for line in node.lines) + ">"


def _node(node: Node) -> str:
    attributes = [f"label={_label(node)}", _NODE_ATTRIBUTES[node.role]]
    if node.down:
        attributes.append(f'color="{_RED}"')
    if node.down and node.role == "bus":
        attributes.append(f'fillcolor="{_RED}"')
    return f"{node.name} [{' '.join(attributes)}]"


def _open_frame(index: int, name: str) -> str:
    label = _markup(TextLine(name, "title"))
    return f"  subgraph cluster_{index} {{\n    label=<{label}>"


def _edge(edge: Edge) -> str:
    label = f"label=<{_markup(TextLine(edge.label))}>" if edge.label else ""
    down = f'color="{_RED}" fontcolor="{_RED}"' if edge.down else ""
    attributes = [part for part in (label, _EDGE_ATTRIBUTES[edge.role], down) if part]
    return f"  {edge.first} -- {edge.second} [{' '.join(attributes)}]"


def draw_dot(machines: Sequence[Diagram]) -> str:
    """All machines in one graph, from left to right."""
    graph = build_graph(machines)
    lines = [
        "graph netns {",
        "  rankdir=LR",
        f'  graph [{_FONT} fontsize=12 color="#8c959f" style=dashed]',
        f'  node [{_FONT} fontsize=10 shape=box color="#57606a"]',
        f'  edge [{_FONT} fontsize=9 color="#57606a"]',
        *format_nodes(graph, _node, _open_frame, "}"),
        *map(_edge, graph.edges),
        "}",
    ]
    return "\n".join(lines) + "\n"
