# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The cables that are left when all places hang where they belong find their way between the boxes. Pure."""

from __future__ import annotations

import heapq
import math
from bisect import bisect_left, bisect_right
from typing import Callable, Dict, FrozenSet, Iterable, Iterator, List, Set, Tuple

from ..labels import describe_veth_pair
from ..model import Diagram, Interface, VethPair
from ..tree import Forest, hub_of
from .canvas import Point, Sheet, Wire
from .layout import BELOW, BESIDE, MOST_ROUTED, TRACK

_CORNER, _CROSSING, _LABEL, _SHARED = 40.0, 20.0, 120.0, 1000.0
"""What is as bad as a way of so many pixels: a corner, to cross a wire, to cross a label, to run upon another wire."""

_NEAR = TRACK - 1
"""Nearer to a box no wire should run."""

Spot = Tuple[int, int]
Piece = Tuple[Spot, Spot]
Area = Tuple[float, float, float, float]


class _Ground:
    """The lines on which wires may run, and what stands in their way."""

    def __init__(self, sheet: Sheet, wires: int) -> None:
        pins = list(sheet.pins.values())
        rails = [rail for ones in sheet.rails.values() for rail in ones]
        beside = [side for box in sheet.boxes for side in ((box.x, -1), (box.right, 1))]
        outside = [sheet.width + TRACK * track for track in range(1, wires + 1)]
        self.xs = _lines(
            beside, BESIDE, [*(x for x, _y in pins), *(end[0] for _start, end in rails), *outside]
        )
        between = [side for box in sheet.boxes for side in ((box.y, -1), (box.bottom, 1))]
        between += [
            *((label.area[3], 1) for label in sheet.labels),
            *((start[1], -1) for start, _end in rails),
        ]
        fixed = [*(y for _x, y in pins), *(start[1] for start, _end in rails)]
        written = {(label.area[1], label.area[3]) for label in sheet.labels}
        self.ys = [
            y
            for y in _lines(between, min(wires, BELOW), fixed)
            if y in fixed or not any(top < y < bottom for top, bottom in written)
        ]
        self.blocked: Set[Spot] = set()
        self.worse: Dict[Spot, float] = {}
        self.prices: Dict[Piece, float] = {}
        for box in sheet.boxes:
            self.blocked.update(self._within(box.x, box.y, box.right, box.bottom))
            self._bar((box.x, box.y, box.right, box.bottom), math.inf)
            self._spoil(
                (box.x - _NEAR, box.y - _NEAR, box.right + _NEAR, box.bottom + _NEAR), _CROSSING
            )
        for start, end in rails:
            self._spoil(
                (start[0] - _NEAR, start[1] - _NEAR, end[0] + _NEAR, end[1] + _NEAR), _LABEL
            )
        for label in sheet.labels:
            self._bar(label.area, _LABEL)
        for wire in sheet.wires:
            for start, end in zip(wire.points, wire.points[1:]):
                self._bar((*map(min, start, end), *map(max, start, end)), _CROSSING)  # type: ignore[arg-type]
                self.take(list(self._within(*map(min, start, end), *map(max, start, end))))

    def _spoil(self, area: Area, price: float) -> None:
        """No good place to be."""
        for spot in self._within(*area):
            self.worse[spot] = self.worse.get(spot, 0) + price

    def _bar(self, area: Area, price: float) -> None:
        """No good place to pass through, from one line to the next."""
        left, top, right, bottom = area
        columns, rows = _between(self.xs, left, right), _between(self.ys, top, bottom)
        for column in range(bisect_left(self.xs, left), bisect_right(self.xs, right)):
            for row in rows:
                self._raise(((column, row), (column, row + 1)), price)
        for row in range(bisect_left(self.ys, top), bisect_right(self.ys, bottom)):
            for column in columns:
                self._raise(((column, row), (column + 1, row)), price)

    def _raise(self, piece: Piece, price: float) -> None:
        for one in (piece, piece[::-1]):
            self.prices[one] = self.prices.get(one, 0) + price

    def _within(self, left: float, top: float, right: float, bottom: float) -> Iterator[Spot]:
        columns = range(bisect_left(self.xs, left), bisect_right(self.xs, right))
        rows = range(bisect_left(self.ys, top), bisect_right(self.ys, bottom))
        return ((column, row) for column in columns for row in rows)

    def spots(self, start: Point, end: Point) -> FrozenSet[Spot]:
        return frozenset(self._within(start[0], start[1], end[0], end[1]))

    def take(self, spots: List[Spot]) -> None:
        """A wire runs there now."""
        for one, other in zip(spots, spots[1:]):
            self._raise((one, other), _SHARED)
        for spot in spots:
            self.worse[spot] = self.worse.get(spot, 0) + _CROSSING

    def point(self, spot: Spot) -> Point:
        return (self.xs[spot[0]], self.ys[spot[1]])

    def steps(self, spot: Spot, targets: FrozenSet[Spot]) -> Iterator[Tuple[Spot, float]]:
        column, row = spot
        x, y = self.point(spot)
        for other in ((column - 1, row), (column + 1, row), (column, row - 1), (column, row + 1)):
            if not (0 <= other[0] < len(self.xs) and 0 <= other[1] < len(self.ys)):
                continue
            length = abs(self.xs[other[0]] - x) + abs(self.ys[other[1]] - y)
            if other in targets:
                if other[0] == column:
                    yield other, length + self.prices.get((spot, other), 0)
            elif other not in self.blocked:
                yield other, length + self.prices.get((spot, other), 0) + self.worse.get(other, 0)

    def estimate(self, targets: FrozenSet[Spot]) -> Callable[[Spot], float]:
        """What is left to go from a spot at the least."""
        xs, ys = (
            [self.xs[column] for column, _row in targets],
            [self.ys[row] for _column, row in targets],
        )
        left, right, top, bottom = min(xs), max(xs), min(ys), max(ys)
        return lambda spot: (
            max(left - self.xs[spot[0]], self.xs[spot[0]] - right, 0)
            + max(top - self.ys[spot[1]], self.ys[spot[1]] - bottom, 0)
        )


