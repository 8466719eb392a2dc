# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The cables that are left when all places hang where they belong find their way between the boxes. Pure."""

from __future__ import annotations

import heapq
from bisect import bisect_left, bisect_right
from typing import Dict, FrozenSet, Iterable, Iterator, List, Set, Tuple

from ._picture_layout import TRACK, TRACKS
from ._picture_sheet import Point, Sheet, Wire
from ._picture_tree import Forest, hub_of
from ._wiring import Cable, Interface, Wiring
from ._wiring_say import say_cable

_CORNER, _CROSSING, _LABEL, _SHARED = 40.0, 20.0, 120.0, 1000.0
"""What is as bad as a way of so many pixels: a corner, to cross a wire, to cross a label, to run upon another wire."""

_NEAR = TRACK - 1
"""Nearer to a box no wire should run."""

Spot = Tuple[int, int]
Piece = Tuple[Spot, Spot]


class _Ground:
    """The lines on which wires may run, and what stands in their way."""

    def __init__(self, sheet: Sheet) -> None:
        pins = list(sheet.pins.values())
        rails = [rail for ones in sheet.rails.values() for rail in ones]
        middles = [(label.area[0] + label.area[2]) // 2 for label in sheet.labels]
        self.xs = _lines([edge for box in sheet.boxes for edge in (box.x, box.right)], [*(x for x, _y in pins), *(end[0] for _start, end in rails), *middles])
        below = [label.area[3] for label in sheet.labels]
        self.ys = _lines([edge for box in sheet.boxes for edge in (box.y, box.bottom)] + below, [*(y for _x, y in pins), *(start[1] for start, _end in rails)])
        self.blocked: Set[Spot] = set()
        self.worse: Dict[Spot, float] = {}
        self.taken: Set[Piece] = set()
        for box in sheet.boxes:
            self.blocked.update(self._within(box.x, box.y, box.right, box.bottom))
            self._spoil((box.x - _NEAR, box.y - _NEAR, box.right + _NEAR, box.bottom + _NEAR), _CROSSING)
        for start, end in rails:
            self._spoil((start[0] - _NEAR, start[1] - _NEAR, end[0] + _NEAR, end[1] + _NEAR), _LABEL)
        for label in sheet.labels:
            self._spoil(label.area, _LABEL)
        for wire in sheet.wires:
            for start, end in zip(wire.points, wire.points[1:]):
                self.take(list(self._within(*map(min, start, end), *map(max, start, end))))

    def _spoil(self, area: Tuple[float, float, float, float], price: float) -> None:
        for spot in self._within(*area):
            self.worse[spot] = self.worse.get(spot, 0) + price

    def _within(self, left: float, top: float, right: float, bottom: float) -> Iterator[Spot]:
        columns = range(bisect_left(self.xs, left), bisect_right(self.xs, right))
        rows = range(bisect_left(self.ys, top), bisect_right(self.ys, bottom))
        return ((column, row) for column in columns for row in rows)

    def spots(self, start: Point, end: Point) -> FrozenSet[Spot]:
        return frozenset(self._within(start[0], start[1], end[0], end[1]))

    def take(self, spots: List[Spot]) -> None:
        """A wire runs there now."""
        for one, other in zip(spots, spots[1:]):
            self.taken |= {(one, other), (other, one)}
        for spot in spots:
            self.worse[spot] = self.worse.get(spot, 0) + _CROSSING

    def point(self, spot: Spot) -> Point:
        return (self.xs[spot[0]], self.ys[spot[1]])

    def length(self, one: Spot, other: Spot) -> float:
        return abs(self.xs[one[0]] - self.xs[other[0]]) + abs(self.ys[one[1]] - self.ys[other[1]])

    def steps(self, spot: Spot, targets: FrozenSet[Spot]) -> Iterator[Tuple[Spot, float]]:
        column, row = spot
        for other in ((column - 1, row), (column + 1, row), (column, row - 1), (column, row + 1)):
            if 0 <= other[0] < len(self.xs) and 0 <= other[1] < len(self.ys) and (other in targets or other not in self.blocked):
                shared = _SHARED if (spot, other) in self.taken else 0
                yield other, self.length(spot, other) + shared + (0 if other in targets else self.worse.get(other, 0))


def _lines(edges: Iterable[float], fixed: Iterable[float]) -> List[float]:
    """Beside every edge, where there is room, and where wires begin and end."""
    kept = sorted(set(fixed))
    for track in range(1, TRACKS + 1):
        for line in sorted({edge + sign * TRACK * track for edge in edges for sign in (-1, 1)}):
            at = bisect_left(kept, line)
            if all(abs(other - line) >= TRACK - 2 for other in kept[max(at - 1, 0):at + 1]):
                kept.insert(at, line)
    return kept


def _find_way(ground: _Ground, starts: FrozenSet[Spot], targets: FrozenSet[Spot]) -> List[Spot]:
    """The best way, or none."""
    best: Dict[Tuple[Spot, bool], float] = {}
    came: Dict[Tuple[Spot, bool], Tuple[Spot, bool]] = {}
    # From a pin or a rail a wire leaves upright.
    waiting: List[Tuple[float, Spot, bool]] = [(0.0, spot, True) for spot in sorted(starts)]
    for cost, spot, upright in waiting:
        best[spot, upright] = cost
    heapq.heapify(waiting)
    while waiting:
        cost, spot, upright = heapq.heappop(waiting)
        if spot in targets and upright and spot not in starts:
            return _walk_back(came, (spot, upright))
        if cost > best[spot, upright]:
            continue
        for other, price in ground.steps(spot, targets):
            goes_upright = other[0] == spot[0]
            turned = 0 if goes_upright == upright else _CORNER
            if turned and spot in starts:
                continue
            total = cost + price + turned
            if total < best.get((other, goes_upright), float("inf")):
                best[other, goes_upright] = total
                came[other, goes_upright] = (spot, upright)
                heapq.heappush(waiting, (total, other, goes_upright))
    return []


def _walk_back(came: Dict[Tuple[Spot, bool], Tuple[Spot, bool]], last: Tuple[Spot, bool]) -> List[Spot]:
    way = [last]
    while way[-1] in came:
        way.append(came[way[-1]])
    return [spot for spot, _upright in reversed(way)]


def _corners(points: List[Point]) -> Tuple[Point, ...]:
    """Without the points that lie on a straight piece."""
    threes = zip(points, points[1:], points[2:])
    kept = [point for before, point, after in threes if not (before[0] == point[0] == after[0] or before[1] == point[1] == after[1])]
    return (points[0], *kept, points[-1])


def _spots_of(ground: _Ground, wiring: Wiring, sheet: Sheet, cable: Cable, end: Interface) -> FrozenSet[Spot]:
    """Where a cable may begin: at its pin, or anywhere on the rail of its bridge."""
    hub = hub_of(wiring, cable, end)
    if hub is None:
        pin = sheet.pins[id(cable), end.place]
        return ground.spots(pin, pin)
    return frozenset(spot for start, stop in sheet.rails.get(hub.key, ()) for spot in ground.spots(start, stop))


def route_extras(wiring: Wiring, forest: Forest, sheet: Sheet) -> None:
    """Draw them onto the sheet."""
    if not forest.extras:
        return
    ground = _Ground(sheet)
    for cable in forest.extras:
        starts, targets = (_spots_of(ground, wiring, sheet, cable, end) for end in cable.ends)
        way = _find_way(ground, starts, targets)
        if way:
            ground.take(way)
            role = "cable" if cable.kind == "veth" else "link"
            sheet.wires.append(Wire(_corners([ground.point(spot) for spot in way]), role, say_cable(cable), not cable.up))
            sheet.reach(max(x for x, _y in sheet.wires[-1].points), max(y for _x, y in sheet.wires[-1].points))
