# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How the members of a topology are connected, so that policies can be enforced outside of them.

A policy applies where the host routes. So a member's packets must reach the host: by a veth pair,
or by a bridge, on which port guards hand them to the host.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from .._model.addresses import family_of, network_of
from .._model.network_policies import PortGuard, SourceCheck, is_damaged

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .._model.links import Link, LinkRef
    from .._model.nat import NatResource
    from .projection import Projection

_INSIDE = ("bridge", "dummy", "ifb", "tun", "vlan", "vrf")
"""The types of links that send by another link of their namespace, or not at all."""


def strip_length(text: str) -> str:
    """An address of a link without the length of its prefix."""
    return text.partition("/")[0]


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


class PolicyPaths:
    """The connections of all members of the topology that is planned.

    ``addresses`` are those of each member, ``faults`` why the packets of some do not all reach the
    host, as the end of a sentence. Only what the topology declares counts: root of a namespace adds
    addresses, and changes MAC addresses, as it likes.
    """

    def __init__(self, projection: Projection) -> None:
        self._projection = projection
        lab = projection.request.owner
        self._declared = {link.ref: link for link in projection.request.links}
        self._known = {
            rule.key: rule
            for ruleset in projection.current.rulesets.values()
            for rule in ruleset.resources
            if isinstance(rule, PortGuard) and not is_damaged(rule)
        }
        self.members = sorted(
            name for name, netns in projection.namespaces.items() if netns.owner == lab
        )
        self.addresses: dict[str, list[str]] = {}
        self.faults: dict[str, str] = {}
        self._sources: dict[str, set[str]] = defaultdict(set)
        self._guards: dict[LinkRef, PortGuard] = {}
        self._bridges: dict[LinkRef, str | None] = {}
        """What is wrong with each bridge, if anything."""
        for member in self.members:
            self._add_member(member)
        self._find_shared_addresses()

    def guards(self) -> Iterator[SourceCheck | PortGuard]:
        """The rules that make members known by their addresses."""
        lab = self._projection.request.owner
        for interface, addresses in sorted(self._sources.items()):
            yield SourceCheck(None, interface, tuple(sorted(addresses)), lab)
        yield from self._guards.values()

    def _find_shared_addresses(self) -> None:
        users: dict[str, str] = {}
        for member, addresses in self.addresses.items():
            for address in addresses:
                other = users.setdefault(address, member)
                if other != member:
                    for each, by in ((member, other), (other, member)):
                        self.faults.setdefault(each, f"{by} has the address {address} too")

    def _declared_addresses(self, link: Link) -> list[str]:
        declared = self._declared.get(link.ref)
        return [*map(strip_length, (declared.addresses if declared else None) or ())]

    def _inner_addresses(self, member: str | None) -> list[str]:
        """The addresses of a member that are on no veth end, such as on a loopback."""
        links = self._projection.links.in_netns(member)
        return [
            address
            for link in links
            if link.kind != "veth"
            for address in self._declared_addresses(link)
        ]

    def _source_addresses(self, link: Link) -> tuple[str, ...]:
        """The addresses with which a member may send by a veth end."""
        addresses = {*self._declared_addresses(link), *self._inner_addresses(link.netns)}
        known = self._known.get(("port_guard", *link.peer)) if link.peer else None
        if link.ref not in self._declared and known is not None:
            addresses.update(known.addresses)
        return tuple(sorted(addresses))

    def _add_member(self, member: str) -> None:
        found: set[str] = set()
        for link in self._projection.links.in_netns(member):
            if link.name == "lo" or link.bridge:
                continue
            if link.kind == "veth":
                found.update(self._source_addresses(link))
            fault = self._add_link(link)
            if fault is not None:
                self.faults.setdefault(member, fault)
        self.addresses[member] = sorted(found)

    def _add_link(self, link: Link) -> str | None:
        """Add what guards a link of a member.

        :returns: why its packets do not all reach the host; None if they do.
        """
        if link.kind in _INSIDE and (link.parent is None or link.parent[0] == link.netns):
            return None
        if link.kind != "veth":
            return f"its interface {link.name} is no veth end, so others than the host forward it"
        declared = self._declared.get(link.ref)
        if declared is not None and declared.addresses is None:
            return f"the topology does not list the addresses of its interface {link.name}"
        peer = self._projection.links.get(link.peer) if link.peer else None
        if peer is None:
            return f"the other end of its interface {link.name} is unknown"
        if peer.bridge:
            return self._add_bridge((peer.netns, peer.bridge))
        if peer.netns is not None:
            return f"its interface {link.name} leads to namespace {peer.netns}, not to the host"
        return self._add_sources(peer.name, link)

    def _add_sources(self, interface: str, link: Link) -> str | None:
        """Let the addresses of a member's link enter by an interface of the host."""
        device = self._projection.links[None, interface]
        if device.owner != self._projection.request.owner:
            return f"this topology did not create the host's interface {interface}"
        self._sources[interface].update(self._source_addresses(link))
        return None

    def _add_bridge(self, ref: LinkRef) -> str | None:
        if ref not in self._bridges:
            self._bridges[ref] = self._guard_bridge(ref)
        return self._bridges[ref]

    def _guard_bridge(self, ref: LinkRef) -> str | None:
        """Guard all ports of a bridge, and find the host's interface to it."""
        links = self._projection.links
        ports = [link for link in links.in_netns(ref[0]) if link.bridge == ref[1]]
        peers = {port.name: links.get(port.peer) if port.peer else None for port in ports}
        router = links[ref]
        if ref[0] is not None:
            uplinks = [
                (port, peer)
                for port in ports
                if (peer := peers[port.name]) is not None and peer.netns is None
            ]
            if len(uplinks) != 1 or uplinks[0][1].bridge:
                return f"no single port of bridge {ref[1]} in namespace {ref[0]} leads to the host"
            port, router = uplinks[0]
            self._guards[port.ref] = PortGuard(*port.ref, owner=self._projection.request.owner)
        for port in ports:
            member = peers[port.name]
            if port.ref in self._guards:
                continue
            if member is None or member.netns not in self.members:
                return f"port {port.name} of bridge {ref[1]} leads out of this topology"
            fault = self._guard_port(port, member, router)
            if fault is not None:
                return fault
        return None

    def _guard_port(self, port: Link, member: Link, router: Link) -> str | None:
        for address in self._declared_addresses(member):
            if not _has_network_of(router, address):
                return (
                    f"the host has no address in the network of {address} on {router.name}, so it "
                    "cannot route between the members of the bridge"
                )
        known = self._known.get(("port_guard", *port.ref))
        mac = member.mac if known is None or member.ref in self._declared else known.mac
        if not mac or not router.mac:
            return f"the MAC address of {member.name} or of {router.name} is unknown"
        self._guards[port.ref] = PortGuard(
            *port.ref,
            mac=mac,
            router=router.mac,
            addresses=self._source_addresses(member),
            owner=self._projection.request.owner,
        )
        return self._add_sources(router.name, member)


def _has_network_of(router: Link, address: str) -> bool:
    host = network_of(address)
    return any(
        network.version == host.version and host.network_address in network
        for network in map(network_of, router.addresses or ())
    )
