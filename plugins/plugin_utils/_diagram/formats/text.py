# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The format text: a drawing for a terminal. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ansible_collections.redblue.netns.plugins.module_utils._describe.table import align

from ..labels import (
    describe_addresses,
    describe_down,
    describe_interface,
    describe_kind,
    describe_settings,
    words,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..model import Diagram, Interface, NetnsName


def draw_text(machines: Sequence[Diagram]) -> str:
    """All machines, one below the other."""
    return "\n\n\n".join("\n".join(_Drawing(machine).draw()) for machine in machines)


class _Drawing:
    """One machine."""

    def __init__(self, diagram: Diagram) -> None:
        self.diagram = diagram

    def draw(self) -> list[str]:
        """Boxes with bridges and other lines, connections without bridges, then the rest."""
        lines: list[str] = []
        drawn = [netns for netns in self.diagram.namespaces if self._has_box(netns)]
        for netns in drawn:
            lines += [*self._box(netns), ""]
        direct = [
            self._connection_row(*connection.ends)
            for connection in self.diagram.connections
            if not any(end.bridge for end in connection.ends)
        ]
        lines += [*align(direct), ""] if direct else []
        drawn += [end.netns for connection in self.diagram.connections for end in connection.ends]
        empty = [netns for netns in self.diagram.namespaces if netns not in drawn]
        lines += [f"{self._title(netns)}  only the loopback interface" for netns in empty]
        return lines if empty else lines[:-1]

    def _has_box(self, netns: NetnsName) -> bool:
        return netns is None or bool(self._box_lines(netns) or self.diagram.bridges_in(netns))

    def _title(self, netns: NetnsName) -> str:
        return f"[ {self.diagram.title_of(netns)} ]"

    def _routes_of(self, *ends: Interface) -> str:
        """The routes of the namespaces in which the ends are. Those of the host are in its box.

        Of two namespaces each is named, because the routes are behind the second.
        """
        texts = {}
        for end in ends:
            routes = self.diagram.routes.get(end.netns, ()) if end.netns is not None else ()
            if routes:
                texts[end.netns] = ", ".join(routes)
        if len(ends) == 1:
            return "".join(texts.values())
        named = (f"{self.diagram.title_of(netns)}: {text}" for netns, text in texts.items())
        return "; ".join(named)

    def _connection_row(self, first: Interface, second: Interface) -> tuple[str, ...]:
        return (
            self._title(first.netns) + "--",
            describe_interface(first),
            "=====",
            describe_interface(second),
            "--" + self._title(second.netns),
            self._routes_of(first, second),
        )

    def _box_lines(self, netns: NetnsName) -> list[str]:
        """What is not part of a connection. Routes of a namespace are beside its connections."""
        interfaces = [
            interface
            for interface in self.diagram.boxed_interfaces(netns)
            if not self.diagram.peers_of(interface)
            or (interface.kind != "veth" and interface.parent is None)
        ]
        routes = self.diagram.routes.get(netns, []) if netns is None else []
        return [
            *map(describe_interface, interfaces),
            *routes,
            *(rule.text for rule in self.diagram.nat_rules.get(netns, ())),
            *self.diagram.policies.get(netns, ()),
            *self.diagram.processes.get(netns, ()),
            *self.diagram.problems_in(netns),
        ]

    def _box(self, netns: NetnsName) -> list[str]:
        lines = [self._title(netns), *(f"  | {line}" for line in self._box_lines(netns))]
        for bridge in self.diagram.bridges_in(netns):
            addresses, settings = describe_addresses(bridge), describe_settings(bridge)
            text = words("bridge", addresses, settings, describe_down(bridge))
            lines += ["  |", f"  +--( {bridge.name} )  {text}"]
            for row in align(map(self._port_row, self.diagram.ports_of(bridge))):
                lines += ["        |", f"        +-- {row}"]
        return lines

    def _port_row(self, port: Interface) -> tuple[str, ...]:
        peer = next(iter(self.diagram.peers_of(port)), None)
        own = words(port.name, describe_settings(port))
        if peer is None:
            return words(own, describe_kind(port), describe_down(port)), "", "", "", ""
        title = self._title(peer.netns)
        if peer.bridge:
            title = f"( {peer.bridge} ) in {title}"
        return (
            words(own, describe_down(port)),
            "=====",
            describe_interface(peer),
            f"--{title}",
            self._routes_of(peer),
        )
