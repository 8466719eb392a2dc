# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The format markdown: tables of everything, where the other formats limit what they show. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from ..labels import describe_kind, describe_settings, words

if TYPE_CHECKING:
    from ..model import Diagram, Interface, NetnsName

Row = Sequence[str]


def _code(text: str) -> str:
    """The text as inline code. Otherwise ``:100:`` would become an emoji, and ``_`` italics.

    A bar would end the cell even in code (https://github.github.com/gfm/#tables-extension-).
    """
    if not text:
        return ""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * (longest + 1)
    space = " " if longest else ""
    return f"{fence}{space}{text}{space}{fence}".replace("|", "\\|")


def _table(head: Row, rows: Sequence[Row]) -> Iterator[str]:
    """A table after an empty line, or nothing if it has no rows."""
    if rows:
        yield ""
        yield f"| {' | '.join(head)} |"
        yield f"|{' --- |' * len(head)}"
        yield from (f"| {' | '.join(row)} |" for row in rows)


class _Tables:
    """The tables of one machine."""

    def __init__(self, diagram: Diagram) -> None:
        self.diagram = diagram

    def draw(self) -> list[str]:
        interfaces: list[Row] = []
        routes: list[Row] = []
        nat_rules: list[Row] = []
        policies: list[Row] = []
        processes: list[Row] = []
        neighbours: list[Row] = []
        problems: list[Row] = []
        for netns in self.diagram.namespaces:
            where = self._title_of(netns)
            interfaces += self._interface_rows(netns)
            routes += [(where, _code(text)) for text in self.diagram.routes.get(netns, ())]
            for rule in self.diagram.nat_rules.get(netns, ()):
                nat_rules.append((where, _code(rule.text)))
            policies += [(where, _code(text)) for text in self.diagram.policies.get(netns, ())]
            processes += [(where, _code(text)) for text in self.diagram.processes.get(netns, ())]
            neighbours += self._neighbour_rows(netns)
            for text in self.diagram.problems.get(netns, ()):
                problems.append((where, f"**{_code(text)}**"))
        lines = [
            *_table(("where", "interface", "addresses", "connected to", "state"), interfaces),
            *_table(("where", "route"), routes),
            *_table(("where", "NAT"), nat_rules),
            *_table(("where", "policy"), policies),
            *_table(("where", "process"), processes),
            *_table(("where", "neighbour", "MAC", "interface", "state"), neighbours),
            *_table(("where", "problem"), problems),
        ]
        return lines[1:]

    def _title_of(self, netns: NetnsName) -> str:
        return _code(self.diagram.title_of(netns))

    def _interface_rows(self, netns: NetnsName) -> Iterator[Row]:
        """A row for each interface. A namespace without any has a row with its name."""
        interfaces = self.diagram.interfaces_in(netns)
        for interface in interfaces:
            kind = words(describe_kind(interface), describe_settings(interface))
            yield (
                self._title_of(netns),
                _code(interface.name) + (f" {_code(kind)}" if kind else ""),
                ", ".join(map(_code, interface.addresses)),
                self._describe_peers(interface),
                "up" if interface.up else "**down**",
            )
        if not interfaces:
            yield self._title_of(netns), "", "", "", ""

    def _describe_peers(self, interface: Interface) -> str:
        """The bridge of a port, the other ends of connections, and the ports of a bridge."""
        peers = [f"bridge {_code(interface.bridge)}"] if interface.bridge else []
        for end in self.diagram.peers_of(interface):
            peers.append(f"{_code(end.name)} in {self._title_of(end.netns)}")
        if interface.kind == "bridge":
            peers += [_code(port.name) for port in self.diagram.ports_of(interface)]
        return ", ".join(peers)

    def _neighbour_rows(self, netns: NetnsName) -> Iterator[Row]:
        for entry in self.diagram.neighbours.get(netns, ()):
            yield (
                self._title_of(netns),
                _code(entry.address),
                _code(entry.mac),
                _code(entry.device),
                f"**{entry.state}**" if entry.unanswered else entry.state,
            )


def draw_markdown(machines: Sequence[Diagram]) -> str:
    """The tables of all machines. If there are several, each has a heading."""
    parts = []
    for machine in machines:
        heading = [f"## {_code(machine.name)}", ""] if len(machines) > 1 else []
        parts.append("\n".join([*heading, *_Tables(machine).draw()]))
    return "\n\n".join(parts) + "\n"
