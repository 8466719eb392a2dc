# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lines of text in the box of a namespace. Pure."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .labels import (
    describe_addresses,
    describe_connection,
    describe_down,
    describe_kind,
    describe_settings,
    words,
)
from .model import Diagram, Interface, NetnsName, group

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ansible_collections.redblue.netns.plugins.module_utils._model.links import LinkRef

INDENT = "  "
"""At the beginning of a line that continues the line above."""


@dataclass(frozen=True)
class TextLine:
    """A line of text in a box.

    ``role`` sets its color: empty for an interface, else title, bus, route, nat or down.
    """

    text: str
    role: str = ""


def shorten(text: str, longest: int) -> str:
    """The text with at most so many letters. The last one is an ellipsis if some are missing."""
    return text if len(text) <= longest else text[: longest - 1] + "…"


def wrap(lines: Iterable[TextLine], longest: int) -> list[TextLine]:
    """The lines, broken between words. A word that is longer than a line is shortened."""
    wrapped = []
    for line in lines:
        for text in textwrap.wrap(
            line.text,
            longest,
            subsequent_indent=INDENT,
            break_long_words=False,
            break_on_hyphens=False,
        ):
            wrapped.append(TextLine(shorten(text, longest), line.role))
    return wrapped


def limit(lines: list[TextLine], most: int) -> list[TextLine]:
    """At most so many lines. The last one counts those that are missing.

    The format markdown has no limit.
    """
    if len(lines) <= most:
        return lines
    return [*lines[: most - 1], TextLine(f"… {len(lines) - most + 1} more", "route")]


def bus_line(bus: Interface) -> TextLine:
    """The text of a bridge, or of a parent of links, that is drawn by itself."""
    text = words(
        "bridge" if bus.kind == "bridge" else "",
        bus.name,
        describe_addresses(bus),
        describe_settings(bus),
        describe_down(bus),
    )
    return TextLine(text, "bus" if bus.up else "down")


def _interface_lines(diagram: Diagram, interface: Interface) -> list[TextLine]:
    """The name with the first address, and in lines of their own the others and the settings.

    The bridge port at the other end of a veth pair has no box in which to write its settings.
    """
    settings = list(interface.settings)
    for port in diagram.peers_of(interface):
        if port.bridge and port.settings:
            settings.append(f"{port.name}: {', '.join(port.settings)}")
    role = "" if interface.up else "down"
    first, *others = interface.addresses or ("",)
    text = words(interface.name, describe_kind(interface), first, describe_down(interface))
    return [TextLine(text, role), *(TextLine(INDENT + more, role) for more in (*others, *settings))]


def box_lines(diagram: Diagram, netns: NetnsName, drawn: frozenset[LinkRef]) -> list[TextLine]:
    """The lines of a namespace's box: interfaces, routes, NAT, policies, processes, problems.

    :param drawn: bridges and parents of links that are drawn by themselves, and so are not listed.
    """
    lines: list[TextLine] = []
    for interface in diagram.boxed_interfaces(netns):
        if interface.ref not in drawn:
            lines += _interface_lines(diagram, interface)
    lines += [bus_line(bridge) for bridge in diagram.bridges_in(netns) if bridge.ref not in drawn]
    for connection in diagram.connections:
        if connection.kind == "veth" and {end.netns for end in connection.ends} == {netns}:
            lines.append(TextLine(describe_connection(connection), "" if connection.up else "down"))
    lines += [TextLine(text, "route") for text in diagram.routes.get(netns, ())]
    lines += [
        TextLine(rule.text.replace("->", "→"), "nat") for rule in diagram.nat_rules.get(netns, ())
    ]
    lines += [TextLine(text, "nat") for text in diagram.policies.get(netns, ())]
    lines += [TextLine(text, "") for text in diagram.processes.get(netns, ())]
    return lines + [TextLine(text, "down") for text in diagram.problems_in(netns)]


def incoming_forwards(diagram: Diagram) -> dict[NetnsName, list[TextLine]]:
    """For each namespace, the port forwards of other namespaces and of the host that lead to it."""
    forwards = [
        (rule.target, TextLine(f"← {rule.forward}", "nat"))
        for netns, rules in diagram.nat_rules.items()
        for rule in rules
        if rule.target_known and rule.target != netns
    ]
    return group(dict.fromkeys(forwards))
