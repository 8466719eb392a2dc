# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a diagram of one machine shows. All formats are drawn from these types. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Optional, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ansible_collections.redblue.netns.plugins.module_utils._model.links import LinkRef

NetnsName = Optional[str]
"""The name of a namespace; None is the host."""

VETH, PATCH = "veth", "patch"
"""The kinds of connections whose ends are alike, and both have a name of their own."""

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


def group(pairs: Iterable[tuple[_Key, _Value]]) -> dict[_Key, list[_Value]]:
    """The values of each key, in the order in which they come."""
    groups: dict[_Key, list[_Value]] = {}
    for key, value in pairs:
        groups.setdefault(key, []).append(value)
    return groups


@dataclass(frozen=True)
class Interface:
    """A link with what the diagram writes about it.

    ``kind`` is the kernel's name of the link type, and empty for hardware and ``lo``. ``detail``
    distinguishes the link from others of its type, for example by the VLAN id. ``settings`` are in
    words what else decides which packets pass. ``declared`` is False if the link was only observed.
    """

    netns: NetnsName
    name: str
    kind: str = ""
    addresses: tuple[str, ...] = ()
    up: bool = True
    bridge: str = ""
    parent: LinkRef | None = None
    detail: str = ""
    settings: tuple[str, ...] = ()
    declared: bool = True

    @property
    def ref(self) -> LinkRef:
        return (self.netns, self.name)

    @property
    def bridge_ref(self) -> LinkRef | None:
        """The bridge that the interface is a port of."""
        return (self.netns, self.bridge) if self.bridge else None


@dataclass(frozen=True)
class Connection:
    """Two connected interfaces: the ends of a veth pair, two patch ports, or parent and child.

    Patch ports connect two bridges of Open vSwitch. A parent is ``first``. A child
    is a link on another link, for example a macvlan.
    """

    first: Interface
    second: Interface

    @property
    def kind(self) -> str:
        """``veth``, ``patch``, or the link type of the child."""
        return self.second.kind

    @property
    def up(self) -> bool:
        return self.first.up and self.second.up

    @property
    def ends(self) -> tuple[Interface, Interface]:
        return (self.first, self.second)


@dataclass(frozen=True)
class NatRule:
    """The text of a masquerading rule or of a port forward.

    Only a port forward has ``forward``, which is the port without the target. ``target`` is the
    namespace with the target's address; it is only valid if ``target_known``.
    """

    text: str
    forward: str = ""
    target: NetnsName = None
    target_known: bool = False


@dataclass(frozen=True)
class Neighbour:
    """An entry of an ARP or NDP table. ``state`` is the name of its NUD state in lower case."""

    address: str
    device: str
    mac: str
    state: str

    @property
    def unanswered(self) -> bool:
        """Whether the kernel asked for the address without an answer."""
        return self.state in ("failed", "incomplete")


@dataclass(frozen=True)
class Diagram:
    """One machine. The namespaces are in the order in which they are drawn, the host first."""

    name: str
    namespaces: tuple[NetnsName, ...]
    interfaces: dict[LinkRef, Interface]
    connections: tuple[Connection, ...]
    routes: dict[NetnsName, list[str]]
    nat_rules: dict[NetnsName, list[NatRule]]
    policies: dict[NetnsName, list[str]]
    processes: dict[NetnsName, list[str]]
    neighbours: dict[NetnsName, list[Neighbour]]
    problems: dict[NetnsName, list[str]]

    def title_of(self, netns: NetnsName) -> str:
        """The title of a namespace's box. The host has the name of the machine."""
        return self.name if netns is None else netns

    @cached_property
    def _by_netns(self) -> dict[NetnsName, list[Interface]]:
        return group((interface.netns, interface) for interface in self.interfaces.values())

    @cached_property
    def _by_bridge(self) -> dict[LinkRef, list[Interface]]:
        return group(
            (interface.bridge_ref, interface)
            for interface in self.interfaces.values()
            if interface.bridge_ref
        )

    @cached_property
    def _peers(self) -> dict[LinkRef, list[Interface]]:
        pairs: list[tuple[LinkRef, Interface]] = []
        for connection in self.connections:
            first, second = connection.ends
            pairs += [(first.ref, second), (second.ref, first)]
        return group(pairs)

    def interfaces_in(self, netns: NetnsName) -> list[Interface]:
        """The interfaces of a namespace that are worth showing.

        An interface that was not declared and has neither address nor bridge is not, for example
        the tunnel device that a kernel module creates in every namespace.
        """
        return [
            interface
            for interface in self._by_netns.get(netns, ())
            if interface.declared or interface.addresses or interface.bridge
        ]

    def bridges_in(self, netns: NetnsName) -> list[Interface]:
        return [interface for interface in self.interfaces_in(netns) if interface.kind == "bridge"]

    def ports_of(self, bridge: Interface) -> list[Interface]:
        return self._by_bridge.get(bridge.ref, [])

    def peers_of(self, interface: Interface) -> list[Interface]:
        """The other ends of its connections: one of a veth end, several of a parent of links."""
        return self._peers.get(interface.ref, [])

    def boxed_interfaces(self, netns: NetnsName) -> list[Interface]:
        """The interfaces listed in the namespace's box: all but bridges and their ports."""
        return [
            interface
            for interface in self.interfaces_in(netns)
            if interface.kind != "bridge" and not interface.bridge
        ]

    def problems_in(self, netns: NetnsName) -> list[str]:
        """What is wrong in a namespace, except interfaces that are down."""
        unanswered = [
            f"no answer from {entry.address} on {entry.device}"
            for entry in self.neighbours.get(netns, ())
            if entry.unanswered
        ]
        return [*self.problems.get(netns, ()), *unanswered]
