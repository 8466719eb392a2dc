# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A picture as SVG that needs nothing besides: no script, no font, no other file. Pure."""

from __future__ import annotations

import math
from typing import Iterator, List, Sequence
from xml.sax.saxutils import escape

from ..box_text import Line, shorten
from ..model import Diagram
from ..tree import grow_forest
from .canvas import LARGE, LINE, NORMAL, PAD, Box, Label, Sheet, Wire, measure, shelve
from .layout import COLUMN, LONGEST, Layout
from .routing import route_extras

_EDGE = 16.0

_STYLE = """
text { font-family: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, "Liberation Mono", monospace; font-size: 11px; fill: #1f2328; }
.size10 { font-size: 10px; fill: #57606a; }
.title { font-size: 13px; font-weight: bold; }
.paper { fill: #ffffff; }
.box { fill: #f6f8fa; stroke: #57606a; stroke-width: 1.2; }
.host .box { fill: #ddf4ff; stroke: #0969da; }
.port .box { fill: none; stroke-dasharray: 3 3; }
.frame { fill: none; stroke: #8c959f; stroke-dasharray: 5 4; }
.wire { fill: none; stroke: #57606a; stroke-width: 1.4; }
.rail { stroke: #0969da; stroke-width: 4; stroke-linecap: round; }
.parent { stroke: #57606a; stroke-width: 3; stroke-linecap: round; }
.link { stroke-dasharray: 5 3; }
.hub { fill: #0550ae; }
.route { fill: #57606a; }
.nat { fill: #8250df; }
.halo { paint-order: stroke; stroke: #ffffff; stroke-width: 3px; stroke-linejoin: round; }
text.down { fill: #cf222e; font-weight: bold; }
.wire.down { stroke: #cf222e; stroke-dasharray: 6 3; }
.faulty .box { stroke: #cf222e; }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3; }
  .size10, .route { fill: #9198a1; }
  .paper { fill: #0d1117; }
  .halo { stroke: #0d1117; }
  .box { fill: #161b22; stroke: #9198a1; }
  .host .box { fill: #11233f; stroke: #58a6ff; }
  .wire, .parent { stroke: #9198a1; }
  .rail { stroke: #58a6ff; }
  .hub { fill: #79c0ff; }
  .nat { fill: #d2a8ff; }
  text.down { fill: #ff7b72; }
  .wire.down, .faulty .box { stroke: #ff7b72; }
}
"""


def _number(value: float) -> str:
    return f"{value:.1f}".rstrip("0").rstrip(".")


def _text(x: float, y: float, text: str, style: str, to_left: bool = False) -> str:
    anchor = ' text-anchor="end"' if to_left else ""
    return f'<text x="{_number(x)}" y="{_number(y)}" class="{style}"{anchor}>{escape(text)}</text>'


def _line(box: Box, text: str, y: float, style: str) -> str:
    inside = text.lstrip()
    return _text(box.x + PAD + measure(text[: len(text) - len(inside)]), y, inside, style)


def _describe_box(box: Box) -> str:
    return "\n".join([box.title.text, *(line.text for line in box.lines)])


def _draw_box(box: Box) -> Iterator[str]:
    faulty = " faulty" if any(line.role == "down" for line in (box.title, *box.lines)) else ""
    yield f'<g class="{box.role}{faulty}">'
    yield f"<title>{escape(_describe_box(box))}</title>"
    yield f'<rect x="{_number(box.x)}" y="{_number(box.y)}" width="{_number(box.width)}" height="{_number(box.height)}" rx="5" class="box"/>'
    yield _line(
        box,
        shorten(box.title.text, LONGEST),
        box.y + PAD + LARGE - 3,
        f"title {box.title.role}".strip(),
    )
    for index, line in enumerate(box.lines, 1):
        yield _line(
            box, line.text, box.y + PAD + LARGE + LINE * index - 3, line.role or "interface"
        )
    yield "</g>"


def _draw_wire(wire: Wire) -> str:
    points = " ".join(f"{_number(x)},{_number(y)}" for x, y in wire.points)
    style = f"wire {wire.role}{' down' if wire.down else ''}"
    return (
        f'<polyline points="{points}" class="{style}"><title>{escape(wire.tip)}</title></polyline>'
    )


def _draw_label(label: Label) -> str:
    style = " ".join(
        word
        for word in ("halo", "" if label.size == NORMAL else f"size{label.size:.0f}", label.role)
        if word
    )
    return _text(label.x, label.y, label.text, style, to_left=label.to_left)


def _sheet(wiring: Diagram, framed: bool) -> Sheet:
    """One machine, with a frame around it where there are others."""
    forest = grow_forest(wiring)
    sheet = Layout(wiring, forest).lay_out()
    route_extras(wiring, forest, sheet)
    if not framed:
        return sheet
    whole = Sheet()
    whole.paste(sheet, _EDGE, _EDGE)
    whole.reach(sheet.width + 2 * _EDGE, sheet.height + 2 * _EDGE)
    whole.frames.append(Box(0, 0, whole.width, whole.height, "frame", Line(wiring.name)))
    return whole


def draw_svg(machines: Sequence[Diagram]) -> str:
    """All machines side by side."""
    sheets = [_sheet(machine, len(machines) > 1) for machine in machines]
    area = sum(sheet.width * sheet.height for sheet in sheets)
    sheet = shelve(sheets, max([math.sqrt(area * 1.6), *(one.width for one in sheets)]), COLUMN)
    name = ", ".join(machine.name for machine in machines)
    width, height = math.ceil(sheet.width + 2 * _EDGE), math.ceil(sheet.height + 2 * _EDGE)
    lines: List[str] = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" role="img" aria-labelledby="name">',
        f'<title id="name">Network namespaces of {escape(name)}</title>',
        f"<style>{_STYLE}</style>",
        f'<rect class="paper" width="{width}" height="{height}"/>',
        f'<g transform="translate({_number(_EDGE)} {_number(_EDGE)})">',
    ]
    for frame in sheet.frames:
        lines += [
            f'<rect x="{_number(frame.x)}" y="{_number(frame.y)}" width="{_number(frame.width)}" height="{_number(frame.height)}" rx="8" class="frame"/>'
        ]
    lines += map(_draw_wire, sheet.wires)
    for box in sheet.boxes:
        lines += _draw_box(box)
    lines += map(_draw_label, sheet.labels)
    return "\n".join([*lines, "</g>", "</svg>"]) + "\n"
