# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A picture in plain text: bridges, and who hangs on them. Pure."""

from __future__ import annotations

from typing import Iterable, List, Sequence

from ..labels import say_addresses, say_down, say_interface, say_kind, words
from ..model import Interface, Place, Wiring


def draw_text(machines: Sequence[Wiring]) -> str:
    """One machine below the other."""
    return "\n\n\n".join("\n".join(_Picture(machine).draw()) for machine in machines)


def _align(rows: Iterable[Sequence[str]]) -> List[str]:
    rows = list(rows)
    widths = [max(map(len, column)) for column in zip(*rows)]
    return [
        "  ".join(word.ljust(width) for word, width in zip(row, widths)).rstrip() for row in rows
    ]


class _Picture:
    def __init__(self, wiring: Wiring) -> None:
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
            cable for cable in self.wiring.cables if not any(end.bridge for end in cable.ends)
        ]
        rows = [
            (
                self._box(one.place) + "--",
                say_interface(one),
                "=====",
                say_interface(other),
                "--" + self._box(other.place),
                self._routes(one, other),
            )
            for one, other in (cable.ends for cable in direct)
        ]
        lines += [*_align(rows), ""] if rows else []
        joined = {end.place for cable in self.wiring.cables for end in cable.ends}
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
        return [*map(say_interface, interfaces), *routes, *rules, *self.wiring.faults_of(place)]

    def _place(self, place: Place) -> List[str]:
        lines = [self._box(place), *(f"  | {line}" for line in self._lines(place))]
        for bridge in self.wiring.bridges(place):
            lines += [
                "  |",
                f"  +--( {bridge.name} )  {words('bridge', say_addresses(bridge), say_down(bridge))}",
                *self._ports(bridge),
            ]
        return lines

    def _ports(self, bridge: Interface) -> List[str]:
        rows = []
        for port in self.wiring.ports(bridge):
            far = next(iter(self.wiring.far_ends(port)), None)
            if far is None:
                rows.append((words(port.name, say_kind(port), say_down(port)), "", "", "", ""))
                continue
            box = (
                self._box(far.place)
                if not far.bridge
                else f"( {far.bridge} ) in {self._box(far.place)}"
            )
            rows.append(
                (
                    words(port.name, say_down(port)),
                    "=====",
                    say_interface(far),
                    f"--{box}",
                    self._routes(far),
                )
            )
        return [line for row in _align(rows) for line in ("        |", f"        +-- {row}")]
