# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The format mermaid: a flowchart as GitHub and GitLab draw it in Markdown. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ..graph import Edge, Node, build_graph, format_nodes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..model import Diagram

_SHAPES = {"host": '["{}"]', "netns": '["{}"]', "bus": '[/"{}"/]', "port": '("{}")'}
_LINES = {"veth": "---", "port": "---", "link": "-.-", "bus": "==="}
_CLASSES = """\
  classDef host fill:#ddf4ff,stroke:#0969da,color:#1f2328,text-align:left
  classDef netns fill:#f6f8fa,stroke:#57606a,color:#1f2328,text-align:left
  classDef bus fill:#0969da,stroke:#0969da,color:#ffffff
  classDef port fill:none,stroke:#57606a,stroke-dasharray:3 3
  classDef down stroke:#cf222e,stroke-width:3px,color:#cf222e
  classDef busdown fill:#cf222e,stroke:#cf222e,color:#ffffff"""


def _quote(text: str) -> str:
    """The text with a code for each character that has a meaning in Mermaid, Markdown or HTML.

    https://mermaid.js.org/syntax/flowchart.html#entity-codes-to-escape-characters
    """
    return re.sub(r"[^A-Za-z0-9 ,./:=()-]", lambda found: f"#{ord(found[0])};", text)


def _label(lines: Sequence[str]) -> str:
    return "<br/>".join(_quote(line).replace("  ", "#160;#160;") for line in lines)


def _class_of(node: Node) -> str:
    if not node.down:
        return node.role
    return "busdown" if node.role == "bus" else "down"


def _node(node: Node) -> str:
    label = _SHAPES[node.role].format(_label([line.text for line in node.lines]))
    return f"{node.name}{label}:::{_class_of(node)}"


def _open_frame(index: int, name: str) -> str:
    return f'  subgraph m{index}["{_quote(name)}"]'


def _edge(edge: Edge) -> str:
    label = f'|"{_label([edge.label])}"|' if edge.label else ""
    return f"  {edge.first} {_LINES[edge.role]}{label} {edge.second}"


def _link_styles(edges: Sequence[Edge]) -> list[str]:
    """Colors of edges. A ``linkStyle`` names edges by their numbers."""
    blue, red = [], []
    for number, edge in enumerate(edges):
        if edge.down:
            red.append(str(number))
        elif edge.role == "bus":
            blue.append(str(number))
    lines = [f"  linkStyle {','.join(blue)} stroke:#0969da"] if blue else []
    lines += [f"  linkStyle {','.join(red)} stroke:#cf222e,color:#cf222e"] if red else []
    return lines


def draw_mermaid(machines: Sequence[Diagram]) -> str:
    """All machines in one flowchart, from left to right."""
    graph = build_graph(machines)
    lines = [
        "flowchart LR",
        *format_nodes(graph, _node, _open_frame, "end"),
        *map(_edge, graph.edges),
        _CLASSES,
        *_link_styles(graph.edges),
    ]
    return "\n".join(lines) + "\n"
