# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The sizes of boxes. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Union

from ..box_text import TextLine, box_lines, incoming_forwards, limit, shorten, wrap
from ..labels import describe_down, describe_kind, words
from ..model import Diagram, Interface
from ..tree import Forest, TreeNode, list_branches
from .canvas import LARGE, LINE_HEIGHT, PADDING, Box, measure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ansible_collections.redblue.netns.plugins.module_utils._model.links import LinkRef

    from .cross_connections import CrossConnections

LONGEST_LINE = 46
_MOST_LINES, _MOST_LINES_OF_HOST = 14, 70
_LEAST_WIDTH = 110.0

Cell = Union[TreeNode, Interface]
"""What has a box: a namespace, or a port whose other end is not in the diagram."""


class BoxSizes:
    """Measures the boxes of one machine."""

    def __init__(self, diagram: Diagram, forest: Forest, crossing: CrossConnections) -> None:
        self.diagram = diagram
        self.crossing = crossing
        self.forwards = incoming_forwards(diagram)
        self.buses: frozenset[LinkRef] = frozenset(
            branch.bus.ref
            for root in forest.roots
            for branch in list_branches(root)
            if branch.bus is not None
        )

    def measure(self, cell: Cell) -> Box:
        """The box of a cell at (0, 0), as large as its text and the connections at it need."""
        return self._port(cell) if isinstance(cell, Interface) else self._netns(cell)

    def _port(self, port: Interface) -> Box:
        title = TextLine(words(port.name, describe_down(port)), "" if port.up else "down")
        kind = TextLine(describe_kind(port) or "port", "route")
        return _box("port" if port.up else "port down", title, [kind])

    def _netns(self, node: TreeNode) -> Box:
        is_host = node.netns is None
        lines = box_lines(self.diagram, node.netns, self.buses)
        lines += self.forwards.get(node.netns, ())
        box = _box(
            "host" if is_host else "netns",
            TextLine(self.diagram.title_of(node.netns)),
            limit(wrap(lines, LONGEST_LINE), _MOST_LINES_OF_HOST if is_host else _MOST_LINES),
        )
        lines_at_a_side = max(len(node.edges), len(self.crossing.at(node.netns)))
        if lines_at_a_side < 2:
            return box
        return replace(box, width=max(box.width, lines_at_a_side * self.crossing.spacing))


def _box(role: str, title: TextLine, lines: Sequence[TextLine]) -> Box:
    widths = [measure(shorten(title.text, LONGEST_LINE), LARGE)]
    widths += [measure(line.text) for line in lines]
    width = max(_LEAST_WIDTH, max(widths) + 2 * PADDING)
    height = LARGE + LINE_HEIGHT * len(lines) + 2 * PADDING
    return Box(0, 0, width, height, role, title, tuple(lines))
