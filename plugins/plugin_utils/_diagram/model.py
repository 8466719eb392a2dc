# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a picture shows of one machine: places, interfaces, cables, routes, NAT and neighbours. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Dict, Iterable, List, Optional, Tuple, TypeVar

Place = Optional[str]
"""A namespace's name; None is the host."""

Key = Tuple[Place, str]
"""An interface: where it is, and its name there."""

Of = TypeVar("Of")
What = TypeVar("What")


def group(pairs: Iterable[Tuple[Of, What]]) -> Dict[Of, List[What]]:
    """What belongs to the same, in a list."""
    found: Dict[Of, List[What]] = {}
    for of, what in pairs:
        found.setdefault(of, []).append(what)
    return found


@dataclass(frozen=True)
class Interface:
    """A link and what is said of it. ``kind`` is the kernel's word, and empty for hardware and ``lo``; ``detail`` is what sets it apart among its kind."""

    place: Place
    name: str
    kind: str = ""
    addresses: Tuple[str, ...] = ()
    up: bool = True
    bridge: str = ""
    parent: Optional[Key] = None
    detail: str = ""
    declared: bool = True

    @property
    def key(self) -> Key:
        return (self.place, self.name)

    @property
    def hub(self) -> Optional[Key]:
        """The bridge that it is a port of."""
        return (self.place, self.bridge) if self.bridge else None


@dataclass(frozen=True)
class VethPair:
    """What joins two interfaces: a veth pair has two equal ends, another kind of link its parent as ``one`` and itself as ``other``."""

    one: Interface
    other: Interface

    @property
    def kind(self) -> str:
        return self.other.kind

    @property
    def up(self) -> bool:
        return self.one.up and self.other.up

    @property
    def ends(self) -> Tuple[Interface, Interface]:
        return (self.one, self.other)


@dataclass(frozen=True)
class DiagramRule:
    """A masquerade, or a forward with the place that it leads to, where that is in sight."""

    text: str
    forward: str = ""
    target: Optional[Place] = None
    leads: bool = False


@dataclass(frozen=True)
class Neighbour:
    """An entry of an ARP or NDP table."""

    address: str
    device: str
    mac: str
    state: str

    @property
    def silent(self) -> bool:
        """Was asked for, and did not answer."""
        return self.state in ("failed", "incomplete")


@dataclass(frozen=True)
class Diagram:
    """One machine. Places are in the order in which they are drawn, the host first."""

    name: str
    places: Tuple[Place, ...]
    interfaces: Dict[Key, Interface]
    veth_pairs: Tuple[VethPair, ...]
    routes: Dict[Place, List[str]]
    rules: Dict[Place, List[DiagramRule]]
    neighbours: Dict[Place, List[Neighbour]]
    faults: Dict[Place, List[str]]

    def name_of(self, place: Place) -> str:
        """As it is written over a box."""
        return self.name if place is None else place

    @cached_property
    def _of_place(self) -> Dict[Place, List[Interface]]:
        return group((interface.place, interface) for interface in self.interfaces.values())

    @cached_property
    def _of_bridge(self) -> Dict[Key, List[Interface]]:
        return group(
            (interface.hub, interface) for interface in self.interfaces.values() if interface.hub
        )

    @cached_property
    def _joined(self) -> Dict[Key, List[Interface]]:
        pairs = ((cable.one, cable.other) for cable in self.veth_pairs)
        return group(
            (end.key, far) for one, other in pairs for end, far in ((one, other), (other, one))
        )

    def of_place(self, place: Place) -> List[Interface]:
        """Those worth a word: what nobody declared and has no address (a tunnel device that its module made) says nothing."""
        return [
            interface
            for interface in self._of_place.get(place, ())
            if interface.declared or interface.addresses or interface.bridge
        ]

    def bridges(self, place: Place) -> List[Interface]:
        return [interface for interface in self.of_place(place) if interface.kind == "bridge"]

    def ports(self, bridge: Interface) -> List[Interface]:
        return self._of_bridge.get(bridge.key, [])

    def far_ends(self, interface: Interface) -> List[Interface]:
        """Where its cable leads: one for a veth end, none where it leads to nothing in sight, several for a parent of links."""
        return self._joined.get(interface.key, [])

    def written(self, place: Place) -> List[Interface]:
        """The interfaces that stand in the place's own box: a bridge and its ports do not."""
        return [
            interface
            for interface in self.of_place(place)
            if interface.kind != "bridge" and not interface.bridge
        ]

    def faults_of(self, place: Place) -> List[str]:
        """What is wrong there, and is no interface that is down."""
        silent = [
            f"no answer from {entry.address} on {entry.device}"
            for entry in self.neighbours.get(place, ())
            if entry.silent
        ]
        return [*self.faults.get(place, ()), *silent]
