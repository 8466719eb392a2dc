# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where everything lies: a place is a box, what hangs on it lies to the right, a bridge is a rail from which its ports drop. Pure."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import FrozenSet, Iterator, List, Sequence, Tuple, Union

from ..box_text import Line, box_lines, cut, describe_hub, fold, forwards_to, shorten
from ..labels import describe_down, describe_interface, describe_kind, describe_veth_pair, words
from ..model import Diagram, Interface, Key, group
from ..tree import Branch, Forest, Node, Plug, hub_of
from .canvas import LARGE, LINE, NORMAL, PAD, SMALL, Box, Label, Point, Sheet, Wire, measure, shelve

COLUMN, ROW = 26.0, 18.0
"""The gaps between boxes."""

TRACK, BESIDE, BELOW = 6.0, 4, 12
"""How far two wires are apart that run side by side, and how many find room beside a box and below it before they share."""

_STEM = 40.0
"""From a box to the first that hangs on it."""

_LETTERS = 13.0
"""What a line of a label takes."""

_PIN = 30.0
"""Between two cables at the left side of a box."""

MOST_ROUTED = 30
"""When more cables are left over, nobody could follow them: they are cut off, and say where they lead."""

_STUB, _LONGEST_WHERE = 34.0, 16

_MARGIN, _TRUNK = 18.0, 12.0
_LEAST = 110.0
_FEW = 3
"""So many stand in one row."""

LONGEST, _LINES, _LINES_OF_HOST = 46, 14, 70
"""More does not stand in a box: letters of a line, lines."""

_BROAD = 1.5
"""How much broader than high a grid should be."""

Cell = Union[Node, Interface]


