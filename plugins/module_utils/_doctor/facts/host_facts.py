# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The facts about a host that the checks read, collected once, as plain data."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Optional

from ..._model.changes import links_in
from ..._model.desired_state import ALLOW_OVERLAP
from ..._model.fast_typing import NamedTuple
from ..._model.impairments import Impairment
from ..._model.nat import Dnat, Masquerade
from .segments import Segments
from .switch import with_switch_ports

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..._model.current_state import CurrentState, Neighbour
    from ..._model.declared_services import DeclaredService
    from ..._model.desired_state import DesiredState
    from ..._model.links import Link, LinkRef
    from ..._model.netns import Attachment
    from ..._model.policy_rules import PolicyRule
    from ..._model.routes import Route
    from ..._netlink.link_replies import PortState
    from ..firewall.rules import PacketFilters
    from ..trace.traces import Trace
    from .name_servers import SilentServer
    from .stranded import StrandedProcess

REFUSING_TYPES = ("blackhole", "unreachable", "prohibit")
"""The types of routes and policy routing rules that reject packets."""

Gateway = tuple[Optional[str], str, str]
"""(namespace, address, device)."""


class GatewayHop(NamedTuple):
    """A next hop of a route that has a gateway. ``device`` is empty if the route names none.

    ``onlink``: the route says that the gateway is on the link, whatever other routes say.
    """

    netns: str | None
    route: Route
    gateway: str
    device: str
    onlink: bool


class TableLimit(NamedTuple):
    """A table of the kernel, how many entries it has, and how many it can have.

    ``key_path`` is the kernel parameter of the limit.
    """

    check: str
    table: str
    entries: int
    limit: int
    key_path: str


