# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which members of a topology may leave the host, and to where. Pure.

It depends on the desired state alone, and so lists too much rather than too little.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .._desired.lab_interfaces import isolations, links_on_host
from .._model.addresses import ICMP_PROTOCOLS, intersect_networks, is_part, network_of
from .._model.changes import links_in
from .._model.fast_typing import NamedTuple
from .._model.nat import Masquerade
from .._model.network_policies import ALLOW, ANY, DNS, EGRESS, Entry, NetworkPolicy
from .._model.ranges import ALL_PORTS, format_range
from .._model.routes import Route
from .outside_peers import OutsidePeers, anyone

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from .._model.addresses import Network
    from .._model.desired_state import DesiredState
    from .._model.links import Link

_OWN_WAYS = ("ipvlan", "macvlan")
"""Types of links that lead out of the host past its routing."""


class WayOut(NamedTuple):
    """What a member may send out of the host; without destinations anything, as without ports."""

    by: str
    interface: str | None
    destination: tuple[str, ...]
    protocol: str | None = None
    ports: tuple[tuple[int, int], ...] = ()
    policies: tuple[str, ...] = ()


class WaysOut:
    """The ways out of the host that a task declares for the members of its topology."""

    def __init__(self, desired: DesiredState) -> None:
        present = desired.present
        self._peers = OutsidePeers(present, desired.lab)
        self._links = [link for link in links_in(present) if link.netns is not None]
        self._policies = [
            each
            for each in present
            if isinstance(each, NetworkPolicy) and each.entries(EGRESS) is not None
        ]
        self._masquerades = [
            each for each in present if isinstance(each, Masquerade) and each.netns is None
        ]
        self._routes: dict[str | None, list[Network]] = {}
        for each in present:
            if isinstance(each, Route) and each.type in (None, "unicast"):
                self._routes.setdefault(each.netns, []).append(network_of(each.destination))
        own = isolations(links_on_host(present))
        self._own = [network_of(text) for isolation in own for text in isolation.networks]
        self._is_open = desired.not_isolated

    def list_all(self) -> list[tuple[list[str], WayOut]]:
        """Each way out, with the members that have it."""
        members: dict[WayOut, list[str]] = {}
        for link in self._links:
            for way in self._list_ways(link):
                found = members.setdefault(way, [])
                if link.netns and link.netns not in found:
                    found.append(link.netns)
        return [(names, way) for way, names in members.items()]

    def _list_ways(self, link: Link) -> Iterator[WayOut]:
        if link.kind in _OWN_WAYS or link.saved is not None:
            yield WayOut("interface", link.name, ())
            return
        for address in link.addresses or ():
            source, routed = network_of(address.partition("/")[0]), []
            for network in self._routes.get(link.netns, ()):
                if network.version == source.version and not self._is_own(network):
                    routed.append(network)
            for by, interface in self._list_exits(source) if routed else ():
                yield from self._limit(link.netns, routed, by, interface)

    def _is_own(self, network: Network) -> bool:
        return any(is_part(network, own) for own in self._own)

    def _list_exits(self, source: Network) -> Iterator[tuple[str, str | None]]:
        for rule in self._masquerades:
            if is_part(source, network_of(rule.source)):
                yield "masquerade" if rule.translated else "routed", rule.out_interface
        if self._is_open:
            yield "routed", None

    def _limit(
        self, member: str | None, routed: Sequence[Network], by: str, interface: str | None
    ) -> Iterator[WayOut]:
        """What policies let a member send to these networks."""
        policies = [policy for policy in self._policies if policy.is_for(member or "")]
        if not policies:
            yield WayOut(by, interface, _format(routed))
            return
        rules = [(policy, rule) for policy in policies for rule in policy.entries(EGRESS) or ()]
        refusing = [rule for _policy, rule in rules if rule.action != ALLOW]
        for policy, rule in rules:
            if rule.action != ALLOW:
                continue
            left = self._list_left(rule, routed, refusing)
            names = tuple(f"{DNS}:{value}" for kind, value in rule.peers if kind == DNS)
            if left or names:
                protocol = None if rule.protocol == ANY else rule.protocol
                named = (*(_format(left) if left else ()), *names)
                yield WayOut(by, interface, named, protocol, rule.ports, (policy.name,))

    def _list_left(
        self, rule: Entry, routed: Sequence[Network], refusing: Iterable[Entry]
    ) -> list[Network]:
        """The networks of a rule that no other rule refuses for all that it lets through."""
        family = routed[0].version
        if rule.protocol in ICMP_PROTOCOLS.values() and rule.protocol != ICMP_PROTOCOLS[family]:
            return []
        refused = [
            network
            for other in refusing
            if other.protocol in (ANY, rule.protocol)
            and all(other.covers_ports(ports) for ports in rule.ports or (ALL_PORTS,))
            for network in self._peers.networks(other, family, allows=False)
        ]
        named = [*self._peers.networks(rule, family, allows=True)]
        return [
            network
            for network in dict.fromkeys(intersect_networks(routed, named))
            if not self._is_own(network) and not any(is_part(network, each) for each in refused)
        ]


def _format(networks: Sequence[Network]) -> tuple[str, ...]:
    everything = anyone(networks[0].version)
    return (str(everything),) if everything in networks else tuple(map(str, networks))


def list_ways_out(desired: DesiredState) -> list[dict[str, Any]]:
    """Return which members may leave the host and to where, for the result ``reaches``."""
    return [
        {
            "netns": names,
            "destination": list(way.destination),
            "protocol": way.protocol,
            "ports": [format_range(*ports) for ports in way.ports],
            "by": way.by,
            "interface": way.interface,
            "policies": list(way.policies),
        }
        for names, way in WaysOut(desired).list_all()
    ]
