# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is written in the box of a place, line by line. Pure."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import Dict, FrozenSet, Iterable, List

from .labels import describe_addresses, describe_down, describe_kind, describe_veth_pair, words
from .model import Diagram, Interface, Key, Place, group

INDENT = "  "
"""Before what belongs to the line above."""


@dataclass(frozen=True)
class Line:
    """A text in a box. ``role`` is what it is about: nothing for an interface, else hub, route, nat or down."""

    text: str
    role: str = ""


def shorten(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def fold(lines: Iterable[Line], longest: int) -> List[Line]:
    """Long ones go on in the next line; a word that is too long for any is shortened."""
    return [
        Line(shorten(piece, longest), line.role)
        for line in lines
        for piece in textwrap.wrap(
            line.text,
            longest,
            subsequent_indent=INDENT,
            break_long_words=False,
            break_on_hyphens=False,
        )
    ]


def cut(lines: List[Line], most: int) -> List[Line]:
    """No more than that, with word of how many are missing. The table of wiring has them all."""
    return (
        lines
        if len(lines) <= most
        else [*lines[: most - 1], Line(f"… {len(lines) - most + 1} more", "route")]
    )


def describe_hub(hub: Interface) -> Line:
    return Line(
        words(
            "bridge" if hub.kind == "bridge" else "",
            hub.name,
            describe_addresses(hub),
            describe_down(hub),
        ),
        "hub" if hub.up else "down",
    )


def _interface_lines(interface: Interface) -> List[Line]:
    """Its name and first address, the others below."""
    role = "" if interface.up else "down"
    first, *others = interface.addresses or ("",)
    return [
        Line(
            words(interface.name, describe_kind(interface), first, describe_down(interface)), role
        ),
        *(Line(INDENT + address, role) for address in others),
    ]


def box_lines(wiring: Diagram, place: Place, drawn: FrozenSet[Key]) -> List[Line]:
    """Interfaces, bridges that are not drawn themselves, routes, NAT, and what is wrong."""
    lines = [
        line
        for interface in wiring.written(place)
        if interface.key not in drawn
        for line in _interface_lines(interface)
    ]
    lines += [describe_hub(bridge) for bridge in wiring.bridges(place) if bridge.key not in drawn]
    within = (
        cable
        for cable in wiring.veth_pairs
        if cable.kind == "veth" and cable.one.place == cable.other.place == place
    )
    lines += [Line(describe_veth_pair(cable), "" if cable.up else "down") for cable in within]
    lines += [Line(text, "route") for text in wiring.routes.get(place, ())]
    lines += [Line(rule.text.replace("->", "→"), "nat") for rule in wiring.rules.get(place, ())]
    return lines + [Line(text, "down") for text in wiring.faults_of(place)]


def forwards_to(wiring: Diagram) -> Dict[Place, List[Line]]:
    """The forwards of other places that lead into each."""
    led = [
        (rule.target, Line(f"← {rule.forward}", "nat"))
        for place, rules in wiring.rules.items()
        for rule in rules
        if rule.leads and rule.target != place
    ]
    return group(dict.fromkeys(led))