@dataclass
class HostFacts:
    """The facts about a host. Dictionaries by namespace have the key None for the host."""

    current: CurrentState
    desired: DesiredState | None = None
    """The declared topology. None if none was declared, or if the namespaces could not be read."""
    declared_links: frozenset[LinkRef] = frozenset()
    """The links of the declared topology; ``check_drift`` knows what they must be ports of."""
    neighbours: dict[str | None, list[Neighbour]] = field(default_factory=dict)
    proxies: dict[str | None, list[Neighbour]] = field(default_factory=dict)
    """What ``ip neigh show proxy`` shows: addresses for which a namespace answers."""
    port_states: dict[LinkRef, PortState] = field(default_factory=dict)
    """The STP state of each bridge port."""
    port_flags: dict[LinkRef, dict[str, bool]] = field(default_factory=dict)
    """The flags of bridge ports that are not the default ones."""
    no_carrier: set[LinkRef] = field(default_factory=set)
    """Links that are up and have no carrier; read only where a check needs it."""
    dad_failed: set[tuple[LinkRef, str]] = field(default_factory=set)
    """IPv6 addresses whose duplicate address detection failed."""
    host_scopes: set[tuple[LinkRef, str]] = field(default_factory=set)
    """IPv4 addresses of scope host on links of namespaces, which are no source of packets."""
    sysctls: dict[tuple[str | None, str], str] = field(default_factory=dict)
    """Values by (namespace, key with slashes)."""
    packet_filters: dict[str | None, PacketFilters] = field(default_factory=dict)
    arp_tables: tuple[str, ...] = ()
    """The host's tables of nftables for ARP, which arptables uses too."""
    silent_gateways: set[Gateway] = field(default_factory=set)
    """Gateways that did not answer ARP or neighbour discovery."""
    outdated_gateways: dict[Gateway, str] = field(default_factory=dict)
    """Gateways that did not answer at the MAC address that was known, which is the value."""
    refused_gateways: dict[Gateway, int] = field(default_factory=dict)
    """Gateways to which the kernel did not send, each with the errno."""
    policy_rules: dict[str | None, tuple[PolicyRule, ...]] = field(default_factory=dict)
    """The rules of ``ip rule``. None exist if the kernel has no policy routing."""
    impairments: dict[LinkRef, Impairment] = field(default_factory=dict)
    """Impairments by netem and tbf, of this collection and of others."""
    flow_counts: dict[str, int] = field(default_factory=dict)
    """The number of flows of bridges of Open vSwitch that forward by flows alone."""
    limits: list[TableLimit] = field(default_factory=list)
    link_managers: dict[str, str] = field(default_factory=dict)
    """By link of the host: the program that manages or renames it, and its file in brackets."""
    nscd_running: bool = False
    loopback_nameserver: str | None = None
    """The host's nameserver if it is a loopback address, which namespaces cannot reach."""
    uses_resolved: bool = False
    """Whether nsswitch.conf has names looked up by the host's systemd-resolved."""
    stranded_processes: list[StrandedProcess] = field(default_factory=list)
    """Processes in the former namespaces of names that exist again."""
    silent_servers: list[SilentServer] = field(default_factory=list)
    """Name servers of topologies that run, and do not answer."""
    services: list[DeclaredService] = field(default_factory=list)
    """The units of systemd that were put into namespaces."""
    ended_attachments: dict[str, Attachment] = field(default_factory=dict)
    """The names that were given to namespaces of containers and processes that have ended."""
    traces: list[Trace] = field(default_factory=list)
    """Flows between namespaces that must work and are lost, and how far their packets came."""
    unanswered_names: set[tuple[str, str]] = field(default_factory=set)
    """DNS names in policies, each with its topology, of which no address is known."""
    reasons: list[str] = field(default_factory=list)
    """Why the facts are incomplete."""

    @cached_property
    def segments(self) -> Segments:
        """The Ethernet segments of the links."""
        return Segments(with_switch_ports(self.current.links, self.current))

    @cached_property
    def _links_by_netns(self) -> dict[str | None, list[Link]]:
        found: dict[str | None, list[Link]] = {}
        for link in self.current.links.values():
            found.setdefault(link.netns, []).append(link)
        return found

    def links_of(self, netns: str | None) -> list[Link]:
        return self._links_by_netns.get(netns, [])

    @cached_property
    def links_that_may_overlap(self) -> frozenset[LinkRef]:
        """The links with ``allow_overlap`` in the declared topology: no other record has it."""
        if self.desired is None:
            return frozenset()
        return frozenset(
            link.ref
            for link in links_in(self.desired.present)
            if (ALLOW_OVERLAP, link.key) in self.desired.allowed
        )

    def find_peer(self, link: Link) -> Link | None:
        """The other end of a veth pair, if it could be read."""
        return self.current.links.get(link.peer) if link.peer else None

    def is_up(self, ref: LinkRef) -> bool:
        return ref in self.current.links and bool(self.current.links[ref].up)

    def has_br_netfilter(self, netns: str | None, family: int) -> bool:
        """Whether br_netfilter passes what bridges forward to the filters of routed packets."""
        name = "bridge-nf-call-iptables" if family == 4 else "bridge-nf-call-ip6tables"
        return self.sysctls.get((netns, f"net/bridge/{name}")) == "1"

    def links_to_namespaces(self) -> frozenset[LinkRef]:
        """The bridges with a port whose peer is in another namespace, and such veth ends."""
        ends = [
            link
            for link in self.current.links.values()
            if link.peer is not None and link.peer[0] is not None and link.peer[0] != link.netns
        ]
        return frozenset(
            (end.netns, end.bridge) if end.bridge else end.ref
            for end in ends
            if end.bridge or end.addresses
        )

    def links_by_parent(self) -> dict[LinkRef, list[Link]]:
        """The links on top of others (VLANs, macvlans), by their parents.

        Only those that are up, and in a namespace or of this collection. A VLAN goes down with its
        parent, and comes up again with it, and so counts while it is down.
        """
        found: dict[LinkRef, list[Link]] = {}
        for link in self.current.links.values():
            if (
                link.parent
                and link.parent[1]
                and (link.up or link.kind == "vlan")
                and (link.netns is not None or link.owner is not None)
            ):
                found.setdefault(link.parent, []).append(link)
        return found

    def access_links(self, netns: str | None) -> frozenset[str]:
        """The links of a namespace that lead to other namespaces, or that NAT rules name."""
        ruleset = self.current.rulesets.get(netns)
        nat_links = [
            resource.device
            for resource in (ruleset.resources if ruleset else ())
            if isinstance(resource, (Masquerade, Dnat)) and resource.device
        ]
        leading = [name for owner, name in self.links_to_namespaces() if owner == netns]
        return frozenset([*nat_links, *leading])

    def selecting_rules(self, netns: str | None, table: int, family: int) -> list[PolicyRule]:
        """The policy routing rules that look up a table."""
        return [
            rule
            for rule in self.policy_rules.get(netns, ())
            if (rule.family, rule.action, rule.table) == (family, "lookup", table)
        ]

    def gateway_hops(self) -> Iterator[GatewayHop]:
        """The next hops with gateways of all routes."""
        for netns in self.current.routes:
            yield from self.gateway_hops_of(netns)

    def gateway_hops_of(self, netns: str | None) -> Iterator[GatewayHop]:
        """The next hops with gateways of the routes of a namespace."""
        for route in self.current.routes.get(netns, ()):
            for hop in route.nexthops or (route,):
                if hop.gateway:
                    device, onlink = hop.device or "", bool(hop.onlink)
                    yield GatewayHop(netns, route, hop.gateway, device, onlink)

    def list_declared_impairments(self) -> set[LinkRef]:
        """The links that the declared topology impairs."""
        resources = self.desired.present if self.desired else ()
        return {(one.netns, one.link) for one in resources if isinstance(one, Impairment)}
