# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Network policies: who may talk to the members of a topology, and to whom they may talk.

A policy needs three kinds of rules beside itself, which the plan derives: named address sets, the
source addresses that may enter by an interface of the host, and guards of bridge ports, which hand
all packets of a member to the host, where the policies apply.
"""

from __future__ import annotations

from typing import Any, NamedTuple, Union

from .fast_dataclass import dataclass
from .fast_replace import replace

INGRESS, EGRESS = "ingress", "egress"
DIRECTIONS = (INGRESS, EGRESS)
ALLOW, DROP, REJECT = "allow", "drop", "reject"
ACTIONS = (ALLOW, DROP, REJECT)
ANY = "any"
PROTOCOLS = ("tcp", "udp", "sctp", "icmp", "icmpv6", ANY)
PORT_PROTOCOLS = ("tcp", "udp", "sctp")
NETNS, LAB, NETWORK, HOST, ADDRESS_SET = "netns", "lab", "network", "host", "address_set"
PEER_KINDS = (NETNS, LAB, NETWORK, HOST, ADDRESS_SET)

_DAMAGED = "damaged"
"""Before the addresses of an observed rule whose live rules are not what it renders."""


class Peer(NamedTuple):
    """The other side of a rule: its kind, and a name, a pattern or a network."""

    kind: str
    value: str


class Entry(NamedTuple):
    """A rule of a policy. Without ``peers`` it is about any address.

    ``addresses`` are the networks of those peers that are members or topologies. The plan finds
    them.
    """

    peers: tuple[Peer, ...] = ()
    protocol: str = ANY
    ports: tuple[tuple[int, int], ...] = ()
    action: str = ALLOW
    log: bool = False
    addresses: tuple[str, ...] = ()


@dataclass(frozen=True)
class NetworkPolicy:
    """A policy for the members that ``members`` names, or for all members.

    A direction with a list of rules refuses everything else; None leaves it as it is.
    ``addresses`` are those of the members. The plan finds them.
    """

    netns: str | None
    name: str
    members: tuple[str, ...] | None = None
    ingress: tuple[Entry, ...] | None = None
    egress: tuple[Entry, ...] | None = None
    refuse: str = REJECT
    owner: str | None = None
    addresses: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[Any, ...]:
        return ("policy", self.netns, self.owner, self.name)

    @property
    def sort_key(self) -> tuple[Any, ...]:
        return (8, self.owner or "", self.name)

    def entries(self, direction: str) -> tuple[Entry, ...] | None:
        """The rules of a direction."""
        return self.ingress if direction == INGRESS else self.egress


@dataclass(frozen=True)
class AddressSet:
    """A named set of networks, which rules of policies name."""

    netns: str | None
    name: str
    addresses: tuple[str, ...] = ()
    owner: str | None = None

    @property
    def key(self) -> tuple[Any, ...]:
        return ("address_set", self.netns, self.owner, self.name)

    @property
    def sort_key(self) -> tuple[Any, ...]:
        return (9, self.owner or "", self.name)


@dataclass(frozen=True)
class SourceCheck:
    """An interface of the host by which only packets from ``addresses`` may enter."""

    netns: str | None
    interface: str
    addresses: tuple[str, ...] = ()
    owner: str | None = None

    @property
    def key(self) -> tuple[Any, ...]:
        return ("source_check", self.netns, self.interface)

    @property
    def sort_key(self) -> tuple[Any, ...]:
        return (10, self.interface)


@dataclass(frozen=True)
class PortGuard:
    """A bridge port by which only frames of one member may enter.

    ``mac`` and ``addresses`` are the member's. Its packets are handed to ``router``, the MAC
    address of the host on that segment, so that no frame goes from member to member. A port without
    ``mac`` leads to the host.
    """

    netns: str | None
    interface: str
    mac: str = ""
    router: str = ""
    addresses: tuple[str, ...] = ()
    owner: str | None = None

    @property
    def key(self) -> tuple[Any, ...]:
        return ("port_guard", self.netns, self.interface)

    @property
    def sort_key(self) -> tuple[Any, ...]:
        return (11, self.interface)


PolicyPart = Union[NetworkPolicy, AddressSet, SourceCheck, PortGuard]
POLICY_PARTS = (NetworkPolicy, AddressSet, SourceCheck, PortGuard)
"""The members of ``PolicyPart``, for ``isinstance``."""
POLICY_GUARDS = (SourceCheck, PortGuard)
"""Those that no task asks for: the plan derives them."""


def mark_damaged(part: PolicyPart) -> PolicyPart:
    """The part as observed where the live rules are not what it renders.

    In a namespace its root may have written the record, so there its addresses count for nothing.
    """
    recorded = part.addresses if part.netns is None else ()
    return replace(part, addresses=(_DAMAGED, *recorded))


def is_damaged(part: PolicyPart) -> bool:
    """Whether the live rules are not what this observed part renders."""
    return part.addresses[:1] == (_DAMAGED,)


def as_recorded(part: PolicyPart) -> PolicyPart:
    """The part as it was before its rules were damaged; in a namespace that is not known."""
    if part.netns is None and is_damaged(part):
        return replace(part, addresses=part.addresses[1:])
    return part
