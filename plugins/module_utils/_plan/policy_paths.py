# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How the members of a topology are connected, so that policies can be enforced outside of them.

A policy applies where the host routes. So a member's packets must reach the host: by a veth pair,
or by a bridge, on which port guards hand them to the host.
"""

from __future__ import annotations

from collections import defaultdict
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from .._model.addresses import is_part, network_of
from .._model.network_policies import (
    POLICY_GUARDS,
    NetworkPolicy,
    PortGuard,
    SourceCheck,
    is_damaged,
)
from .attached_members import AttachedMembers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._model.links import Link, LinkRef
    from .projection import Projection

_INSIDE = ("bridge", "dummy", "ifb", "tun", "vlan", "vrf")
"""The types of links that send by another link of their namespace, or not at all."""


def strip_length(text: str) -> str:
    """An address of a link without the length of its prefix."""
    return text.partition("/")[0]


class PolicyPaths:
    """The connections of all members of the topology that is planned.

    ``addresses`` are those of each member, ``faults`` why the packets of some do not all reach the
    host, as the end of a sentence. Only what the topology declares counts: root of a namespace adds
    addresses, and changes MAC addresses, as it likes. To a single module the topology declares
    nothing. Then the guards of earlier runs count, and before the first one what is there.
    """

    def __init__(self, projection: Projection) -> None:
        self._projection = projection
        lab = projection.request.owner
        self._declared = {link.ref: link for link in projection.request.links}
        self._known = {
            rule.key: rule
            for ruleset in projection.current.rulesets.values()
            for rule in ruleset.resources
            if isinstance(rule, POLICY_GUARDS) and not is_damaged(rule)
        }
        self.members = sorted(
            name for name, netns in projection.namespaces.items() if netns.is_of(lab)
        )
        self._names = frozenset(self.members)
        self.addresses: dict[str, list[str]] = {}
        self.faults: dict[str, str] = {}
        self._sources: dict[str, set[str]] = defaultdict(set)
        self._shared: set[str] = set()
        self._guards: dict[LinkRef, PortGuard] = {}
        self._by_veth: dict[LinkRef, tuple[str, ...]] = {}
        """The addresses with which members send, by their veth ends."""
        self._bridges: dict[LinkRef, str | None] = {}
        """What is wrong with each bridge, if anything."""
        self._attached = AttachedMembers(projection, self._names)
        self._declared.update(self._attached.links)
        self.faults.update(self._attached.faults)
        self._bridges.update(self._attached.faulty_bridges)
        for member in self.members:
            self._add_member(member)
        for bridge, member in self._attached.bridges.items():
            fault = self._add_bridge(bridge)
            if fault is not None:
                self.faults.setdefault(member, fault)
        self._find_shared_addresses()

    def list_all(self) -> list[str]:
        """The members that have an address, or get one."""
        attached = self._attached.members
        return [name for name in self.members if self.addresses[name] or name in attached]

    def guards(self) -> Iterator[SourceCheck | PortGuard]:
        """The rules that make members known by their addresses."""
        lab = self._projection.request.owner
        for interface, addresses in sorted(self._sources.items()):
            shared = interface in self._shared
            yield SourceCheck(None, interface, tuple(sorted(addresses)), lab, shared)
        yield from self._guards.values()

    def _find_shared_addresses(self) -> None:
        users: dict[str, str] = {}
        for member, addresses in self.addresses.items():
            for address in addresses:
                other = users.setdefault(address, member)
                if other != member:
                    for each, by in ((member, other), (other, member)):
                        self.faults.setdefault(each, f"{by} has the address {address} too")

    def must_have(self, policy: NetworkPolicy, pattern: str) -> bool:
        """Whether the topology must have members that a policy names: the task asks for it.

        It has none while they are containers that do not run.
        """
        request = self._projection.request
        targets = self._projection.current.attach_targets
        if any(each.is_left_out and fnmatchcase(name, pattern) for name, each in targets.items()):
            return False
        is_wanted = policy.key in {each.key for each in request.wanted(NetworkPolicy)}
        return is_wanted and not (request.assume and request.desired.single)

    def _find_guard(self, link: Link) -> SourceCheck | PortGuard | None:
        """What limits the packets of a link already; it was made of what the topology declares."""
        if link.peer is None:
            return None
        keys = [(kind, *link.peer) for kind in ("port_guard", "source_check")]
        return self._known.get(keys[0]) or self._known.get(keys[1])

    def _declared_addresses(self, link: Link) -> list[str]:
        declared = self._declared.get(link.ref)
        if self._projection.request.desired.single and self._find_guard(link) is None:
            declared = link
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
        ref = link.ref
        if ref not in self._by_veth:
            self._by_veth[ref] = self._find_source_addresses(link)
        return self._by_veth[ref]

    def _find_source_addresses(self, link: Link) -> tuple[str, ...]:
        known = self._find_guard(link)
        if self._projection.request.desired.single and link.ref not in self._declared and known:
            return known.addresses  # Whatever root of the namespace has added meanwhile.
        addresses = {*self._declared_addresses(link), *self._inner_addresses(link.netns)}
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
        fault = self._find_foreign(interface)
        if fault is None:
            self._sources[interface].update(self._source_addresses(link))
        return fault

    def _find_foreign(self, interface: str) -> str | None:
        """What is wrong with an interface of the host: others created it."""
        if self._projection.links[None, interface].owner != self._projection.request.owner:
            return f"this topology did not create the host's interface {interface}"
        return None

    def _add_bridge(self, ref: LinkRef) -> str | None:
        if ref not in self._bridges:
            self._bridges[ref] = self._guard_bridge(ref)
        return self._bridges[ref]

    def _guard_bridge(self, ref: LinkRef) -> str | None:
        """Guard all ports of a bridge, and find the host's interface to it.

        Where one of them cannot be guarded, none is: others would be by the order of the links.
        """
        links = self._projection.links
        ports = [link for link in links.in_netns(ref[0]) if link.bridge == ref[1]]
        peers = {port.name: links.get(port.peer) if port.peer else None for port in ports}
        router = links[ref]
        guards: dict[LinkRef, PortGuard] = {}
        if ref[0] is not None:
            uplinks = [
                (port, peer)
                for port in ports
                if (peer := peers[port.name]) is not None and peer.netns is None
            ]
            if len(uplinks) != 1 or uplinks[0][1].bridge:
                return f"no single port of bridge {ref[1]} in namespace {ref[0]} leads to the host"
            port, router = uplinks[0]
            guards[port.ref] = PortGuard(*port.ref, owner=self._projection.request.owner)
        found = [(port, peers[port.name]) for port in ports if port.ref not in guards]
        if self._projection.current.is_narrow:
            # Of the others the tables say what they may send.
            found = [each for each in found if each[1] is not None]
        members: list[Link] = []
        for port, member in found:
            if member is None or member.netns not in self._names:
                return f"port {port.name} of bridge {ref[1]} leads out of this topology"
            is_attached = member.ref in self._attached.links
            if port.owner != self._projection.request.owner and not is_attached:
                return f"this topology did not create port {port.name} of bridge {ref[1]}"
            fault = self._find_port_fault(port, member, router)
            if fault is not None:
                return fault
            guards[port.ref] = self._compose_guard(port, member, router)
            members.append(member)
        self._add_guards(guards, members, router)
        return None

    def _add_guards(
        self, guards: dict[LinkRef, PortGuard], members: list[Link], router: Link
    ) -> None:
        self._guards.update(guards)
        if members or router.ref in self._attached.bridges:
            self._shared.add(router.name)
            self._sources[router.name].update()  # Nothing may enter before it is known who.
        for member in members:
            self._add_sources(router.name, member)

    def _find_port_fault(self, port: Link, member: Link, router: Link) -> str | None:
        """Why the packets of a port do not reach the host as those of its member."""
        if (declared := self._declared.get(port.ref)) and declared.isolated is False:
            return f"the topology says that port {port.name} is not isolated"
        for address in self._declared_addresses(member):
            if not _has_network_of(router, address):
                return (
                    f"the host has no address in the network of {address} on {router.name}, so it "
                    "cannot route between the members of the bridge"
                )
        if not self._find_mac(port, member) or not router.mac:
            return f"the MAC address of {member.name} or of {router.name} is unknown"
        return self._find_foreign(router.name)

    def _find_mac(self, port: Link, member: Link) -> str | None:
        """The MAC address that a member sends with: what was made of its declaration counts."""
        attached = self._attached.links.get(member.ref)
        if attached is not None:
            return attached.mac
        known = self._known.get(("port_guard", *port.ref))
        if isinstance(known, PortGuard) and member.ref not in self._declared:
            return known.mac
        return member.mac

    def _compose_guard(self, port: Link, member: Link, router: Link) -> PortGuard:
        return PortGuard(
            *port.ref,
            mac=self._find_mac(port, member) or "",
            router=router.mac or "",
            addresses=self._source_addresses(member),
            owner=self._projection.request.owner,
        )


def _has_network_of(router: Link, address: str) -> bool:
    host = network_of(address)
    return any(is_part(host, network) for network in map(network_of, router.addresses or ()))
