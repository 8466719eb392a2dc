# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What lies on a drawing, and where: boxes, wires, labels. Lengths are pixels, y grows downwards. Pure."""

from __future__ import annotations

import math
import unicodedata
from dataclasses import dataclass, field, replace
from typing import Dict, List, Optional, Tuple

from ..box_text import Line
from ..model import Key, Place

Point = Tuple[float, float]

SMALL, NORMAL, LARGE = 10.0, 11.0, 13.0
"""Sizes of letters."""

LINE = 15.0
PAD = 9.0

_ADVANCE = 0.62
"""Of a letter, in its size: the widest of the fixed-width fonts that browsers take (DejaVu Sans Mono and Menlo 0.602, SF Mono 0.617, Consolas 0.55)."""


def measure(text: str, size: float = NORMAL) -> float:
    """The width of a text, in whole pixels. Letters of East Asia take two places."""
    return float(
        math.ceil(
            sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)
            * size
            * _ADVANCE
        )
    )


@dataclass(frozen=True)
class Box:
    """A place, or a port that leads to nothing in sight."""

    x: float
    y: float
    width: float
    height: float
    role: str
    title: Line
    lines: Tuple[Line, ...] = ()

    @property
    def right(self) -> float:
        return self.x + self.width

    @property
    def bottom(self) -> float:
        return self.y + self.height


@dataclass(frozen=True)
class Wire:
    """A line of straight pieces. ``tip`` says in words what it is."""

    points: Tuple[Point, ...]
    role: str
    tip: str
    down: bool = False


@dataclass(frozen=True)
class Label:
    """A text beside a wire; x is its left side, or its right one where ``to_left``."""

    x: float
    y: float
    text: str
    role: str = ""
    size: float = SMALL
    to_left: bool = False

    @property
    def area(self) -> Tuple[float, float, float, float]:
        """Left, top, right, bottom."""
        width = measure(self.text, self.size)
        left = self.x - width if self.to_left else self.x
        return (left, self.y - self.size, left + width, self.y + 3)


@dataclass
class Sheet:
    """A part of a drawing, its upper left corner at 0, 0."""

    width: float = 0
    height: float = 0
    boxes: List[Box] = field(default_factory=list)
    wires: List[Wire] = field(default_factory=list)
    labels: List[Label] = field(default_factory=list)
    frames: List[Box] = field(default_factory=list)
    rails: Dict[Key, List[Tuple[Point, Point]]] = field(default_factory=dict)
    pins: Dict[Tuple[int, Place], Point] = field(default_factory=dict)

    def add(self, box: Box, before: Optional[int] = None) -> Box:
        """Before those that hang on it: that is the order in which it is read aloud."""
        self.boxes.insert(len(self.boxes) if before is None else before, box)
        self.reach(box.right, box.bottom)
        return box

    def write(self, label: Label) -> Label:
        self.labels.append(label)
        self.reach(*label.area[2:])
        return label

    def reach(self, x: float, y: float) -> None:
        self.width, self.height = max(self.width, x), max(self.height, y)

    def paste(self, other: Sheet, x: float, y: float) -> None:
        """Lay another sheet onto this one."""

        def moved(point: Point) -> Point:
            return (point[0] + x, point[1] + y)

        self.boxes += [replace(box, x=box.x + x, y=box.y + y) for box in other.boxes]
        self.frames += [replace(box, x=box.x + x, y=box.y + y) for box in other.frames]
        self.wires += [replace(wire, points=tuple(map(moved, wire.points))) for wire in other.wires]
        self.labels += [replace(label, x=label.x + x, y=label.y + y) for label in other.labels]
        for key, rails in other.rails.items():
            self.rails.setdefault(key, []).extend(
                (moved(start), moved(end)) for start, end in rails
            )
        self.pins.update({key: moved(point) for key, point in other.pins.items()})
        self.reach(x + other.width, y + other.height)


def shelve(sheets: List[Sheet], most: float, gap: float) -> Sheet:
    """Side by side, and below each other where they get wider than that together."""
    whole = Sheet()
    x = y = 0.0
    for sheet in sheets:
        if x and x + sheet.width > most:
            x, y = 0.0, whole.height + gap
        whole.paste(sheet, x, y)
        x += sheet.width + gap
    return whole
