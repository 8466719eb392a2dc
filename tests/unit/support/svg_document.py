# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An SVG as its reader sees it: boxes, lines and labels."""

from __future__ import annotations

from dataclasses import dataclass
from xml.etree import ElementTree

SVG = "{http://www.w3.org/2000/svg}"


WIDEST = 0.62
"""The width of a letter in relation to the font size; see canvas.py."""


@dataclass(frozen=True)
class Area:
    """A rectangle with what is in it."""

    left: float
    top: float
    right: float
    bottom: float
    text: str

    def overlaps(self, other: Area, by: float = 0) -> bool:
        return (
            self.left < other.right - by
            and other.left < self.right - by
            and self.top < other.bottom - by
            and other.top < self.bottom - by
        )


class Drawing:
    """The boxes, lines and labels of an SVG."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.root = ElementTree.fromstring(text)
        canvas = self.root.find(f"{SVG}g")
        assert canvas is not None
        groups = canvas.findall(f"{SVG}g")
        self.boxes = [
            (self._rectangle(group), [self._text(text) for text in group.findall(f"{SVG}text")])
            for group in groups
        ]
        self.frames = [self._area(element) for element in canvas.findall(f"{SVG}rect")]
        self.labels = [self._text(element) for element in canvas.findall(f"{SVG}text")]
        self.lines = [
            (
                [
                    tuple(map(float, point.split(",")))
                    for point in element.get("points", "").split()
                ],
                element.get("class", ""),
                element.findtext(f"{SVG}title"),
            )
            for element in canvas.findall(f"{SVG}polyline")
        ]
        self.size = (float(self.root.get("width", 0)) - 32, float(self.root.get("height", 0)) - 32)

    def _rectangle(self, group: ElementTree.Element) -> Area:
        element = group.find(f"{SVG}rect")
        assert element is not None
        return self._area(element)

    def _area(self, element: ElementTree.Element) -> Area:
        x, y, width, height = (
            float(element.get(name, 0)) for name in ("x", "y", "width", "height")
        )
        return Area(x, y, x + width, y + height, element.get("class", ""))

    def _text(self, element: ElementTree.Element) -> Area:
        style = element.get("class", "").split()
        size = 13 if "title" in style else 10 if "size10" in style else 11
        text = element.text or ""
        width = (
            sum(2 if ord(letter) > 0x2E80 and letter != "\ufffd" else 1 for letter in text)
            * size
            * WIDEST
        )
        x, y = float(element.get("x", 0)), float(element.get("y", 0))
        left = x - width if element.get("text-anchor") == "end" else x
        return Area(left, y - size * 0.8, left + width, y + size * 0.25, text)
