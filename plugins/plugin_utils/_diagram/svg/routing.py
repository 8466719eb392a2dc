# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Routes the lines of cross connections between the boxes. Pure.

A* on a grid: its columns and rows are tracks beside the edges of boxes, and the coordinates at
which lines begin and end. A move costs its length in pixels, and more if it is worse to look at.
"""

from __future__ import annotations

import heapq
import math
from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING, Callable

from ..labels import describe_connection
from ..model import PATCH, VETH
from ..tree import Forest, bus_of
from .canvas import Area, Canvas, Line, Point
from .cross_connections import MOST_ROUTED, TRACK_GAP, TRACKS_BELOW, TRACKS_BESIDE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ..model import Connection, Diagram, Interface

_CORNER, _CROSSING, _LABEL, _SHARED = 40.0, 20.0, 120.0, 1000.0
"""What a corner, crossing a line, crossing a label, and running on another line cost, in pixels."""

_CLOSE = TRACK_GAP - 1
"""A line should not be closer to a box or a bus."""

Vertex = tuple[int, int]
"""The number of its column and of its row."""

Move = tuple[Vertex, Vertex]
"""From a vertex to the next one in its row or column."""


class _Grid:
    """The grid of one canvas with its costs."""

    def __init__(self, canvas: Canvas, lines: int) -> None:
        self.xs = _columns(canvas, lines)
        self.ys = _rows(canvas, lines)
        self.blocked: set[Vertex] = set()
        self.vertex_costs: dict[Vertex, float] = {}
        self.move_costs: dict[Move, float] = {}
        for box in canvas.boxes:
            area = (box.x, box.y, box.right, box.bottom)
            self.blocked.update(self._vertices_in(area))
            self._add_move_costs(area, math.inf)
            self._add_vertex_costs(self._vertices_in(_enlarge(area, _CLOSE)), _CROSSING)
        for start, end in _list_bus_lines(canvas):
            area = _enlarge((*start, *end), _CLOSE)
            self._add_vertex_costs(self._vertices_in(area), _LABEL)
        for label in canvas.labels:
            self._add_move_costs(label.area, _LABEL)
        for line in canvas.lines:
            for start, end in zip(line.points, line.points[1:]):
                area = _area_between(start, end)
                self._add_move_costs(area, _CROSSING)
                self.occupy(list(self._vertices_in(area)))

    def _add_vertex_costs(self, vertices: Iterable[Vertex], cost: float) -> None:
        """Make it more expensive for a line to touch a vertex."""
        for vertex in vertices:
            self.vertex_costs[vertex] = self.vertex_costs.get(vertex, 0) + cost

    def _add_move_costs(self, area: Area, cost: float) -> None:
        """Make each move more expensive that touches the area."""
        left, top, right, bottom = area
        for column in _range(self.xs, left, right):
            for row in _intervals(self.ys, top, bottom):
                self._add_move_cost((column, row), (column, row + 1), cost)
        for row in _range(self.ys, top, bottom):
            for column in _intervals(self.xs, left, right):
                self._add_move_cost((column, row), (column + 1, row), cost)

    def _add_move_cost(self, first: Vertex, second: Vertex, cost: float) -> None:
        for move in ((first, second), (second, first)):
            self.move_costs[move] = self.move_costs.get(move, 0) + cost

    def _vertices_in(self, area: Area) -> Iterator[Vertex]:
        left, top, right, bottom = area
        for column in _range(self.xs, left, right):
            for row in _range(self.ys, top, bottom):
                yield column, row

    def vertices_between(self, start: Point, end: Point) -> frozenset[Vertex]:
        """The vertices from an upper left to a lower right point."""
        return frozenset(self._vertices_in((*start, *end)))

    def occupy(self, path: Sequence[Vertex]) -> None:
        """Add the costs of running on a line along the path, and of crossing it."""
        for first, second in zip(path, path[1:]):
            self._add_move_cost(first, second, _SHARED)
        self._add_vertex_costs(path, _CROSSING)

    def point(self, vertex: Vertex) -> Point:
        return (self.xs[vertex[0]], self.ys[vertex[1]])

    def moves(self, vertex: Vertex, targets: frozenset[Vertex]) -> Iterator[tuple[Vertex, float]]:
        """The vertices that can be reached in one move, with its cost. A target only vertically."""
        column, row = vertex
        x, y = self.point(vertex)
        for other in ((column - 1, row), (column + 1, row), (column, row - 1), (column, row + 1)):
            if not (0 <= other[0] < len(self.xs) and 0 <= other[1] < len(self.ys)):
                continue
            length = abs(self.xs[other[0]] - x) + abs(self.ys[other[1]] - y)
            cost = length + self.move_costs.get((vertex, other), 0)
            if other in targets:
                if other[0] == column:
                    yield other, cost
            elif other not in self.blocked:
                yield other, cost + self.vertex_costs.get(other, 0)

    def estimate(self, targets: frozenset[Vertex]) -> Callable[[Vertex], float]:
        """A function that returns a lower bound of the cost from a vertex to the targets."""
        xs = [self.xs[column] for column, _row in targets]
        ys = [self.ys[row] for _column, row in targets]
        left, right, top, bottom = min(xs), max(xs), min(ys), max(ys)

        def lower_bound(vertex: Vertex) -> float:
            x, y = self.point(vertex)
            return max(left - x, x - right, 0) + max(top - y, y - bottom, 0)

        return lower_bound


def _list_bus_lines(canvas: Canvas) -> list[tuple[Point, Point]]:
    return [line for lines in canvas.bus_lines.values() for line in lines]


def _area_between(first: Point, second: Point) -> Area:
    (x, y), (x2, y2) = first, second
    return (min(x, x2), min(y, y2), max(x, x2), max(y, y2))


def _enlarge(area: Area, by: float) -> Area:
    return (area[0] - by, area[1] - by, area[2] + by, area[3] + by)


def _columns(canvas: Canvas, lines: int) -> list[float]:
    """The x of the grid's columns: tracks beside boxes and at the right of the drawing."""
    edges = [edge for box in canvas.boxes for edge in ((box.x, -1), (box.right, 1))]
    fixed = [x for x, _y in canvas.anchors.values()]
    fixed += [end[0] for _start, end in _list_bus_lines(canvas)]
    fixed += [canvas.width + TRACK_GAP * track for track in range(1, lines + 1)]
    return _tracks(edges, TRACKS_BESIDE, fixed)


