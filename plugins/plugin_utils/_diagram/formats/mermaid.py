# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A picture as a Mermaid flowchart, as GitHub and GitLab draw it in Markdown. Pure."""

from __future__ import annotations

import re
from typing import Callable, Iterator, List, Sequence

from ..graph import Edge, Graph, Node, build_graph
from ..model import Diagram

_SHAPES = {"host": '["{}"]', "netns": '["{}"]', "hub": '[/"{}"/]', "port": '("{}")'}
_LINES = {"cable": "---", "port": "---", "link": "-.-", "holds": "==="}
_CLASSES = """\
  classDef host fill:#ddf4ff,stroke:#0969da,color:#1f2328,text-align:left
  classDef netns fill:#f6f8fa,stroke:#57606a,color:#1f2328,text-align:left
  classDef hub fill:#0969da,stroke:#0969da,color:#ffffff
  classDef port fill:none,stroke:#57606a,stroke-dasharray:3 3
  classDef down stroke:#cf222e,stroke-width:3px,color:#cf222e
  classDef hubdown fill:#cf222e,stroke:#cf222e,color:#ffffff"""


def _quote(text: str) -> str:
    """Everything that could mean something to Mermaid, Markdown or HTML by its number (https://mermaid.js.org/syntax/flowchart.html)."""
    return re.sub(r"[^A-Za-z0-9 ,./:=()-]", lambda found: f"#{ord(found[0])};", text)


def _label(lines: Sequence[str]) -> str:
    return "<br/>".join(_quote(line).replace("  ", "#160;#160;") for line in lines)


def _node(node: Node, depth: str) -> str:
    looks = node.role if not node.down else "hubdown" if node.role == "hub" else "down"
    return f"{depth}{node.name}{_SHAPES[node.role].format(_label([line.text for line in node.lines]))}:::{looks}"


def _nodes(graph: Graph) -> Iterator[str]:
    """In a frame for each machine, where there are several."""
    if len(graph.nodes) == 1:
        for nodes in graph.nodes.values():
            yield from (_node(node, "  ") for node in nodes)
        return
    for index, (name, nodes) in enumerate(graph.nodes.items()):
        yield f'  subgraph m{index}["{_quote(name)}"]'
        yield from (_node(node, "    ") for node in nodes)
        yield "  end"


def _edge(edge: Edge) -> str:
    label = f'|"{_label([edge.label])}"|' if edge.label else ""
    return f"  {edge.one} {_LINES[edge.role]}{label} {edge.other}"


def _looks(graph: Graph, style: str, wanted: Callable[[Edge], bool]) -> List[str]:
    numbers = [str(number) for number, edge in enumerate(graph.edges) if wanted(edge)]
    return [f"  linkStyle {','.join(numbers)} {style}"] if numbers else []


def draw_mermaid(machines: Sequence[Diagram]) -> str:
    """All machines in one flowchart, from the left to the right."""
    graph = build_graph(machines)
    return (
        "\n".join(
            [
                "flowchart LR",
                *_nodes(graph),
                *map(_edge, graph.edges),
                _CLASSES,
                *_looks(
                    graph, "stroke:#0969da", lambda edge: edge.role == "holds" and not edge.down
                ),
                *_looks(graph, "stroke:#cf222e,color:#cf222e", lambda edge: edge.down),
            ]
        )
        + "\n"
    )
