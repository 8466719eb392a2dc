# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The links by which traffic reaches namespaces, as a packet filter sees them. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..._model.addresses import family_of, network_of
from ..._model.fast_typing import NamedTuple
from ..._model.nat import Dnat, Isolation, Masquerade
from .matching import Endpoint, Networks

if TYPE_CHECKING:
    from ..._model.links import Link, LinkRef
    from ..facts.host_facts import GatewayHop, HostFacts

DEFAULT_DESTINATIONS = ("0.0.0.0/0", "::/0")


class FlowPath(NamedTuple):
    """A link of the host by which namespaces are reached, or a link of a namespace.

    ``ports`` are the ports of a bridge. ``networks`` are behind the link, ``addresses`` its own, as
    networks of one address. ``joins_namespaces``: two of its ports lead to namespaces.
    """

    netns: str | None
    link: str
    ports: frozenset[str]
    networks: Networks
    addresses: Networks
    joins_namespaces: bool

    def endpoint(self, family: int, sees_frames: bool) -> Endpoint:
        """The hosts behind the link. A filter of frames sees the ports of a bridge."""
        ports = self.ports if sees_frames else frozenset()
        names = frozenset([self.link, *ports])
        return Endpoint(self.link, names, of_family(family, self.networks))


def of_family(family: int, networks: Networks) -> Networks:
    """The networks of an address family; for ARP, those of IPv4."""
    return tuple(network for network in networks if network.version == (family or 4))


def _networks_behind(facts: HostFacts, link: Link | None, ports: list[Link]) -> Networks:
    """The networks of the link's addresses; if it has none, those of the peers' addresses."""
    ends: list[Link | None] = [facts.find_peer(port) for port in ports]
    if link is not None and link.addresses:
        ends = [link]
    texts = [text for end in ends if end is not None for text in end.addresses or ()]
    return tuple(dict.fromkeys(map(network_of, texts)))


def _create_path(facts: HostFacts, netns: str | None, name: str, ports: list[Link]) -> FlowPath:
    link = facts.current.links.get((netns, name))
    texts = (link.addresses if link else None) or ()
    ends = ports or ([link] if link is not None else [])
    to_namespaces = [port for port in ports if port.peer and port.peer[0] not in (None, netns)]
    return FlowPath(
        netns,
        name,
        frozenset(port.name for port in ports),
        _networks_behind(facts, link, ends),
        tuple(network_of(text.partition("/")[0]) for text in texts),
        len(to_namespaces) > 1,
    )


def list_flow_paths(facts: HostFacts, netns: str | None) -> list[FlowPath]:
    """All links of a namespace, or the links of the host that lead to namespaces."""
    links = facts.links_of(netns)
    names = [link.name for link in links if link.name != "lo" and not link.bridge]
    if netns is None:
        names = sorted(facts.access_links(None))
    ports: dict[str, list[Link]] = {}
    for link in links:
        ports.setdefault(link.bridge or "", []).append(link)
    return [_create_path(facts, netns, name, ports.get(name, [])) for name in names]


def _can_forward(facts: HostFacts, ref: LinkRef, destination: str) -> bool:
    """Whether packets that arrive at a link for a destination have a route by another link.

    Isolated links are no way out.
    """
    if destination in DEFAULT_DESTINATIONS:
        return True
    netns, arrival = ref
    network, ruleset = network_of(destination), facts.current.rulesets.get(netns)
    isolated = {
        resource.interface
        for resource in (ruleset.resources if ruleset else ())
        if isinstance(resource, Isolation)
    }
    for route in facts.current.routes.get(netns, ()):
        # Any: overlaps() takes a network of the same version, or returns False.
        other: Any = network_of(route.destination)
        if network.overlaps(other):
            devices = {route.device, *(hop.device for hop in route.nexthops or ())}
            if devices - {None, arrival, *isolated}:
                return True
    return False


def _links_of_gateway(
    facts: HostFacts, holders: dict[str, list[LinkRef]], hop: GatewayHop
) -> list[LinkRef]:
    """The links that have the address of a gateway; for a link-local one, the device's peer."""
    link = facts.current.links.get((hop.netns, hop.device))
    peer = facts.find_peer(link) if link is not None else None
    if hop.gateway.startswith("fe80:") and peer is not None:
        return [(peer.netns, peer.bridge or peer.name)]
    return holders.get(hop.gateway, [])


def find_routed_links(facts: HostFacts) -> set[tuple[LinkRef, int]]:
    """The links at which packets arrive that must be forwarded, or that NAT rules name.

    Each is returned with the address family.
    """
    holders: dict[str, list[LinkRef]] = {}
    for link in facts.current.links.values():
        for text in link.addresses or ():
            holders.setdefault(text.partition("/")[0], []).append(link.ref)
    found: set[tuple[LinkRef, int]] = set()
    for hop in facts.gateway_hops():
        family = family_of(hop.gateway)
        for ref in _links_of_gateway(facts, holders, hop):
            is_other = ref[0] != hop.netns and (ref, family) not in found
            if is_other and _can_forward(facts, ref, hop.route.destination):
                found.add((ref, family))
    for netns, ruleset in facts.current.rulesets.items():
        for resource in ruleset.resources:
            if isinstance(resource, (Masquerade, Dnat)) and resource.device:
                found.add(((netns, resource.device), resource.family))
    return found
