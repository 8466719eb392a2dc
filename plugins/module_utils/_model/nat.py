# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The resources of a namespace's rule set, and what is observed of other packet filters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .addresses import family_of
from .fast_dataclass import dataclass
from .fast_typing import NamedTuple
from .resources import NatResource, NatRule, RulesetPart

if TYPE_CHECKING:
    from .links import LinkRef

SAVED_SYSCTLS = ("accept_ra", "forwarding")

SortKey = tuple[Any, ...]


@dataclass(frozen=True)
class Masquerade(NatRule):
    """Source NAT: packets of one network leave with the host's address, or with ``to_source``.

    If it is not ``translated``, they leave with their own address: other networks have routes back.
    ``device`` is the interface of the network, which the plan finds. Packets that leave through it
    are not translated.
    """

    netns: str | None
    source: str
    out_interface: str | None = None
    destination_except: tuple[str, ...] = ()
    to_source: str | None = None
    translated: bool = True
    device: str | None = None
    owner: str | None = None

    @property
    def family(self) -> int:
        return family_of(self.source)

    @property
    def key(self) -> tuple[Any, ...]:
        return ("masquerade", self.netns, self.source, self.out_interface)

    @property
    def sort_key(self) -> SortKey:
        return (0, self.family, self.source, self.out_interface or "")


@dataclass(frozen=True)
class Dnat(NatRule):
    """Port forwarding. ``ports`` and ``to_ports`` are inclusive ranges of the same length.

    ``device`` is the interface that leads to ``to_address``, which the plan finds.
    """

    netns: str | None
    protocol: str
    ports: tuple[int, int]
    to_address: str
    to_ports: tuple[int, int]
    in_interface: str | None = None
    destination: str | None = None
    source: tuple[str, ...] = ()
    hairpin: bool = False
    from_host: bool = True
    device: str | None = None
    owner: str | None = None

    @property
    def family(self) -> int:
        return family_of(self.to_address)

    @property
    def key(self) -> tuple[Any, ...]:
        return (
            "dnat",
            self.netns,
            self.family,
            self.protocol,
            self.ports,
            self.in_interface,
            self.destination,
            self.source,
        )

    @property
    def sort_key(self) -> SortKey:
        return (
            1,
            self.family,
            self.protocol,
            self.ports,
            self.in_interface or "",
            self.destination or "",
            self.source,
        )


@dataclass(frozen=True)
class Isolation(NatRule):
    """Isolation of a topology's interface.

    Through it only published ports are reached from outside, and only masqueraded packets leave.
    ``networks`` are those of its addresses. Packets with such a source address that another
    interface receives are dropped. ``routed`` are further networks to which the host has routes by
    the interface. ``joined`` are other interfaces of the namespace on its Ethernet segment, such as
    a bridge to which it is joined by a cable: packets of ``networks`` enter by these too.
    ``untracked`` are the bridges among ``joined`` that pass frames on by a cable, on which
    br_netfilter would have packets translated before they reach the interface.
    """

    netns: str | None
    interface: str
    networks: tuple[str, ...]
    owner: str | None = None
    routed: tuple[str, ...] = ()
    joined: tuple[str, ...] = ()
    untracked: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[Any, ...]:
        return ("isolation", self.netns, self.interface)

    @property
    def sort_key(self) -> SortKey:
        return (2, self.interface)


@dataclass(frozen=True)
class ForwardingEnabled(NatResource):
    """A record that this collection enabled forwarding on an interface, so that it can disable it.

    The forward chain drops all packets from the interface except our own. ``interface`` is ``all``
    for IPv6, which has one sysctl for the whole namespace.
    """

    netns: str | None
    family: int
    interface: str

    @property
    def key(self) -> tuple[Any, ...]:
        return ("forwarding", self.netns, self.family, self.interface)

    @property
    def sort_key(self) -> SortKey:
        return (3, self.family, self.interface)


@dataclass(frozen=True)
class SavedSysctl(NatResource):
    """A record that net.ipv6.conf.INTERFACE.``setting`` was 1 before IPv6 forwarding was enabled.

    ``setting`` is one of ``SAVED_SYSCTLS``. It is restored when forwarding is disabled:
    ``accept_ra`` from 2, with which a router still learns its own default route, and ``forwarding``
    from 0, to which the sysctl for all interfaces resets it.
    """

    netns: str | None
    interface: str
    setting: str

    @property
    def key(self) -> tuple[Any, ...]:
        return ("saved_sysctl", self.netns, self.interface, self.setting)

    @property
    def sort_key(self) -> SortKey:
        return (4, self.interface, self.setting)


FIREWALLS = ("docker", "firewalld", "ufw", "forward")
"""Other packet filters that can be configured to accept a topology's packets.

``forward`` stands for any rule set that drops packets in the forward hook.
"""


@dataclass(frozen=True)
class IntegratedFirewall(NatRule):
    """Rules in another packet filter that accept the packets of an interface.

    ``hook_points`` are the places of these rules, each TOOL:PLACE, such as
    ``iptables:DOCKER-USER``, ``nft:inet filter forward`` or ``firewalld:trusted``.
    """

    netns: str | None
    interface: str
    firewall: str
    hook_points: tuple[str, ...] = ()
    owner: str | None = None

    @property
    def key(self) -> tuple[Any, ...]:
        return ("integration", self.netns, self.firewall, self.interface)

    @property
    def sort_key(self) -> SortKey:
        return (5, self.firewall, self.interface)


@dataclass(frozen=True)
class SpoofCheck(NatRule):
    """A bridge port that accepts only frames with the source address ``mac``, that of its peer.

    A desired spoof check names the ``peer`` instead of its address. ``enabled`` is false if an
    existing one is to be removed.
    """

    netns: str | None
    interface: str
    mac: str = ""
    owner: str | None = None
    peer: LinkRef | None = None
    enabled: bool = True

    @property
    def key(self) -> tuple[Any, ...]:
        return ("spoofchk", self.netns, self.interface)

    @property
    def sort_key(self) -> SortKey:
        return (6, self.interface)


class BlockingChain(NamedTuple):
    """A chain of another program that drops forwarded packets, without a rule that accepts them.

    ``family`` is ip, ip6 or inet. ``firewall`` is the one of ``FIREWALLS`` whose integration helps.
    """

    family: str
    chain: str
    firewall: str | None


@dataclass(frozen=True)
class Ruleset:
    """All NAT resources of one namespace, in one backend.

    ``backend`` is empty if all of our rules are in the chains of other programs. ``damaged``: our
    rules are incomplete, because another program removed or changed some.
    """

    backend: str
    resources: tuple[NatResource, ...] = ()
    damaged: bool = False


@dataclass(frozen=True)
class NatBackend(RulesetPart):
    """The backend of a namespace's rule set. Moving or repairing a rule set is a change of it."""

    netns: str | None
    backend: str
    damaged: bool = False

    @property
    def key(self) -> tuple[Any, ...]:
        return ("nat", self.netns)
