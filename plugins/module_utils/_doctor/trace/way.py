# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The way of a packet: the links by which the kernel's routes and the cables lead it. Pure.

What the kernel would do at each hop is asked by a function.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Callable

from ..._model.fast_typing import NamedTuple

if TYPE_CHECKING:
    from ..._model.links import Link, LinkRef
    from ..facts.host_facts import HostFacts

IN, OUT = "in", "out"
_MAX_HOPS = 8
DELIVERED, BEYOND = "local", "beyond"


class Lookup(NamedTuple):
    """A question about a route: of packets from here, or of those that arrive by a link."""

    netns: str | None
    destination: str
    source: str | None
    arrival: str | None


class Hop(NamedTuple):
    """The kernel's answer: the type of the route, or ``errno`` if it has none or refuses."""

    type: str
    device: str | None = None
    gateway: str | None = None
    table: int = 0
    errno: int = 0
    words: str = ""


class Step(NamedTuple):
    """A link that a packet passes, in one direction."""

    netns: str | None
    link: str
    direction: str

    @property
    def ref(self) -> LinkRef:
        return (self.netns, self.link)


class Crossing(NamedTuple):
    """A hop of a packet: the question, the answer, and the links to the next namespace.

    ``next_hop`` is the address whose MAC address is needed; ``arrival`` the link by which the
    packet reaches the next namespace, None if that is not known here.
    """

    lookup: Lookup
    hop: Hop
    next_hop: str = ""
    steps: tuple[Step, ...] = ()
    arrival: LinkRef | None = None


Ask = Callable[[Lookup], Hop]


def find_way(facts: HostFacts, ask: Ask, first: Lookup) -> list[Crossing]:
    """The hops of a packet. The last one delivers it, refuses it, or leaves what is known."""
    way: list[Crossing] = []
    lookup = first
    for _number in range(_MAX_HOPS):
        hop = ask(lookup)
        if hop.errno or hop.type != "unicast" or hop.device is None:
            way.append(Crossing(lookup, hop))
            break
        next_hop = hop.gateway or lookup.destination
        start = (lookup.netns, hop.device)
        holder = _find_holder(facts, start, next_hop)
        links = [] if holder is None else _find_row(facts, start, holder)
        if holder is None or not links:
            way.append(Crossing(lookup, hop, next_hop, (Step(*start, OUT),)))
            break
        arrival = links[-1]
        way.append(Crossing(lookup, hop, next_hop, tuple(_steps_along(facts, links)), arrival))
        lookup = Lookup(arrival[0], lookup.destination, lookup.source or None, arrival[1])
    return way


def _find_holder(facts: HostFacts, start: LinkRef, address: str) -> Link | None:
    """The link by which the owner of an address is reached on the segment of ``start``."""
    holders = [
        link
        for link in facts.segments.links_with(start)
        if link.ref != start and address in {t.split("/")[0] for t in link.addresses or ()}
    ]
    if holders:
        return holders[0]
    link = facts.current.links.get(start)
    remote = facts.segments.find_holder(start, address)
    if remote is not None and remote.netns != start[0]:
        # The owner answers for an address of another of its links.
        ends = [end for end in facts.segments.links_with(start) if end.netns == remote.netns]
        ends = [end for end in ends if not end.bridge]
        return ends[0] if ends else None
    peer = facts.find_peer(link) if link is not None else None
    if address.startswith("fe80:") and peer is not None:
        return facts.current.links.get((peer.netns, peer.bridge)) if peer.bridge else peer
    return None


def _find_row(facts: HostFacts, start: LinkRef, end: Link) -> list[LinkRef]:
    """The shortest row of links between two links of a segment, both included."""
    neighbours = _connections(facts)
    came_from: dict[LinkRef, LinkRef | None] = {start: None}
    queue = deque([start])
    while queue and end.ref not in came_from:
        ref = queue.popleft()
        for other in neighbours.get(ref, ()):
            if other not in came_from:
                came_from[other] = ref
                queue.append(other)
    row: list[LinkRef] = []
    ref_or_none: LinkRef | None = end.ref if end.ref in came_from else None
    while ref_or_none is not None:
        row.insert(0, ref_or_none)
        ref_or_none = came_from[ref_or_none]
    return row


def _connections(facts: HostFacts) -> dict[LinkRef, list[LinkRef]]:
    """What each link is connected with: its peer, its bridge, and its parent."""
    found: dict[LinkRef, list[LinkRef]] = {}
    for link in facts.current.links.values():
        bridge = (link.netns, link.bridge) if link.bridge else None
        parent = link.parent if link.parent and link.parent[1] else None
        for other in (link.peer, bridge, parent):
            if other is not None:
                found.setdefault(link.ref, []).append(other)
                if other != link.peer:
                    found.setdefault(other, []).append(link.ref)
    return found


def _steps_along(facts: HostFacts, row: list[LinkRef]) -> list[Step]:
    """What a packet passes along a row of links.

    A bridge is passed itself only at an end of the row: between two ports nobody sees the packet.
    """
    links = facts.current.links
    steps: list[Step] = []
    for ref, following in zip(row, row[1:]):
        link, other = links.get(ref), links.get(following)
        if link is not None and link.peer == following:
            steps += [Step(*ref, OUT), Step(*following, IN)]
        elif other is not None and (other.netns, other.bridge) == ref and ref == row[0]:
            steps.append(Step(*ref, OUT))  # from the bridge to a port
        elif link is not None and link.parent == following:
            steps.append(Step(*ref, OUT))
        elif following == row[-1] or (other is not None and other.parent == ref):
            steps.append(Step(*following, IN))
    return steps


def reverse_steps(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """The same way in the other direction."""
    return tuple(
        step._replace(direction=IN if step.direction == OUT else OUT) for step in reversed(steps)
    )
