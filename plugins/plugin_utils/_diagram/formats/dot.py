# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A picture for Graphviz. Pure."""

from __future__ import annotations

from typing import Iterator, Sequence
from xml.sax.saxutils import escape

from ..box_text import Line
from ..graph import Edge, Graph, Node, build_graph
from ..model import Diagram

_FONT = 'fontname="DejaVu Sans Mono,Menlo,Consolas,monospace"'
_LOOKS = {
    "host": 'style="rounded,filled" fillcolor="#ddf4ff" color="#0969da"',
    "netns": 'style="rounded,filled" fillcolor="#f6f8fa"',
    "hub": 'style=filled fillcolor="#0969da" color="#0969da" fontcolor=white',
    "port": "style=dashed",
    "cable": "",
    "link": "style=dashed",
    "holds": 'color="#0969da" penwidth=4',
}
_RED = "#cf222e"
_LETTERS = {
    "title": "<b>{}</b>",
    "down": f'<font color="{_RED}">{{}}</font>',
    "route": '<font color="#57606a">{}</font>',
    "nat": '<font color="#8250df">{}</font>',
}


def _line(line: Line) -> str:
    """A line of a label in the HTML that dot knows (https://graphviz.org/doc/info/shapes.html#html). Blanks at its beginning would be lost."""
    inside = line.text.lstrip()
    text = "&#160;" * (len(line.text) - len(inside)) + escape(inside, {'"': "&quot;"})
    return _LETTERS.get(line.role, "{}").format(text)


def _label(node: Node) -> str:
    if node.role == "hub":
        return f"<{_line(Line(node.lines[0].text))}>"
    return "<" + "".join(f'{_line(line)}<br align="left"/>' for line in node.lines) + ">"


def _node(node: Node) -> str:
    down = (
        f'color="{_RED}"' + (f' fillcolor="{_RED}"' if node.role == "hub" else "")
        if node.down
        else ""
    )
    return f"{node.name} [label={_label(node)} {_LOOKS[node.role]} {down}".rstrip() + "]"


def _nodes(graph: Graph) -> Iterator[str]:
    """In a frame for each machine, where there are several."""
    if len(graph.nodes) == 1:
        for nodes in graph.nodes.values():
            yield from (f"  {_node(node)}" for node in nodes)
        return
    for index, (name, nodes) in enumerate(graph.nodes.items()):
        yield f"  subgraph cluster_{index} {{"
        yield f"    label=<{_line(Line(name, 'title'))}>"
        yield from (f"    {_node(node)}" for node in nodes)
        yield "  }"


def _edge(edge: Edge) -> str:
    label = f"label=<{_line(Line(edge.label))}>" if edge.label else ""
    down = f'color="{_RED}" fontcolor="{_RED}"' if edge.down else ""
    looks = " ".join(word for word in (label, _LOOKS[edge.role], down) if word)
    return f"  {edge.one} -- {edge.other} [{looks}]"


def draw_dot(machines: Sequence[Diagram]) -> str:
    """All machines in one graph, for the program dot, from the left to the right."""
    graph = build_graph(machines)
    return (
        "\n".join(
            [
                "graph netns {",
                "  rankdir=LR",
                f'  graph [{_FONT} fontsize=12 color="#8c959f" style=dashed]',
                f'  node [{_FONT} fontsize=10 shape=box color="#57606a"]',
                f'  edge [{_FONT} fontsize=9 color="#57606a"]',
                *_nodes(graph),
                *map(_edge, graph.edges),
                "}",
            ]
        )
        + "\n"
    )
