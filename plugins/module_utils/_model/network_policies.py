# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Network policies: who may talk to the members of a topology, and to whom they may talk.

A policy needs three kinds of rules beside itself, which the plan derives: named address sets, the
source addresses that may enter by an interface of the host, and guards of bridge ports, which hand
all packets of a member to the host, where the policies apply.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Union

from .addresses import family_of
from .fast_dataclass import dataclass
from .fast_replace import replace
from .fast_typing import NamedTuple
from .kernel_features import POLICY_CONNECTIONS, POLICY_FEATURES
from .occurrence import occurs
from .resources import PolicyPart

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .resources import NatResource

INGRESS, EGRESS = "ingress", "egress"
DIRECTIONS = (INGRESS, EGRESS)
ALLOW, DROP, REJECT = "allow", "drop", "reject"
ACTIONS = (ALLOW, DROP, REJECT)
ANY = "any"
PROTOCOLS = ("tcp", "udp", "sctp", "icmp", "icmpv6", ANY)
LIMIT_UNITS = ("second", "minute", "hour", "day")
PORT_PROTOCOLS = ("tcp", "udp", "sctp")
NETNS, LAB, NETWORK, HOST, ADDRESS_SET = "netns", "lab", "network", "host", "address_set"
DNS = "dns"
PEER_KINDS = (NETNS, LAB, NETWORK, HOST, ADDRESS_SET, DNS)

MAX_COMPARISONS = 20_000
"""Of addresses with rules of policies for a matrix, each of which takes some microseconds."""
_DAMAGED = "damaged"
"""Before the addresses of an observed rule whose live rules are not what it renders."""


class Peer(NamedTuple):
    """The other side of a rule: its kind, and a name, a pattern or a network."""

    kind: str
    value: str


class RateLimit(NamedTuple):
    """How many flows may begin: ``rate`` in each ``unit``, and ``burst`` more at once."""

    rate: int
    unit: str
    burst: int


class Entry(NamedTuple):
    """A rule of a policy. Without ``peers`` it is about any address.

    ``addresses`` are the networks of those peers that are members or topologies. The plan finds
    them. ``connections`` is how many each sender may have at once by the rule.
    """

    peers: tuple[Peer, ...] = ()
    protocol: str = ANY
    ports: tuple[tuple[int, int], ...] = ()
    action: str = ALLOW
    log: bool = False
    addresses: tuple[str, ...] = ()
    limit: RateLimit | None = None
    connections: int | None = None

    @property
    def is_limited(self) -> bool:
        """Whether it lets only so many flows begin."""
        return self.limit is not None or self.connections is not None

    def covers_ports(self, ports: tuple[int, int]) -> bool:
        """Whether the rule is about all ports of a range."""
        return not self.ports or any(
            first <= ports[0] and ports[1] <= last for first, last in self.ports
        )

    def meets_ports(self, ports: tuple[int, int]) -> bool:
        """Whether the rule is about some ports of a range."""
        return not self.ports or any(
            first <= ports[1] and ports[0] <= last for first, last in self.ports
        )


@dataclass(frozen=True)
class NetworkPolicy(PolicyPart):
    """A policy for the members that ``members`` names, or for all members.

    A direction with a list of rules refuses everything else; None leaves it as it is. With
    ``audit`` it refuses nothing, and logs what it would refuse. ``nflog`` is the group of netlink
    for what it logs; None for the log of the kernel.
    ``addresses`` are those of the members. The plan finds them. ``single``: the module
    ``netns_policy`` made it, so a run of the topology ``owner`` does not list it.
    ``resolvers`` are the addresses of the topology's DNS servers, if a rule names a DNS name.
    """

    netns: str | None
    name: str
    members: tuple[str, ...] | None = None
    ingress: tuple[Entry, ...] | None = None
    egress: tuple[Entry, ...] | None = None
    refuse: str = REJECT
    audit: bool = False
    nflog: int | None = None
    owner: str | None = None
    addresses: tuple[str, ...] = ()
    single: bool = False
    resolvers: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[Any, ...]:
        return ("policy", self.netns, self.owner, self.name)

    @property
    def sort_key(self) -> tuple[Any, ...]:
        return (8, self.owner or "", self.name)

    def entries(self, direction: str) -> tuple[Entry, ...] | None:
        """The rules of a direction."""
        return self.ingress if direction == INGRESS else self.egress

    def is_for(self, netns: str) -> bool:
        """Whether the policy is for a namespace of its topology."""
        return self.members is None or any(fnmatchcase(netns, text) for text in self.members)