def _between(lines: List[float], low: float, high: float) -> range:
    """The numbers of those lines from which to the next one an interval is met."""
    return range(
        max(bisect_right(lines, low) - 1, 0), min(bisect_left(lines, high), len(lines) - 1)
    )


def _lines(edges: Iterable[Tuple[float, int]], tracks: int, fixed: Iterable[float]) -> List[float]:
    """Beside every edge, on its outer side, where there is room, and where wires begin and end."""
    kept = sorted(set(fixed))
    for track in range(1, tracks + 1):
        for line in sorted({edge + side * TRACK * track for edge, side in edges}):
            at = bisect_left(kept, line)
            if all(abs(other - line) >= TRACK - 2 for other in kept[max(at - 1, 0) : at + 1]):
                kept.insert(at, line)
    return kept


def _find_way(ground: _Ground, starts: FrozenSet[Spot], targets: FrozenSet[Spot]) -> List[Spot]:
    """The best way, or none. From a pin or a rail a wire leaves upright, and so it arrives."""
    if not starts or not targets:
        return []
    left = ground.estimate(targets)
    best: Dict[Tuple[Spot, bool], float] = {(spot, True): 0.0 for spot in starts}
    came: Dict[Tuple[Spot, bool], Tuple[Spot, bool]] = {}
    waiting = [(left(spot), 0.0, spot, True) for spot in sorted(starts)]
    heapq.heapify(waiting)
    while waiting:
        _least, cost, spot, upright = heapq.heappop(waiting)
        if spot in targets:
            return _walk_back(came, (spot, upright))
        if cost > best[spot, upright]:
            continue
        for other, price in ground.steps(spot, targets):
            goes_upright = other[0] == spot[0]
            turned = 0.0 if goes_upright == upright else _CORNER
            if other in starts or (turned and spot in starts):
                continue
            total = cost + price + turned
            if total < best.get((other, goes_upright), math.inf):
                best[other, goes_upright] = total
                came[other, goes_upright] = (spot, upright)
                heapq.heappush(waiting, (total + left(other), total, other, goes_upright))
    return []


def _walk_back(
    came: Dict[Tuple[Spot, bool], Tuple[Spot, bool]], last: Tuple[Spot, bool]
) -> List[Spot]:
    way = [last]
    while way[-1] in came:
        way.append(came[way[-1]])
    return [spot for spot, _upright in reversed(way)]


def _corners(points: List[Point]) -> Tuple[Point, ...]:
    """Without the points that lie on a straight piece."""
    threes = zip(points, points[1:], points[2:])
    kept = [
        point
        for before, point, after in threes
        if not (before[0] == point[0] == after[0] or before[1] == point[1] == after[1])
    ]
    return (points[0], *kept, points[-1])


def _spots_of(
    ground: _Ground, wiring: Diagram, sheet: Sheet, cable: VethPair, end: Interface
) -> FrozenSet[Spot]:
    """Where a cable may begin: at its pin, or anywhere on the rail of its bridge."""
    hub = hub_of(wiring, cable, end)
    if hub is None:
        pin = sheet.pins[id(cable), end.place]
        return ground.spots(pin, pin)
    return frozenset(
        spot for start, stop in sheet.rails.get(hub.key, ()) for spot in ground.spots(start, stop)
    )


def route_extras(wiring: Diagram, forest: Forest, sheet: Sheet) -> None:
    """Draw them onto the sheet."""
    if not 0 < len(forest.extras) <= MOST_ROUTED:
        return
    ground = _Ground(sheet, len(forest.extras))
    for cable in forest.extras:
        starts, targets = (_spots_of(ground, wiring, sheet, cable, end) for end in cable.ends)
        way = _find_way(ground, starts, targets)
        if way:
            ground.take(way)
            role = "cable" if cable.kind == "veth" else "link"
            sheet.wires.append(
                Wire(
                    _corners([ground.point(spot) for spot in way]),
                    role,
                    describe_veth_pair(cable),
                    not cable.up,
                )
            )
            sheet.reach(
                max(x for x, _y in sheet.wires[-1].points),
                max(y for _x, y in sheet.wires[-1].points),
            )
