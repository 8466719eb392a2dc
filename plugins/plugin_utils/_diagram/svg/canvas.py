# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a drawing consists of: boxes, lines and labels. Pure.

Lengths are in pixels, and y grows downwards.
"""

from __future__ import annotations

import math
import unicodedata
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ansible_collections.redblue.netns.plugins.module_utils._model.links import LinkRef

    from ..box_text import TextLine
    from ..model import NetnsName

Point = tuple[float, float]

Area = tuple[float, float, float, float]
"""Left, top, right, bottom."""

SMALL, NORMAL, LARGE = 10.0, 11.0, 13.0
"""Font sizes."""

LINE_HEIGHT = 15.0
PADDING = 9.0

_LETTER_WIDTH = 0.62
"""Relative to the font size: that of the widest monospace font that a browser may choose.

DejaVu Sans Mono and Menlo 0.602, SF Mono 0.617, Consolas 0.55.
"""


def measure(text: str, size: float = NORMAL) -> float:
    """The width of a text, in whole pixels. East Asian letters are twice as wide as others."""
    columns = sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)
    return float(math.ceil(columns * size * _LETTER_WIDTH))


@dataclass(frozen=True)
class Box:
    """The box of a namespace, of a port, or the frame of a machine. ``role`` sets its color."""

    x: float
    y: float
    width: float
    height: float
    role: str
    title: TextLine
    lines: tuple[TextLine, ...] = ()

    @property
    def right(self) -> float:
        return self.x + self.width

    @property
    def bottom(self) -> float:
        return self.y + self.height


@dataclass(frozen=True)
class Line:
    """A line through the points. ``tooltip`` says what it is."""

    points: tuple[Point, ...]
    role: str
    tooltip: str
    down: bool = False


@dataclass(frozen=True)
class Label:
    """A text beside a line. ``x`` is its left side, or its right side if ``align_right``."""

    x: float
    y: float
    text: str
    role: str = ""
    size: float = SMALL
    align_right: bool = False

    @property
    def area(self) -> Area:
        width = measure(self.text, self.size)
        left = self.x - width if self.align_right else self.x
        return (left, self.y - self.size, left + width, self.y + 3)


@dataclass
class Canvas:
    """A drawing, or a part of one. The upper left corner is at (0, 0).

    ``bus_lines`` are the ends of the lines of each bus, the left one first. ``anchors`` are the
    points at boxes where cross connections begin, by the connection's identity and the namespace.
    """

    width: float = 0
    height: float = 0
    boxes: list[Box] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    labels: list[Label] = field(default_factory=list)
    frames: list[Box] = field(default_factory=list)
    bus_lines: dict[LinkRef, list[tuple[Point, Point]]] = field(default_factory=dict)
    anchors: dict[tuple[int, NetnsName], Point] = field(default_factory=dict)

    def add_box(self, box: Box, index: int | None = None) -> Box:
        """Add a box at an index of the list. Screen readers read the boxes in this order."""
        self.boxes.insert(len(self.boxes) if index is None else index, box)
        self.extend_to(box.right, box.bottom)
        return box

    def add_label(self, label: Label) -> Label:
        self.labels.append(label)
        self.extend_to(*label.area[2:])
        return label

    def extend_to(self, x: float, y: float) -> None:
        """Make the canvas at least so wide and high."""
        self.width, self.height = max(self.width, x), max(self.height, y)

    def paste(self, other: Canvas, x: float, y: float) -> None:
        """Copy another canvas onto this one, its upper left corner to (x, y)."""

        def move(point: Point) -> Point:
            return (point[0] + x, point[1] + y)

        self.boxes += [replace(box, x=box.x + x, y=box.y + y) for box in other.boxes]
        self.frames += [replace(box, x=box.x + x, y=box.y + y) for box in other.frames]
        self.lines += [replace(line, points=tuple(map(move, line.points))) for line in other.lines]
        self.labels += [replace(label, x=label.x + x, y=label.y + y) for label in other.labels]
        for bus, lines in other.bus_lines.items():
            self.bus_lines.setdefault(bus, []).extend(
                (move(start), move(end)) for start, end in lines
            )
        self.anchors.update({key: move(point) for key, point in other.anchors.items()})
        self.extend_to(x + other.width, y + other.height)


def arrange(parts: list[Canvas], widest: float, gap: float) -> Canvas:
    """The parts from left to right, in several rows if they would be wider than ``widest``."""
    whole = Canvas()
    x = y = 0.0
    for part in parts:
        if x and x + part.width > widest:
            x, y = 0.0, whole.height + gap
        whole.paste(part, x, y)
        x += part.width + gap
    return whole
