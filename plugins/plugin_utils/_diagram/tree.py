# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who hangs on whom: the places of a machine as trees, the host first, and the cables that are left over. Pure."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Deque, Dict, List, Optional, Sequence, Set, Tuple

from .model import Diagram, Interface, Key, Place, VethPair, group


@dataclass(frozen=True)
class Plug:
    """A cable as it is seen from the place that hangs on it."""

    near: Interface
    far: Interface
    cable: VethPair


@dataclass
class Branch:
    """What hangs on one bridge, or parent of links; or, without a hub, what is joined directly."""

    hub: Optional[Interface]
    leaves: List[Node] = field(default_factory=list)
    loose: List[Interface] = field(default_factory=list)


@dataclass
class Node:
    """A place, the plugs by which it hangs on the one before it, and its own branches."""

    place: Place
    plugs: List[Plug] = field(default_factory=list)
    branches: List[Branch] = field(default_factory=list)


@dataclass
class Forest:
    """Every place once. A place that no cable leads to is a root without branches."""

    roots: List[Node]
    extras: List[VethPair]


def hub_of(wiring: Diagram, cable: VethPair, end: Interface) -> Optional[Interface]:
    """What carries this end: the bridge that it is a port of, or itself where it is the parent of a link."""
    if end.hub is not None:
        return wiring.interfaces.get(end.hub) or Interface(end.place, end.bridge, "bridge")
    return end if cable.kind != "veth" and end is cable.one else None


class _Grower:
    def __init__(self, wiring: Diagram) -> None:
        self.wiring = wiring
        ends = (
            (end.place, cable)
            for cable in wiring.veth_pairs
            if cable.one.place != cable.other.place
            for end in cable.ends
        )
        self.cables: Dict[Place, List[VethPair]] = group(ends)
        self.planted: Set[Place] = set()
        self.drawn: Set[int] = set()

    def _sides(self, cable: VethPair, place: Place) -> Tuple[Interface, Interface]:
        """The end there, and the other."""
        return cable.ends if cable.one.place == place else (cable.other, cable.one)

    def _branch(self, node: Node, hub: Optional[Interface]) -> Branch:
        key = hub.key if hub else None
        for branch in node.branches:
            if (branch.hub.key if branch.hub else None) == key:
                return branch
        node.branches.append(Branch(hub))
        return node.branches[-1]

    def grow(self, place: Place) -> Node:
        """The tree of all that can be reached from there, the nearest first."""
        root = Node(place)
        self.planted.add(place)
        waiting: Deque[Node] = deque([root])
        while waiting:
            node = waiting.popleft()
            hung: Dict[Tuple[Place, Optional[Key]], Node] = {}
            for cable in self.cables.get(node.place, ()):
                far, near = self._sides(cable, node.place)
                hub = hub_of(self.wiring, cable, far)
                spot = (near.place, hub.key if hub else None)
                if near.place not in self.planted:
                    self.planted.add(near.place)
                    hung[spot] = Node(near.place)
                    self._branch(node, hub).leaves.append(hung[spot])
                    waiting.append(hung[spot])
                if spot in hung:
                    hung[spot].plugs.append(Plug(near, far, cable))
                    self.drawn.add(id(cable))
        return root

    def distances(self, place: Place) -> Dict[Place, int]:
        found = {place: 0}
        waiting = deque([place])
        while waiting:
            here = waiting.popleft()
            for cable in self.cables.get(here, ()):
                for end in cable.ends:
                    if end.place not in found:
                        found[end.place] = found[here] + 1
                        waiting.append(end.place)
        return found


def _middle(grower: _Grower, place: Place) -> Place:
    """Half of the longest way from there: rooted in it, a chain of cables is half as long."""
    near = grower.distances(place)
    way = grower.distances(_farthest(near))
    back = grower.distances(_farthest(way))
    return next(
        one
        for one in near
        if way[one] + back[one] == max(way.values()) and abs(way[one] - back[one]) <= 1
    )


def _farthest(distances: Dict[Place, int]) -> Place:
    return max(distances, key=lambda place: distances[place])


def _order(node: Node, extras: Sequence[VethPair]) -> None:
    """Who is joined elsewhere besides hangs last, next to where that may be; who has branches of his own before him."""
    elsewhere = {end.place for cable in extras for end in cable.ends}
    for branch in node.branches:
        branch.leaves.sort(key=lambda leaf: (leaf.place in elsewhere, bool(leaf.branches)))
        for leaf in branch.leaves:
            _order(leaf, extras)


def _complete(wiring: Diagram, node: Node, ends: Set[Key]) -> None:
    """Bridges with loose ports, or where a left over cable ends, are drawn too; others are words in the box."""
    for bridge in wiring.bridges(node.place):
        loose = [port for port in wiring.ports(bridge) if not wiring.far_ends(port)]
        branch = next(
            (one for one in node.branches if one.hub is not None and one.hub.key == bridge.key),
            None,
        )
        if branch is None and (loose or bridge.key in ends):
            branch = Branch(bridge)
            node.branches.append(branch)
        if branch is not None:
            branch.loose = loose
    for branch in node.branches:
        for leaf in branch.leaves:
            _complete(wiring, leaf, ends)


def grow_forest(wiring: Diagram) -> Forest:
    """The host with all that hangs on it, then whatever is joined without it, then who is joined to nothing."""
    grower = _Grower(wiring)
    roots = [grower.grow(None)] if None in wiring.places else []
    for place in wiring.places:
        if place not in grower.planted:
            roots.append(grower.grow(_middle(grower, place)))
    extras = [cable for cable in wiring.veth_pairs if id(cable) not in grower.drawn]
    hubs = {
        hub.key
        for cable in extras
        for end in cable.ends
        for hub in [hub_of(wiring, cable, end)]
        if hub is not None
    }
    for root in roots:
        _order(root, extras)
        _complete(wiring, root, hubs)
    roots.sort(key=lambda root: (root.place is not None, not root.branches))
    return Forest(roots, [cable for cable in extras if _leads(wiring, cable)])


def _leads(wiring: Diagram, cable: VethPair) -> bool:
    """A pair whose ends lie in one place, and on no two bridges there, has no way to be drawn; its ends stand in the box."""
    return cable.one.place != cable.other.place or all(
        hub_of(wiring, cable, end) for end in cable.ends
    )