def _rows(canvas: Canvas, lines: int) -> list[float]:
    """The y of the grid's rows: tracks between boxes and labels, except through labels."""
    edges = [edge for box in canvas.boxes for edge in ((box.y, -1), (box.bottom, 1))]
    edges += [(label.area[3], 1) for label in canvas.labels]
    edges += [(start[1], -1) for start, _end in _list_bus_lines(canvas)]
    fixed = [y for _x, y in canvas.anchors.values()]
    fixed += [start[1] for start, _end in _list_bus_lines(canvas)]
    labels = {(label.area[1], label.area[3]) for label in canvas.labels}
    return [
        y
        for y in _tracks(edges, min(lines, TRACKS_BELOW), fixed)
        if y in fixed or not any(top < y < bottom for top, bottom in labels)
    ]


def _range(coordinates: list[float], low: float, high: float) -> range:
    """The indices of the coordinates within an interval."""
    return range(bisect_left(coordinates, low), bisect_right(coordinates, high))


def _intervals(coordinates: list[float], low: float, high: float) -> range:
    """The indices of the coordinates from which the move to the next one touches an interval."""
    first = max(bisect_right(coordinates, low) - 1, 0)
    return range(first, min(bisect_left(coordinates, high), len(coordinates) - 1))


def _tracks(edges: Iterable[tuple[float, int]], count: int, fixed: Iterable[float]) -> list[float]:
    """The fixed coordinates, and tracks beside each edge where these leave space.

    :param edges: the coordinate of each edge, and -1 or 1 for the side with tracks.
    """
    coordinates = sorted(set(fixed))
    for track in range(1, count + 1):
        for line in sorted({edge + side * TRACK_GAP * track for edge, side in edges}):
            at = bisect_left(coordinates, line)
            neighbours = coordinates[max(at - 1, 0) : at + 1]
            if all(abs(other - line) >= TRACK_GAP - 2 for other in neighbours):
                coordinates.insert(at, line)
    return coordinates


