# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The types of what a namespace's packet filters have of ours, and of what was set for its sake.

As in ``_model.py``, ``netns`` is ``None`` for the host itself, and ``owner`` is who made a thing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple, Optional, Tuple, Union

from .addresses import family_of
from .links import LinkRef

SAVED_SYSCTLS = ("accept_ra", "forwarding")


@dataclass(frozen=True)
class Masquerade:
    """Traffic of one source network leaves with the host's address (or ``to_source``).

    ``device`` is the source network's own interface, found by the plan: traffic that goes out there is left alone.
    """

    netns: Optional[str]
    source: str
    out_interface: Optional[str] = None
    destination_except: Tuple[str, ...] = ()
    to_source: Optional[str] = None
    device: Optional[str] = None
    owner: Optional[str] = None

    @property
    def family(self) -> int:
        return family_of(self.source)

    @property
    def key(self) -> Tuple[Any, ...]:
        return ("masquerade", self.netns, self.source, self.out_interface)


@dataclass(frozen=True)
class Dnat:
    """A port forward. Ports are inclusive ranges; ``to_ports`` has as many as ``ports``, mapped one to one.

    ``device`` is the interface that leads to ``to_address``, found by the plan.
    """

    netns: Optional[str]
    protocol: str
    ports: Tuple[int, int]
    to_address: str
    to_ports: Tuple[int, int]
    in_interface: Optional[str] = None
    destination: Optional[str] = None
    source: Tuple[str, ...] = ()
    hairpin: bool = False
    from_host: bool = True
    device: Optional[str] = None
    owner: Optional[str] = None

    @property
    def family(self) -> int:
        return family_of(self.to_address)

    @property
    def key(self) -> Tuple[Any, ...]:
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


@dataclass(frozen=True)
class ForwardingEnabled:
    """An interface whose forwarding we turned on, so that it can be turned off again.

    Only our own traffic may enter by it: the forward path drops the rest, as before.
    ``interface`` is ``all`` for IPv6, which has one switch for the whole namespace.
    """

    netns: Optional[str]
    family: int
    interface: str

    @property
    def key(self) -> Tuple[Any, ...]:
        return ("opened", self.netns, self.family, self.interface)


@dataclass(frozen=True)
class SavedSysctl:
    """An interface's net.ipv6.conf.INTERFACE.``setting``, one of ``KEPT_SETTINGS``, was 1 before IPv6 forwarding was opened.

    It goes back to that when forwarding is closed: ``accept_ra`` from 2, with which a router goes on to learn its own default
    route; ``forwarding`` from 0, which the one switch for all interfaces takes along.
    """

    netns: Optional[str]
    interface: str
    setting: str

    @property
    def key(self) -> Tuple[Any, ...]:
        return ("kept", self.netns, self.interface, self.setting)


@dataclass(frozen=True)
class Isolation:
    """An interface of a lab by which nobody is reached but by what is published, and nobody reaches out but by a masquerade.

    ``networks`` are those of its addresses: what bears one of these as its source and comes from elsewhere is dropped.
    """

    netns: Optional[str]
    interface: str
    networks: Tuple[str, ...]
    owner: Optional[str] = None

    @property
    def key(self) -> Tuple[Any, ...]:
        return ("isolated", self.netns, self.interface)


FIREWALLS = ("docker", "firewalld", "ufw", "forward")
"""Whose packet filters a lab's traffic can be let through: ``forward`` is whoever drops in the forward path itself."""


@dataclass(frozen=True)
class IntegratedFirewall:
    """An interface of ours whose traffic somebody else's packet filter lets through, because we told it to.

    ``posts`` are the places where it was told, each as TOOL:PLACE: ``iptables:DOCKER-USER``, ``nft:inet filter forward``,
    ``firewalld:trusted``.
    """

    netns: Optional[str]
    interface: str
    firewall: str
    hook_points: Tuple[str, ...] = ()
    owner: Optional[str] = None

    @property
    def key(self) -> Tuple[Any, ...]:
        return ("admitted", self.netns, self.firewall, self.interface)


@dataclass(frozen=True)
class SpoofCheck:
    """A port of a bridge by which only frames from ``mac`` come in, the address of its other end.

    Wanted without ``mac``: that of the ``other`` end, whatever it is. With ``on`` false: not to be guarded.
    """

    netns: Optional[str]
    interface: str
    mac: str = ""
    owner: Optional[str] = None
    peer: Optional[LinkRef] = None
    enabled: bool = True

    @property
    def key(self) -> Tuple[Any, ...]:
        return ("guarded", self.netns, self.interface)


NatResource = Union[
    Masquerade, Dnat, Isolation, IntegratedFirewall, SpoofCheck, ForwardingEnabled, SavedSysctl
]
NAT_RULES = (Masquerade, Dnat, Isolation, IntegratedFirewall, SpoofCheck)
"""What is asked for; the others of a namespace's rules say what was done for it."""


class BlockingChain(NamedTuple):
    """Somebody else's chain that drops what is forwarded and no rule there accepts: its family (ip, ip6, inet), in words, and what would help."""

    family: str
    chain: str
    firewall: Optional[str]


@dataclass(frozen=True)
class Ruleset:
    """All of our NAT in one namespace, in one backend.

    ``backend`` is empty where no rule of ours stands but in others' chains.
    ``damaged`` says that rules of ours were found that do not make up what they should: somebody took or changed a part.
    """

    backend: str
    resources: Tuple[NatResource, ...] = ()
    damaged: bool = False


@dataclass(frozen=True)
class NatBackend:
    """Which backend holds the rules of a namespace, as a thing of the plan: moving or mending them is a change of its own."""

    netns: Optional[str]
    backend: str
    damaged: bool = False

    @property
    def key(self) -> Tuple[Any, ...]:
        return ("nat", self.netns)


class ForeignForward(NamedTuple):
    """Ports that are forwarded. ``family`` 0 is both, an empty ``protocol`` any, ``destination`` ``None`` any address; ``where`` in words."""

    family: int
    protocol: str
    ports: Tuple[int, int]
    destination: Optional[str]
    where: str


NatRule = Union[Masquerade, Dnat, Isolation, IntegratedFirewall, SpoofCheck]
