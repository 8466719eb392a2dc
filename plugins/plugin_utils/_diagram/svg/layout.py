# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The layout of one machine as trees. Pure.

A namespace is a box, and its children are to the right of it. A bus is a horizontal line at the
right side of its namespace, below which the children hang in a grid.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from ..box_text import bus_line, shorten, wrap
from ..labels import describe_connection, describe_down, describe_interface, words
from ..model import Diagram, Interface
from .boxes import LONGEST_LINE, BoxSizes, Cell
from .canvas import NORMAL, SMALL, Box, Canvas, Label, Line, Point, arrange, measure
from .cross_connections import (
    COLUMN_GAP,
    LONGEST_LOCATION,
    MARGIN,
    TRACK_GAP,
    CrossConnections,
    CrossEnd,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ..tree import Branch, Forest, TreeEdge, TreeNode

_FIRST_CHILD = 40.0
"""From a box to its first child below a bus."""

_BUS_JOINT = 12.0
"""From a box to the vertical line that joins the lines of one bus."""

_LABEL_HEIGHT = 13.0
_LABEL_GAP = 5.0
"""Between a line and its label."""

_FIRST_ANCHOR = 14.0
"""From the corner of a box to the first line at its top or bottom."""

_LEFT_FIRST, _LEFT_SPACING = 22.0, 30.0
"""The lines at the left side of a box: from its corner to the first line, and between two lines."""

_CUT_LENGTH = 34.0
"""Of a connection that is cut off."""

_LEAST_COLUMNS = 3
_ASPECT = 1.5
"""The width of a grid in relation to its height."""


class Layout:
    """Places the boxes, lines and labels of one machine, except routed cross connections."""

    def __init__(self, diagram: Diagram, forest: Forest) -> None:
        self.diagram = diagram
        self.forest = forest
        self.crossing = CrossConnections(diagram, forest)
        self.sizes = BoxSizes(diagram, forest, self.crossing)

    def draw(self) -> Canvas:
        """All trees, small ones side by side."""
        trees = []
        for root in self.forest.roots:
            trees.append(Canvas())
            self._place_node(trees[-1], root, 0, 0, self.sizes.measure(root))
        widest = max((tree.width for tree in trees), default=0)
        area = sum(tree.width * tree.height for tree in trees)
        return arrange(trees, max(widest, math.sqrt(area * _ASPECT)), COLUMN_GAP)

    def _place_node(self, canvas: Canvas, node: TreeNode, x: float, y: float, box: Box) -> float:
        """Place a namespace and all below it in the tree. Return the y below all of these."""
        bottom, index = y, len(canvas.boxes)
        for branch in node.branches:
            if branch.bus is None:
                bottom = self._place_direct(canvas, branch.children, x + box.width, bottom)
            else:
                bottom = self._place_bus(canvas, branch, branch.bus, x + box.width, bottom)
        height = max(box.height, bottom - y - self.crossing.row_gap)
        box = canvas.add_box(replace(box, x=x, y=y, height=height), index)
        ends = self.crossing.at(node.netns)
        for number, end in enumerate(ends):
            anchor = (x + _FIRST_ANCHOR + number * self.crossing.spacing, box.bottom)
            canvas.anchors[id(end.connection), node.netns] = anchor
            self._label_cross_end(canvas, end, anchor)
        labels = 3 if self.crossing.cut_off else 2
        zone = labels * _LABEL_HEIGHT + 4 if ends else 0
        return max(bottom, box.bottom + zone + self.crossing.row_gap)

    def _label_cross_end(self, canvas: Canvas, cross: CrossEnd, anchor: Point) -> None:
        """Write the names of both ends below a box. Draw a connection that is cut off."""
        x, y = anchor[0] + _LABEL_GAP, anchor[1] + 11
        end, peer = cross.end, cross.peer
        canvas.add_label(Label(x, y, words(end.name, describe_down(end)), _role(end)))
        canvas.add_label(Label(x, y + _LABEL_HEIGHT, words("=", peer.name), _role(peer)))
        if not self.crossing.cut_off:
            return
        points = (anchor, (anchor[0], anchor[1] + _CUT_LENGTH))
        tooltip = describe_connection(cross.connection)
        canvas.lines.append(Line(points, "veth", tooltip, not cross.connection.up))
        location = f"at {peer.bridge or self.diagram.title_of(peer.netns)}"
        canvas.add_label(Label(x, y + 2 * _LABEL_HEIGHT, shorten(location, LONGEST_LOCATION)))

    def _place_direct(
        self, canvas: Canvas, children: Sequence[TreeNode], x: float, y: float
    ) -> float:
        """Place children at no bus one below the other, each with its lines at its left side."""
        ends = [
            end
            for child in children
            for edge in child.edges
            for end in (edge.child_end, edge.parent_end)
        ]
        tracks = TRACK_GAP * self.crossing.tracks
        left = x + 2 * MARGIN + max(measure(end.name, SMALL) for end in ends) + tracks
        for child in children:
            box = self.sizes.measure(child)
            box = replace(box, height=max(box.height, MARGIN + _LEFT_SPACING * len(child.edges)))
            for number, edge in enumerate(child.edges):
                line = y + _LEFT_FIRST + _LEFT_SPACING * number
                canvas.lines.append(_edge_line(edge, ((x, line), (left, line))))
                end = edge.parent_end
                canvas.add_label(Label(x + _LABEL_GAP, line - 4, end.name, _role(end)))
                right, end = left - _LABEL_GAP - tracks, edge.child_end
                canvas.add_label(Label(right, line + 12, end.name, _role(end), align_right=True))
            y = self._place_node(canvas, child, left, y, box)
        return y

    def _place_bus(
        self, canvas: Canvas, branch: Branch, bus: Interface, x: float, y: float
    ) -> float:
        """Place a bus and what is connected to it, with a line for each row of the grid."""
        right = x
        for number, text in enumerate(wrap([bus_line(bus)], LONGEST_LINE)):
            top = y + 12 + number * _LABEL_HEIGHT
            label = Label(x + MARGIN, top, text.text, text.role, NORMAL)
            canvas.add_label(label)
            right = max(right, label.area[2] + _BUS_JOINT)
        first = line = bottom = top + MARGIN - 12
        if bus.ref in self.crossing.buses:
            # So long that lines from elsewhere can come straight down to it.
            right = max(right, canvas.width)
        for number, row in enumerate(self._rows(branch)):
            line = bottom
            end, bottom = self._place_row(canvas, row, x + _FIRST_CHILD, line)
            right = max(right, end)
            _add_bus_line(canvas, bus, x if number == 0 else x + _BUS_JOINT, line, right)
        if not branch.children and not branch.unconnected:
            _add_bus_line(canvas, bus, x, line, right)
            bottom += self.crossing.row_gap
        if line > first:
            points = ((x + _BUS_JOINT, first), (x + _BUS_JOINT, line))
            canvas.lines.append(Line(points, _bus_role(bus), f"bridge {bus.name}", not bus.up))
        return bottom

    def _rows(self, branch: Branch) -> Iterator[Sequence[tuple[Cell, Box]]]:
        """The rows below a bus: a grid of boxes of one width, then one row for each larger tree."""
        cells: list[Cell] = [child for child in branch.children if not child.branches]
        cells += branch.unconnected
        if cells:
            boxes = [self.sizes.measure(cell) for cell in cells]
            width = max(box.width for box in boxes)
            height = sum(box.height for box in boxes) / len(boxes)
            height += 3 * _LABEL_HEIGHT + self.crossing.row_gap
            ideal = math.sqrt(len(boxes) * _ASPECT * height / (width + COLUMN_GAP))
            rows = math.ceil(len(cells) / max(_LEAST_COLUMNS, round(ideal)))
            columns = math.ceil(len(cells) / rows)
            grid = [(cell, replace(box, width=width)) for cell, box in zip(cells, boxes)]
            for start in range(0, len(grid), columns):
                yield grid[start : start + columns]
        for child in branch.children:
            if child.branches:
                yield [(child, self.sizes.measure(child))]

    def _place_row(
        self, canvas: Canvas, row: Sequence[tuple[Cell, Box]], x: float, line: float
    ) -> tuple[float, float]:
        """Place a row below a bus. Return the right end of its line, and the y below the row."""
        y = line + MARGIN / 2 + max(_count_labels(cell) for cell, _box in row) * _LABEL_HEIGHT + 3
        height = max(box.height for _cell, box in row)
        bottom, end = y, x
        for cell, box in row:
            box = replace(box, height=height)
            if isinstance(cell, Interface):
                end = x + _FIRST_ANCHOR
                canvas.lines.append(Line(((end, line), (end, y)), "veth", cell.name, not cell.up))
                below = canvas.add_box(replace(box, x=x, y=y)).bottom + self.crossing.row_gap
            else:
                end = self._connect_to_bus(canvas, cell.edges, x, line, y)
                below = self._place_node(canvas, cell, x, y, box)
            bottom = max(bottom, below)
            x += box.width + COLUMN_GAP
        return end + MARGIN, bottom

    def _connect_to_bus(
        self, canvas: Canvas, edges: Sequence[TreeEdge], x: float, line: float, y: float
    ) -> float:
        """Draw the lines from a bus down to the top of a box. Return the x of the last one."""
        anchor = x + _FIRST_ANCHOR
        for number, edge in enumerate(edges):
            anchor = x + _FIRST_ANCHOR + number * self.crossing.spacing
            canvas.lines.append(_edge_line(edge, ((anchor, line), (anchor, y))))
            left, end = anchor + _LABEL_GAP, edge.parent_end
            name = end.name if edge.connection.kind == "veth" else edge.connection.kind
            text = words(name, describe_down(end))
            canvas.add_label(Label(left, line + _LABEL_HEIGHT + 1, text, _role(end)))
            if len(edges) > 1:
                text, top = words("=", edge.child_end.name), line + 2 * _LABEL_HEIGHT + 1
                canvas.add_label(Label(left, top, text, _role(edge.child_end)))
        return anchor


def _count_labels(cell: Cell) -> int:
    """How many labels are above a box, one below the other."""
    if isinstance(cell, Interface):
        return 0
    return 2 if len(cell.edges) > 1 else 1


def _role(end: Interface) -> str:
    return "" if end.up else "down"


def _bus_role(bus: Interface) -> str:
    return "bus" if bus.kind == "bridge" else "parent"


def _add_bus_line(canvas: Canvas, bus: Interface, x: float, y: float, right: float) -> None:
    points = ((x, y), (right, y))
    canvas.lines.append(Line(points, _bus_role(bus), describe_interface(bus), not bus.up))
    canvas.bus_lines.setdefault(bus.ref, []).append(points)
    canvas.extend_to(right, y)


def _edge_line(edge: TreeEdge, points: tuple[Point, ...]) -> Line:
    role = "veth" if edge.connection.kind == "veth" else "link"
    return Line(points, role, describe_connection(edge.connection), not edge.connection.up)
