# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A drawing as an SVG document that needs nothing else: no script, no font, no other file. Pure."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from ..box_text import TextLine, shorten
from ..tree import build_forest
from .boxes import LONGEST_LINE
from .canvas import LARGE, LINE_HEIGHT, NORMAL, PADDING, Box, Canvas, Label, Line, arrange, measure
from .cross_connections import COLUMN_GAP
from .layout import Layout
from .routing import route_cross_connections

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ..model import Diagram

_BORDER = 16.0
"""Around the drawing and within the frame of a machine."""

_ASPECT = 1.6
"""The width of a drawing of several machines in relation to its height."""

_STYLE = """
text {
  font-family: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, "Liberation Mono", monospace;
  font-size: 11px; fill: #1f2328;
}
.size10 { font-size: 10px; fill: #57606a; }
.title { font-size: 13px; font-weight: bold; }
.paper { fill: #ffffff; }
.box { fill: #f6f8fa; stroke: #57606a; stroke-width: 1.2; }
.host .box { fill: #ddf4ff; stroke: #0969da; }
.port .box { fill: none; stroke-dasharray: 3 3; }
.frame { fill: none; stroke: #8c959f; stroke-dasharray: 5 4; }
.line { fill: none; stroke: #57606a; stroke-width: 1.4; }
polyline.bus { stroke: #0969da; stroke-width: 4; stroke-linecap: round; }
.parent { stroke: #57606a; stroke-width: 3; stroke-linecap: round; }
.link { stroke-dasharray: 5 3; }
text.bus { fill: #0550ae; }
.route { fill: #57606a; }
.nat { fill: #8250df; }
.halo { paint-order: stroke; stroke: #ffffff; stroke-width: 3px; stroke-linejoin: round; }
text.down { fill: #cf222e; font-weight: bold; }
.line.down { stroke: #cf222e; stroke-dasharray: 6 3; }
.faulty .box { stroke: #cf222e; }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3; }
  .size10, .route { fill: #9198a1; }
  .paper { fill: #0d1117; }
  .halo { stroke: #0d1117; }
  .box { fill: #161b22; stroke: #9198a1; }
  .host .box { fill: #11233f; stroke: #58a6ff; }
  .line, .parent { stroke: #9198a1; }
  polyline.bus { stroke: #58a6ff; }
  text.bus { fill: #79c0ff; }
  .nat { fill: #d2a8ff; }
  text.down { fill: #ff7b72; }
  .line.down, .faulty .box { stroke: #ff7b72; }
}
"""


def _number(value: float) -> str:
    return f"{value:.1f}".rstrip("0").rstrip(".")


def _text(x: float, y: float, text: str, style: str, align_right: bool = False) -> str:
    anchor = ' text-anchor="end"' if align_right else ""
    return f'<text x="{_number(x)}" y="{_number(y)}" class="{style}"{anchor}>{escape(text)}</text>'


def _rectangle(box: Box, radius: int, style: str) -> str:
    x, y, width, height = map(_number, (box.x, box.y, box.width, box.height))
    return (
        f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="{radius}" class="{style}"/>'
    )


def _box_line(box: Box, text: str, y: float, style: str) -> str:
    """A line of a box. SVG ignores spaces at its beginning, so it is moved instead."""
    indented = text.lstrip()
    indent = measure(text[: len(text) - len(indented)])
    return _text(box.x + PADDING + indent, y, indented, style)


def _draw_box(box: Box) -> Iterator[str]:
    lines = (box.title, *box.lines)
    faulty = " faulty" if any(line.role == "down" for line in lines) else ""
    tooltip = "\n".join(line.text for line in lines)
    yield f'<g class="{box.role}{faulty}">'
    yield f"<title>{escape(tooltip)}</title>"
    yield _rectangle(box, 5, "box")
    y = box.y + PADDING + LARGE - 3
    title = shorten(box.title.text, LONGEST_LINE)
    yield _box_line(box, title, y, f"title {box.title.role}".strip())
    for number, line in enumerate(box.lines, 1):
        yield _box_line(box, line.text, y + LINE_HEIGHT * number, line.role or "interface")
    yield "</g>"


def _draw_line(line: Line) -> str:
    points = " ".join(f"{_number(x)},{_number(y)}" for x, y in line.points)
    style = f"line {line.role}{' down' if line.down else ''}"
    tooltip = f"<title>{escape(line.tooltip)}</title>"
    return f'<polyline points="{points}" class="{style}">{tooltip}</polyline>'


def _draw_label(label: Label) -> str:
    size = "" if label.size == NORMAL else f"size{label.size:.0f}"
    style = " ".join(word for word in ("halo", size, label.role) if word)
    return _text(label.x, label.y, label.text, style, label.align_right)


def _draw_machine(diagram: Diagram, framed: bool) -> Canvas:
    """One machine, with a frame around it if there are others."""
    forest = build_forest(diagram)
    canvas = Layout(diagram, forest).draw()
    route_cross_connections(diagram, forest, canvas)
    if not framed:
        return canvas
    whole = Canvas()
    whole.paste(canvas, _BORDER, _BORDER)
    whole.extend_to(canvas.width + 2 * _BORDER, canvas.height + 2 * _BORDER)
    whole.frames.append(Box(0, 0, whole.width, whole.height, "frame", TextLine(diagram.name)))
    return whole


def draw_svg(machines: Sequence[Diagram]) -> str:
    """All machines side by side."""
    parts = [_draw_machine(machine, len(machines) > 1) for machine in machines]
    area = sum(part.width * part.height for part in parts)
    widest = max([math.sqrt(area * _ASPECT), *(part.width for part in parts)])
    canvas = arrange(parts, widest, COLUMN_GAP)
    names = escape(", ".join(machine.name for machine in machines))
    width, height = math.ceil(canvas.width + 2 * _BORDER), math.ceil(canvas.height + 2 * _BORDER)
    size = f'width="{width}" height="{height}"'
    lines: list[str] = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} viewBox="0 0 {width} {height}"'
        ' role="img" aria-labelledby="name">',
        f'<title id="name">Network namespaces of {names}</title>',
        f"<style>{_STYLE}</style>",
        f'<rect class="paper" {size}/>',
        f'<g transform="translate({_number(_BORDER)} {_number(_BORDER)})">',
    ]
    lines += [_rectangle(frame, 8, "frame") for frame in canvas.frames]
    lines += map(_draw_line, canvas.lines)
    for box in canvas.boxes:
        lines += _draw_box(box)
    lines += map(_draw_label, canvas.labels)
    return "\n".join([*lines, "</g>", "</svg>"]) + "\n"
