# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The links on the Ethernet segments of isolated interfaces, by which a lab's packets enter too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._model.fast_replace import replace
from .._model.nat import Isolation

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .._model.links import Link, LinkRef
    from .._model.resources import NatRule
    from .projection import Projection

    _Neighbours = dict[LinkRef, list[LinkRef]]


def with_joined_links(projection: Projection, rules: Iterable[NatRule]) -> list[NatRule]:
    """Return rules, each isolation with the other links of its namespace on its segment.

    The host answers for its addresses by each of these links, and br_netfilter shows what a bridge
    among them passes between its ports.
    """
    by_netns: dict[str | None, _Neighbours] = {}
    completed: list[NatRule] = []
    for rule in rules:
        if isinstance(rule, Isolation):
            link = projection.links.get((rule.netns, rule.interface))
            if link is not None and _may_be_joined(link):
                if link.netns not in by_netns:
                    by_netns[link.netns] = _list_neighbours(projection, link.netns)
                joined = _find_joined(projection, link, by_netns[link.netns])
                untracked = _find_untracked(projection, link, joined)
                rule = replace(rule, joined=joined, untracked=untracked)
        completed.append(rule)
    return completed


def _may_be_joined(link: Link) -> bool:
    """Whether a link can lead to another one of its own namespace. A bridge can, by its ports."""
    return (
        link.kind == "bridge"
        or link.parent is not None
        or (link.peer is not None and link.peer[0] == link.netns)
    )


def _list_neighbours(projection: Projection, netns: str | None) -> _Neighbours:
    """The links of a namespace, each with those there that it is joined with directly."""
    neighbours: _Neighbours = {}
    for link in projection.links.in_netns(netns):
        bridge = (link.netns, link.bridge) if link.bridge else None
        for other in (link.peer, bridge, link.parent):
            if other is not None and other[0] == netns and other in projection.links:
                neighbours.setdefault(link.ref, []).append(other)
                neighbours.setdefault(other, []).append(link.ref)
    return neighbours


def _find_joined(projection: Projection, link: Link, neighbours: _Neighbours) -> tuple[str, ...]:
    """Return the names of the links of the same namespace that receive packets of the segment.

    What enters by a port is received by its bridge.
    """
    seen = {link.ref}
    queue = [link.ref]
    while queue:
        for other in neighbours.get(queue.pop(), ()):
            if other not in seen:
                seen.add(other)
                queue.append(other)
    joined = (projection.links[ref] for ref in seen - {link.ref})
    return tuple(sorted(other.name for other in joined if not other.bridge))


def _find_untracked(projection: Projection, link: Link, joined: tuple[str, ...]) -> tuple[str, ...]:
    """Return the bridges that pass frames on to a link by a cable, and receive nothing themselves.

    br_netfilter shows the packets of such a bridge to NAT, which then decides by the wrong
    interface, and only once. What a bridge passes to a VLAN on top of it is shown only once.
    """
    below: set[LinkRef | None] = set()
    base: Link | None = link
    while base is not None and base.parent is not None and base.parent not in below:
        below.add(base.parent)
        base = projection.links.get(base.parent)
    found = (projection.links[link.netns, name] for name in joined)
    return tuple(
        other.name
        for other in found
        if other.kind == "bridge" and not other.addresses and other.ref not in below
    )


def find_passing_bridges(projection: Projection, netns: str | None, owner: str) -> list[str]:
    """Return the bridges of a topology that pass frames on to an interface with an address."""
    links = projection.links.in_netns(netns)
    bridges = {
        link.name
        for link in links
        if link.kind == "bridge" and link.owner == owner and not link.addresses
    }
    if not bridges:
        return []
    neighbours = _list_neighbours(projection, netns)
    found: set[str] = set()
    for link in links:
        if link.addresses and _may_be_joined(link):
            joined = _find_joined(projection, link, neighbours)
            found |= bridges & {*_find_untracked(projection, link, joined)}
    return sorted(found)