class Layout:
    """Lays out one machine."""

    def __init__(self, wiring: Diagram, forest: Forest) -> None:
        self.wiring = wiring
        self.forest = forest
        self.drawn: FrozenSet[Key] = frozenset(
            branch.hub.key
            for root in forest.roots
            for branch in _branches(root)
            if branch.hub is not None
        )
        self.forwards = forwards_to(wiring)
        ends = [
            (cable, end, far)
            for cable in forest.extras
            for end, far in (cable.ends, cable.ends[::-1])
        ]
        # Where cables come from elsewhere besides, a rail is so long that they can come straight down on it.
        self.tapped = frozenset(
            hub.key
            for cable, end, _far in ends
            for hub in [hub_of(wiring, cable, end)]
            if hub is not None
        )
        self.stubs = len(forest.extras) > MOST_ROUTED
        self.row = ROW + (0 if self.stubs else TRACK * min(len(forest.extras), BELOW))
        # At the top or bottom of a box, a name stands beside each cable.
        texts = [end.name + "= (down)" for cable in wiring.veth_pairs for end in cable.ends] + [
            "m" * _LONGEST_WHERE if self.stubs else ""
        ]
        self.pin = _MARGIN + max(measure(text, SMALL) for text in texts)
        self.pinned = group(
            (end.place, (cable, end, far))
            for cable, end, far in ends
            if hub_of(wiring, cable, end) is None
        )

    def lay_out(self) -> Sheet:
        """All trees, those that are small side by side."""
        trees = [self._tree(root) for root in self.forest.roots]
        widest = max((tree.width for tree in trees), default=0)
        area = sum(tree.width * tree.height for tree in trees)
        return shelve(trees, max(widest, math.sqrt(area * _BROAD)), COLUMN)

    def _tree(self, root: Node) -> Sheet:
        sheet = Sheet()
        self._lay_node(sheet, root, 0, 0, self._measure(root))
        return sheet

    # Boxes

    def _measure(self, cell: Cell) -> Box:
        """Its box, wherever it will lie, without what hangs on it."""
        if isinstance(cell, Interface):
            role = "port" if cell.up else "port down"
            return _box(
                role,
                Line(words(cell.name, describe_down(cell)), "" if cell.up else "down"),
                [Line(describe_kind(cell) or "port", "route")],
            )
        most = _LINES_OF_HOST if cell.place is None else _LINES
        lines = cut(
            fold(
                [
                    *box_lines(self.wiring, cell.place, self.drawn),
                    *self.forwards.get(cell.place, ()),
                ],
                LONGEST,
            ),
            most,
        )
        box = _box(
            "host" if cell.place is None else "netns", Line(self.wiring.name_of(cell.place)), lines
        )
        pins = max(len(cell.plugs), len(self.pinned.get(cell.place, ())))
        return replace(box, width=max(box.width, pins * self.pin if pins > 1 else 0))

    def _lay_node(self, sheet: Sheet, node: Node, x: float, y: float, box: Box) -> float:
        """The place and all that hangs on it; how far down that goes."""
        bottom, first = y, len(sheet.boxes)
        for branch in node.branches:
            bottom = self._lay_branch(sheet, branch, x + box.width, bottom)
        box = sheet.add(
            replace(box, x=x, y=y, height=max(box.height, bottom - y - self.row)), first
        )
        for index, (cable, end, far) in enumerate(self.pinned.get(node.place, ())):
            pin = (x + 14 + index * self.pin, box.bottom)
            sheet.pins[id(cable), node.place] = pin
            sheet.write(
                Label(
                    pin[0] + 5,
                    pin[1] + 11,
                    words(end.name, describe_down(end)),
                    "" if end.up else "down",
                )
            )
            sheet.write(
                Label(
                    pin[0] + 5,
                    pin[1] + 11 + _LETTERS,
                    words("=", far.name),
                    "" if far.up else "down",
                )
            )
            if self.stubs:
                sheet.wires.append(
                    Wire(
                        (pin, (pin[0], pin[1] + _STUB)),
                        "cable",
                        describe_veth_pair(cable),
                        not cable.up,
                    )
                )
                where = shorten(
                    f"at {far.bridge or self.wiring.name_of(far.place)}", _LONGEST_WHERE
                )
                sheet.write(Label(pin[0] + 5, pin[1] + 11 + 2 * _LETTERS, where))
        zone = (3 if self.stubs else 2) * _LETTERS + 4 if node.place in self.pinned else 0
        return max(bottom, box.bottom + zone + self.row)

    # Branches

    def _lay_branch(self, sheet: Sheet, branch: Branch, x: float, y: float) -> float:
        if branch.hub is None:
            return self._lay_direct(sheet, branch.leaves, x, y)
        return self._lay_rails(sheet, branch, branch.hub, x, y)

    def _lay_direct(self, sheet: Sheet, leaves: Sequence[Node], x: float, y: float) -> float:
        """One below the other, each with its cables at its left side."""
        names = [
            end.name for leaf in leaves for plug in leaf.plugs for end in (plug.near, plug.far)
        ]
        tracks = TRACK * min(len(self.forest.extras), BESIDE)
        left = x + 2 * _MARGIN + max(measure(name, SMALL) for name in names) + tracks
        for leaf in leaves:
            box = self._measure(leaf)
            box = replace(box, height=max(box.height, _MARGIN + _PIN * len(leaf.plugs)))
            for index, plug in enumerate(leaf.plugs):
                line = y + 22 + _PIN * index
                sheet.wires.append(_wire(plug, ((x, line), (left, line))))
                sheet.write(Label(x + 5, line - 4, plug.far.name, "" if plug.far.up else "down"))
                sheet.write(
                    Label(
                        left - 5 - tracks,
                        line + 12,
                        plug.near.name,
                        "" if plug.near.up else "down",
                        to_left=True,
                    )
                )
            y = self._lay_node(sheet, leaf, left, y, box)
        return y

    def _lay_rails(self, sheet: Sheet, branch: Branch, hub: Interface, x: float, y: float) -> float:
        """A rail for each row, joined on the left; what hangs on it drops from there."""
        said = describe_hub(hub)
        label = sheet.write(
            Label(x + _MARGIN, y + 12, shorten(said.text, LONGEST), said.role, NORMAL)
        )
        rail = y + _MARGIN
        first, bottom = rail, rail + self.row
        right = max(label.area[2] + _TRUNK, sheet.width if hub.key in self.tapped else 0)
        for index, row in enumerate(self._rows(branch)):
            rail = first if index == 0 else bottom
            end, bottom = self._lay_row(sheet, row, x + _STEM, rail)
            right = max(right, end)
            self._lay_rail(sheet, hub, x if index == 0 else x + _TRUNK, rail, right)
        if not branch.leaves and not branch.loose:
            self._lay_rail(sheet, hub, x, rail, right)
        if rail > first:
            sheet.wires.append(
                Wire(
                    ((x + _TRUNK, first), (x + _TRUNK, rail)),
                    _rail_role(hub),
                    f"bridge {hub.name}",
                    not hub.up,
                )
            )
        return bottom

    def _lay_rail(self, sheet: Sheet, hub: Interface, x: float, y: float, right: float) -> None:
        sheet.wires.append(
            Wire(((x, y), (right, y)), _rail_role(hub), describe_interface(hub), not hub.up)
        )
        sheet.rails.setdefault(hub.key, []).append(((x, y), (right, y)))
        sheet.reach(right, y)

    def _rows(self, branch: Branch) -> Iterator[Sequence[Tuple[Cell, Box]]]:
        """Small boxes of one size in a grid, and a row for each that has branches itself."""
        small: List[Cell] = [*(leaf for leaf in branch.leaves if not leaf.branches), *branch.loose]
        boxes = [self._measure(cell) for cell in small]
        if boxes:
            width = max(box.width for box in boxes)
            high = sum(box.height for box in boxes) / len(boxes) + 3 * _LETTERS + self.row
            columns = max(_FEW, round(math.sqrt(len(boxes) * _BROAD * high / (width + COLUMN))))
            cells = [(cell, replace(box, width=width)) for cell, box in zip(small, boxes)]
            rows = -(-len(cells) // columns)
            columns = -(-len(cells) // rows)
            yield from (cells[start : start + columns] for start in range(0, len(cells), columns))
        yield from ([(leaf, self._measure(leaf))] for leaf in branch.leaves if leaf.branches)

    def _lay_row(
        self, sheet: Sheet, row: Sequence[Tuple[Cell, Box]], x: float, rail: float
    ) -> Tuple[float, float]:
        """What hangs on one rail; how far right the rail has to go, and how far down the row."""
        letters = max(
            2
            if isinstance(cell, Node) and len(cell.plugs) > 1
            else 1
            if isinstance(cell, Node)
            else 0
            for cell, box in row
        )
        y = rail + _MARGIN / 2 + letters * _LETTERS + 3
        height = max(box.height for cell, box in row)
        bottom, end = y, x
        for cell, box in row:
            end = self._lay_plugs(sheet, cell, x, rail, y)
            if isinstance(cell, Node):
                bottom = max(bottom, self._lay_node(sheet, cell, x, y, replace(box, height=height)))
            else:
                bottom = max(
                    bottom, sheet.add(replace(box, x=x, y=y, height=height)).bottom + self.row
                )
            x += box.width + COLUMN
        return end + _MARGIN, bottom

    def _lay_plugs(self, sheet: Sheet, cell: Cell, x: float, rail: float, y: float) -> float:
        if isinstance(cell, Interface):
            sheet.wires.append(Wire(((x + 14, rail), (x + 14, y)), "cable", cell.name, not cell.up))
            return x + 14
        for index, plug in enumerate(cell.plugs):
            pin = x + 14 + index * self.pin
            sheet.wires.append(_wire(plug, ((pin, rail), (pin, y))))
            far = plug.far.name if plug.cable.kind == "veth" else plug.cable.kind
            sheet.write(
                Label(
                    pin + 5,
                    rail + _LETTERS + 1,
                    words(far, describe_down(plug.far)),
                    "" if plug.far.up else "down",
                )
            )
            if len(cell.plugs) > 1:
                sheet.write(
                    Label(
                        pin + 5,
                        rail + 2 * _LETTERS + 1,
                        words("=", plug.near.name),
                        "" if plug.near.up else "down",
                    )
                )
        return pin


def _box(role: str, title: Line, lines: Sequence[Line]) -> Box:
    widths = [measure(shorten(title.text, LONGEST), LARGE), *(measure(line.text) for line in lines)]
    return Box(
        0,
        0,
        max(_LEAST, max(widths) + 2 * PAD),
        LARGE + LINE * len(lines) + 2 * PAD,
        role,
        title,
        tuple(lines),
    )


def _rail_role(hub: Interface) -> str:
    return "rail" if hub.kind == "bridge" else "parent"


def _wire(plug: Plug, points: Tuple[Point, ...]) -> Wire:
    return Wire(
        points,
        "cable" if plug.cable.kind == "veth" else "link",
        describe_veth_pair(plug.cable),
        not plug.cable.up,
    )


def _branches(node: Node) -> Iterator[Branch]:
    for branch in node.branches:
        yield branch
        for leaf in branch.leaves:
            yield from _branches(leaf)