_State = tuple[Vertex, bool]
"""A vertex, and whether the path came to it vertically."""


def _find_path(grid: _Grid, starts: frozenset[Vertex], targets: frozenset[Vertex]) -> list[Vertex]:
    """The cheapest path, or an empty list. It leaves and arrives vertically."""
    if not starts or not targets:
        return []
    lower_bound = grid.estimate(targets)
    costs: dict[_State, float] = {(vertex, True): 0.0 for vertex in starts}
    previous: dict[_State, _State] = {}
    queue = [(lower_bound(vertex), 0.0, vertex, True) for vertex in sorted(starts)]
    heapq.heapify(queue)
    while queue:
        _bound, cost, vertex, vertical = heapq.heappop(queue)
        if vertex in targets:
            return _trace(previous, (vertex, vertical))
        if cost > costs[vertex, vertical]:
            continue
        for other, price in grid.moves(vertex, targets):
            state = (other, other[0] == vertex[0])
            turns = state[1] != vertical
            if other in starts or (turns and vertex in starts):
                continue
            total = cost + price + (_CORNER if turns else 0.0)
            if total < costs.get(state, math.inf):
                costs[state] = total
                previous[state] = (vertex, vertical)
                heapq.heappush(queue, (total + lower_bound(other), total, *state))
    return []


def _trace(previous: dict[_State, _State], last: _State) -> list[Vertex]:
    """The path that ended in a state."""
    states = [last]
    while states[-1] in previous:
        states.append(previous[states[-1]])
    return [vertex for vertex, _vertical in reversed(states)]


def _corners(points: Sequence[Point]) -> tuple[Point, ...]:
    """The points without those in the middle of a straight part."""
    corners = [
        point
        for before, point, after in zip(points, points[1:], points[2:])
        if not (before[0] == point[0] == after[0] or before[1] == point[1] == after[1])
    ]
    return (points[0], *corners, points[-1])


def _vertices_of(
    grid: _Grid, diagram: Diagram, canvas: Canvas, connection: Connection, end: Interface
) -> frozenset[Vertex]:
    """Where a line may begin: at its anchor, or anywhere on the lines of its bus."""
    bus = bus_of(diagram, connection, end)
    if bus is None:
        anchor = canvas.anchors[id(connection), end.netns]
        return grid.vertices_between(anchor, anchor)
    vertices: frozenset[Vertex] = frozenset()
    for line in canvas.bus_lines.get(bus.ref, ()):
        vertices |= grid.vertices_between(*line)
    return vertices


def route_cross_connections(diagram: Diagram, forest: Forest, canvas: Canvas) -> None:
    """Draw the cross connections. If there are more than ``MOST_ROUTED``, do nothing."""
    if not 0 < len(forest.cross_connections) <= MOST_ROUTED:
        return
    grid = _Grid(canvas, len(forest.cross_connections))
    for connection in forest.cross_connections:
        starts, targets = (
            _vertices_of(grid, diagram, canvas, connection, end) for end in connection.ends
        )
        path = _find_path(grid, starts, targets)
        if path:
            grid.occupy(path)
            points = _corners([grid.point(vertex) for vertex in path])
            role = "veth" if connection.kind in (VETH, PATCH) else "link"
            tooltip = describe_connection(connection)
            canvas.lines.append(Line(points, role, tooltip, not connection.up))
            canvas.extend_to(max(x for x, _y in points), max(y for _x, y in points))
