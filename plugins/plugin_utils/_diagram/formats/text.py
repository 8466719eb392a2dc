# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A picture in plain text: bridges, and who hangs on them. Pure."""

from __future__ import annotations

from typing import Iterable, List, Sequence

from ..labels import describe_addresses, describe_down, describe_interface, describe_kind, words
from ..model import Diagram, Interface, Place


def draw_text(machines: Sequence[Diagram]) -> str:
    """One machine below the other."""
    return "\n\n\n".join("\n".join(_Picture(machine).draw()) for machine in machines)


def _align(rows: Iterable[Sequence[str]]) -> List[str]:
    rows = list(rows)
    widths = [max(map(len, column)) for column in zip(*rows)]
    return [
        "  ".join(word.ljust(width) for word, width in zip(row, widths)).rstrip() for row in rows
    ]


class _Picture:
    def __init__(self, wiring: Diagram) -> None:
        self.wiring = wiring

    def draw(self) -> List[str]:
        lines: List[str] = []
        busy = [
            place
            for place in self.wiring.places
            if place is None or self._lines(place) or self.wiring.bridges(place)
        ]
        for place in busy:
            lines += [*self._place(place), ""]
        direct = [
            cable for cable in self.wiring.veth_pairs if not any(end.bridge for end in cable.ends)
        ]
        rows = [
            (
                self._box(one.place) + "--",
                describe_interface(one),
                "=====",
                describe_interface(other),
                "--" + self._box(other.place),
                self._routes(one, other),
            )
            for one, other in (cable.ends for cable in direct)
        ]
        lines += [*_align(rows), ""] if rows else []
        joined = {end.place for cable in self.wiring.veth_pairs for end in cable.ends}
        alone = [place for place in self.wiring.places if place not in joined and place not in busy]
        lines += [f"{self._box(place)}  nothing but its loopback" for place in alone]
        return lines if alone else lines[:-1]

    def _box(self, place: Place) -> str:
        return f"[ {self.wiring.name_of(place)} ]"

    def _routes(self, *ends: Interface) -> str:
        texts = [
            text
            for end in ends
            if end.place is not None
            for text in self.wiring.routes.get(end.place, ())
        ]
        return ", ".join(dict.fromkeys(texts))

    def _lines(self, place: Place) -> List[str]:
        """What is no cable. The routes of a namespace stand where its cables do."""
        interfaces = [
            one
            for one in self.wiring.written(place)
            if not self.wiring.far_ends(one) or (one.kind != "veth" and one.parent is None)
        ]
        routes = self.wiring.routes.get(place, []) if place is None else []
        rules = [rule.text for rule in self.wiring.rules.get(place, ())]
        return [
            *map(describe_interface, interfaces),
            *routes,
            *rules,
            *self.wiring.faults_of(place),
        ]

    def _place(self, place: Place) -> List[str]:
        lines = [self._box(place), *(f"  | {line}" for line in self._lines(place))]
        for bridge in self.wiring.bridges(place):
            lines += [
                "  |",
                f"  +--( {bridge.name} )  {words('bridge', describe_addresses(bridge), describe_down(bridge))}",
                *self._ports(bridge),
            ]
        return lines

    def _ports(self, bridge: Interface) -> List[str]:
        rows = []
        for port in self.wiring.ports(bridge):
            far = next(iter(self.wiring.far_ends(port)), None)
            if far is None:
                rows.append(
                    (words(port.name, describe_kind(port), describe_down(port)), "", "", "", "")
                )
                continue
            box = (
                self._box(far.place)
                if not far.bridge
                else f"( {far.bridge} ) in {self._box(far.place)}"
            )
            rows.append(
                (
                    words(port.name, describe_down(port)),
                    "=====",
                    describe_interface(far),
                    f"--{box}",
                    self._routes(far),
                )
            )
        return [line for row in _align(rows) for line in ("        |", f"        +-- {row}")]
