# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is there: what can be asked of a host, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple, Optional, Tuple

from .bridge_vlans import PortVlans
from .impairments import Impairment
from .links import Link, LinkRef
from .nat import BlockingChain, ForeignForward, Ruleset
from .netns import Netns, Resolver
from .routes import Route, route_protocol


@dataclass(frozen=True)
class Process:
    """A process inside a namespace. ``inner_pid`` is its number in its own PID namespace."""

    pid: int
    inner_pid: int
    command: str


class Listener(NamedTuple):
    """A socket that takes what comes to a port; ``0.0.0.0`` and ``::`` are every address, the latter of both families."""

    protocol: str
    address: str
    port: int


@dataclass(frozen=True)
class Neighbour:
    """An entry of the ARP or NDP table."""

    netns: Optional[str]
    address: str
    device: str
    mac: Optional[str]
    state: str
    router: bool = False


@dataclass
class CurrentState:
    """What was observed. Holds only what the scope asked for."""

    has_ipv6: bool = True
    """Whether the kernel does IPv6 at all."""
    namespaces: dict[str, Netns] = field(default_factory=dict)
    unusable_names: dict[str, str] = field(default_factory=dict)
    """Names under /run/netns that are no namespace, with what they are (``stale`` is ours to mend)."""
    own_stale_names: set[str] = field(default_factory=set)
    """Of those the stale ones that we made ourselves, and were killed."""
    links: dict[LinkRef, Link] = field(default_factory=dict)
    vlans: dict[LinkRef, PortVlans] = field(default_factory=dict)
    """Of bridges and their ports, where a bridge filters them or somebody asks."""
    impairments: dict[LinkRef, Impairment] = field(default_factory=dict)
    """Ours, wherever there are some."""
    foreign_qdiscs: dict[LinkRef, str] = field(default_factory=dict)
    """Where impairments are wanted or there: others' queueing disciplines at the root of a link."""
    missing_features: frozenset[str] = frozenset()
    """Of what is wanted, what this kernel does not have, as far as that can be known."""
    routes: dict[Optional[str], Tuple[Route, ...]] = field(default_factory=dict)
    sysctls: dict[Tuple[Optional[str], str], Optional[str]] = field(default_factory=dict)
    resolvers: dict[str, Resolver] = field(default_factory=dict)
    rulesets: dict[Optional[str], Ruleset] = field(default_factory=dict)
    backends: dict[Optional[str], str] = field(default_factory=dict)
    """The NAT backend to use in a namespace: the one asked for, or the one that works."""
    backend_reasons: dict[Optional[str], str] = field(default_factory=dict)
    """Why that one."""
    listeners: dict[Optional[str], Tuple[Listener, ...]] = field(default_factory=dict)
    br_netfilter_families: frozenset[int] = frozenset()
    """The families (4, 6) of which br_netfilter shows bridged packets to the packet filters of the host."""
    has_nft: bool = True
    """Whether the program nft is here."""
    foreign_forwards: dict[Optional[str], Tuple[ForeignForward, ...]] = field(default_factory=dict)
    """Where forwards are wanted: what others' rules forward."""
    blocking_chains: dict[Optional[str], Tuple[BlockingChain, ...]] = field(default_factory=dict)
    """Where rules are wanted: others' chains that drop what is forwarded, unless a rule of theirs accepts it."""
    hook_points: dict[Optional[str], dict[str, Tuple[str, ...]]] = field(default_factory=dict)
    """There too: the firewalls that are here, each with the places where it can be told what to let through."""
    processes: dict[str, Tuple[Process, ...]] = field(default_factory=dict)
    netns_local: dict[str, str] = field(default_factory=dict)
    """Links of the host that shall be taken and are bound to it, and by what."""
    ipv6_disabled: set[LinkRef] = field(default_factory=set)
    """Links on which IPv6 is disabled."""
    netns_dir_readonly: bool = False
    """Whether namespaces can neither be made nor removed: nobody may write to the directory of their names."""
    private_mount_ns: bool = False
    """Whether a namespace that is made from here would be one for this process only."""
    machine_id: str = ""
    """What tells this machine from others; MAC addresses are derived from it."""
    ssh_server: Optional[Tuple[str, int]] = None
    """This host's address and port in the SSH connection that brought the task, if there is one."""

    def owners(self) -> set[str]:
        """The topologies whose marks were seen."""
        rules = [rule for ruleset in self.rulesets.values() for rule in ruleset.resources]
        marks = [
            getattr(resource, "owner", None)
            for resource in (*self.namespaces.values(), *self.links.values(), *rules)
        ]
        return {owner for owner in marks if owner}

    def labs_with_same_route_protocol(self, lab: str) -> set[str]:
        """The other topologies whose routes bear the same number (``route_protocol``)."""
        number = route_protocol(lab)
        return {owner for owner in self.owners() - {lab} if route_protocol(owner) == number}

    def holds_route_of(self, lab: Optional[str], route: Route) -> bool:
        """Whether a route is in a namespace of a topology, or through one of its links."""
        netns, link = (
            self.namespaces.get(route.netns or ""),
            self.links.get((route.netns, route.device or "")),
        )
        return any(resource is not None and resource.owner == lab for resource in (netns, link))