@dataclass(frozen=True)
class AddressSet(PolicyPart):
    """A named set of networks, which rules of policies name. ``single`` as of a policy."""

    netns: str | None
    name: str
    addresses: tuple[str, ...] = ()
    owner: str | None = None
    single: bool = False

    @property
    def key(self) -> tuple[Any, ...]:
        return ("address_set", self.netns, self.owner, self.name)

    @property
    def sort_key(self) -> tuple[Any, ...]:
        return (9, self.owner or "", self.name)


@dataclass(frozen=True)
class SourceCheck(PolicyPart):
    """An interface of the host by which only packets from ``addresses`` may enter.

    A ``shared`` one leads to a bridge. Its ports are isolated, so the host answers in place of each
    member when another looks for its MAC address.
    """

    netns: str | None
    interface: str
    addresses: tuple[str, ...] = ()
    owner: str | None = None
    shared: bool = False

    @property
    def key(self) -> tuple[Any, ...]:
        return ("source_check", self.netns, self.interface)

    @property
    def sort_key(self) -> tuple[Any, ...]:
        return (10, self.interface)


@dataclass(frozen=True)
class PortGuard(PolicyPart):
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


SinglePart = Union[NetworkPolicy, AddressSet]
"""What a task asks for, of a topology or of a single module."""
SINGLE_PARTS = (NetworkPolicy, AddressSet)
"""The members of ``SinglePart``, for ``isinstance``."""
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


def list_needed_features(resources: Iterable[object]) -> Iterator[str]:
    """What a kernel needs for the policies among these resources."""
    resources = tuple(resources)
    if not occurs(NetworkPolicy, resources):
        return
    policies = [each for each in resources if isinstance(each, NetworkPolicy)]
    yield from POLICY_FEATURES
    entries = [
        entry for each in policies for entry in (*(each.ingress or ()), *(each.egress or ()))
    ]
    if any(entry.connections is not None for entry in entries):
        yield POLICY_CONNECTIONS


def list_named_sets(policies: Iterable[NetworkPolicy]) -> list[str]:
    """The names of the address sets in rules of policies."""
    return [
        value
        for policy in policies
        for entry in (*(policy.ingress or ()), *(policy.egress or ()))
        for kind, value in entry.peers
        if kind == ADDRESS_SET
    ]


def list_dns_names(policies: Iterable[NetworkPolicy]) -> list[str]:
    """The DNS names in rules of policies, which may be patterns such as ``*.example.net``."""
    return [
        value
        for policy in policies
        for entry in policy.egress or ()
        for kind, value in entry.peers
        if kind == DNS
    ]


def is_for_all(entry: Entry) -> bool:
    """Whether a rule is about any address, so that it names no DNS server."""
    return not entry.peers or any(
        kind == NETWORK and value.endswith("/0") for kind, value in entry.peers
    )


def forwarding_between_members(rules: Iterable[NatResource]) -> set[tuple[int, str]]:
    """The interfaces by which the host routes from member to member, as (family, name).

    ``all`` stands for all interfaces, as forwarding of IPv6 is enabled.
    """
    return {
        (family_of(address), rule.interface if family_of(address) == 4 else "all")
        for rule in rules
        if isinstance(rule, SourceCheck)
        for address in rule.addresses
    }
