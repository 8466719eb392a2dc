# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Wiring and addresses as tables in Markdown: everything, where pictures have to leave out some. Pure."""

from __future__ import annotations

import re
from typing import Iterator, List, Sequence

from ..labels import describe_kind
from ..model import Diagram, Interface, Place

Row = Sequence[str]


def _code(text: str) -> str:
    """As it is: in no other way is ``:100:`` safe from becoming a picture, or ``_`` from becoming slanted letters.

    A bar would end the cell, in code too (https://github.github.com/gfm/#tables-extension-).
    """
    if not text:
        return ""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * (longest + 1)
    space = " " if longest else ""
    return f"{fence}{space}{text}{space}{fence}".replace("|", "\\|")


def _table(head: Row, rows: Sequence[Row]) -> Iterator[str]:
    if rows:
        yield ""
        yield f"| {' | '.join(head)} |"
        yield f"|{' --- |' * len(head)}"
        yield from (f"| {' | '.join(row)} |" for row in rows)


class _Tables:
    def __init__(self, wiring: Diagram) -> None:
        self.wiring = wiring

    def draw(self) -> List[str]:
        places = self.wiring.places
        lines = [
            *_table(
                ("where", "interface", "addresses", "joined to", "state"),
                [row for place in places for row in self._interfaces(place)],
            ),
            *_table(
                ("where", "route"),
                [
                    (self._name(place), _code(text))
                    for place in places
                    for text in self.wiring.routes.get(place, ())
                ],
            ),
            *_table(
                ("where", "NAT"),
                [
                    (self._name(place), _code(rule.text))
                    for place in places
                    for rule in self.wiring.rules.get(place, ())
                ],
            ),
            *_table(
                ("where", "neighbour", "MAC", "at", "state"),
                [row for place in places for row in self._neighbours(place)],
            ),
            *_table(
                ("where", "what is wrong"),
                [
                    (self._name(place), f"**{_code(text)}**")
                    for place in places
                    for text in self.wiring.faults.get(place, ())
                ],
            ),
        ]
        return lines[1:]

    def _name(self, place: Place) -> str:
        return _code(self.wiring.name_of(place))

    def _interfaces(self, place: Place) -> Iterator[Row]:
        interfaces = self.wiring.of_place(place)
        for interface in interfaces:
            kind = "" if describe_kind(interface) == "" else f" {_code(describe_kind(interface))}"
            addresses = ", ".join(map(_code, interface.addresses))
            yield (
                self._name(place),
                _code(interface.name) + kind,
                addresses,
                self._joined(interface),
                "up" if interface.up else "**down**",
            )
        if not interfaces:
            yield self._name(place), "", "", "", ""

    def _joined(self, interface: Interface) -> str:
        ports = (
            [_code(port.name) for port in self.wiring.ports(interface)]
            if interface.kind == "bridge"
            else []
        )
        ends = [
            f"{_code(end.name)} in {self._name(end.place)}"
            for end in self.wiring.far_ends(interface)
        ]
        return ", ".join(
            [*([f"bridge {_code(interface.bridge)}"] if interface.bridge else []), *ends, *ports]
        )

    def _neighbours(self, place: Place) -> Iterator[Row]:
        for entry in self.wiring.neighbours.get(place, ()):
            state = f"**{entry.state}**" if entry.silent else entry.state
            yield (
                self._name(place),
                _code(entry.address),
                _code(entry.mac),
                _code(entry.device),
                state,
            )


def draw_markdown(machines: Sequence[Diagram]) -> str:
    """The tables of all machines, under their names where there are several."""
    parts = [
        [
            *([f"## {_code(machine.name)}", ""] if len(machines) > 1 else []),
            *_Tables(machine).draw(),
        ]
        for machine in machines
    ]
    return "\n\n".join("\n".join(part) for part in parts) + "\n"
