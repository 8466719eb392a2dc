# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The traffic that a host's links and those in namespaces are there for, as a packet filter meets it. Pure."""

from __future__ import annotations

from typing import Any, Dict, FrozenSet, Iterator, List, NamedTuple, Optional, Set, Tuple, cast

from ..._model.addresses import family_of, network_of
from ..._model.forwarding import FORWARDING_OFF, forwarding_key
from ..._model.links import Link, LinkRef
from ..._model.nat import Dnat, Isolation, Masquerade, NatResource
from ..._model.routes import Route
from ..facts.host_facts import HostFacts
from ..findings import ERROR, INFO, WARNING
from .matching import Flow, Networks, Side
from .rules import ARP, Hook

_PASSED_ON = ("prerouting", "forward", "postrouting", "ingress", "egress")
_INTO, _OUT_OF = ("prerouting", "input", "ingress"), ("postrouting", "output", "egress")
_NEW, _FORWARDED, _ANSWERS, _UNTRACKED = (
    frozenset(states) for states in (("new",), ("new", "dnat"), ("established",), ("untracked",))
)
_EVERYWHERE = ("0.0.0.0/0", "::/0")
_SHOWN = "what a bridge carries among its ports and br_netfilter shows it"


class FlowPath(NamedTuple):
    """A link by which namespaces are reached, or one in a namespace: with its ports, what is behind it, and its own addresses."""

    netns: Optional[str]
    name: str
    ports: FrozenSet[str]
    behind: Networks
    own: Networks
    shared: bool
    """Whether two of its ports lead into namespaces."""

    def side(self, family: int, frames: bool) -> Side:
        """What comes from there: of a bridge, a filter of frames is shown the ports."""
        names = frozenset([self.name, *self.ports]) if frames else frozenset([self.name])
        return Side(self.name, names, _of(family, self.behind))


def _of(family: int, networks: Networks) -> Networks:
    return tuple(network for network in networks if network.version == (family or 4))


def _behind(facts: HostFacts, link: Optional[Link], ports: List[Link]) -> Networks:
    """The networks of its addresses; where it has none, of those at the other ends."""
    ends = (
        [link]
        if link is not None and link.addresses
        else [facts.current.links.get(port.peer) for port in ports if port.peer]
    )
    return tuple(
        {network_of(text): None for end in ends if end is not None for text in end.addresses or ()}
    )


def _flow_path(facts: HostFacts, netns: Optional[str], name: str, ports: List[Link]) -> FlowPath:
    link = facts.current.links.get((netns, name))
    own = tuple(
        network_of(text.partition("/")[0]) for text in (link.addresses if link else None) or ()
    )
    behind = _behind(facts, link, ports or ([link] if link is not None else []))
    shared = sum(port.peer is not None and port.peer[0] not in (None, netns) for port in ports) > 1
    return FlowPath(netns, name, frozenset(port.name for port in ports), behind, own, shared)


def flow_paths(facts: HostFacts, netns: Optional[str]) -> List[FlowPath]:
    """Of a namespace all links, of the host those that lead into namespaces."""
    links = facts.on(netns)
    names = (
        sorted(facts.ways_in(None))
        if netns is None
        else [link.name for link in links if link.name != "lo" and not link.bridge]
    )
    ports: Dict[str, List[Link]] = {}
    for link in links:
        ports.setdefault(link.bridge or "", []).append(link)
    return [_flow_path(facts, netns, name, ports.get(name, [])) for name in names]


def _hops(facts: HostFacts) -> Iterator[Tuple[Optional[str], Route, str, Optional[str]]]:
    """(namespace, route, gateway, device) of what is routed by somebody."""
    for netns, routes in facts.current.routes.items():
        for route in routes:
            for gateway, device in [(hop.gateway, hop.device) for hop in route.nexthops or ()] or [
                (route.gateway, route.device)
            ]:
                if gateway:
                    yield netns, route, gateway, device


def _goes_on(facts: HostFacts, place: LinkRef, destination: str) -> bool:
    """Whether what is sent there with this destination has a way from there to somebody who may be reached."""
    if destination in _EVERYWHERE:
        return True
    network, rules = network_of(destination), facts.current.rulesets.get(place[0])
    shut = (
        {resource.interface for resource in rules.resources if isinstance(resource, Isolation)}
        if rules is not None
        else set()
    )
    ways_out = [
        route
        for route in facts.current.routes.get(place[0], ())
        if network.overlaps(cast(Any, network_of(route.destination)))
    ]
    return any(
        {route.device, *(hop.device for hop in route.nexthops or ())} - {None, place[1], *shut}
        for route in ways_out
    )


def _routed(facts: HostFacts) -> Set[Tuple[LinkRef, int]]:
    """The links by which others send what is to be forwarded, or for which there is NAT, by family."""
    holders: Dict[str, List[LinkRef]] = {}
    for link in facts.current.links.values():
        for text in link.addresses or ():
            holders.setdefault(text.partition("/")[0], []).append(link.ref)
    found: Set[Tuple[LinkRef, int]] = set()
    for netns, route, gateway, device in _hops(facts):
        end = facts.current.links.get((netns, device or ""))
        other = (
            facts.current.links.get(end.peer)
            if gateway.startswith("fe80:") and end is not None and end.peer
            else None
        )
        family = family_of(gateway)
        for place in (
            [(other.netns, other.bridge or other.name)]
            if other is not None
            else holders.get(gateway, [])
        ):
            if (
                place[0] != netns
                and (place, family) not in found
                and _goes_on(facts, place, route.destination)
            ):
                found.add((place, family))
    for netns, ruleset in facts.current.rulesets.items():
        resources = [
            resource for resource in ruleset.resources if isinstance(resource, (Masquerade, Dnat))
        ]
        found |= {
            ((netns, resource.device), resource.family) for resource in resources if resource.device
        }
    return found


class Flows:
    """Of a chart."""

    def __init__(self, facts: HostFacts) -> None:
        self.facts, self.routed = facts, _routed(facts)

    def of(self, way: FlowPath, hook: Hook) -> Iterator[Flow]:
        """What this filter is shown of what goes by that way."""
        ports = {way.name, *way.ports}
        if (
            hook.devices
            and not hook.devices & ports
            or hook.table.startswith("bridge ")
            and not way.ports
        ):
            return
        for family in hook.families:
            if way.behind and not _of(family, way.behind):
                continue
            if hook.hook in _PASSED_ON:
                yield from (
                    self._carried(way, family)
                    if hook.on_links
                    else (*self._forwarded(way, family), *self._shown(way, family))
                )
            yield from self._own(way, family, hook)

    def _carried(self, way: FlowPath, family: int) -> Iterator[Flow]:
        side = way.side(family, True)
        for states in (_UNTRACKED,) if family == ARP else (_NEW, _ANSWERS):
            yield Flow(
                "filter_drop",
                "what a bridge carries" if way.ports else "what comes by a link",
                family,
                states,
                side,
                side,
                ERROR,
            )

    def _shown(self, way: FlowPath, family: int) -> Iterator[Flow]:
        key = (
            "net/bridge/bridge-nf-call-iptables"
            if family == 4
            else "net/bridge/bridge-nf-call-ip6tables"
        )
        if family != ARP and way.shared and self.facts.settings.get((way.netns, key)) == "1":
            side = way.side(family, False)
            for states in (_NEW, _ANSWERS):
                yield Flow("br_netfilter", _SHOWN, family, states, side, side, ERROR)

    def _forwarded(self, way: FlowPath, family: int) -> Iterator[Flow]:
        """What begins there, the answers to that, and what is forwarded to a port there."""
        key = forwarding_key(family, "all" if family == 6 else way.name)
        if ((way.netns, way.name), family) not in self.routed or self.facts.current.sysctls.get(
            (way.netns, key), FORWARDING_OFF
        ) in (FORWARDING_OFF, None):
            return
        side, ways_out = way.side(family, False), self._ways_out(way.netns)
        if way.name in ways_out:
            return  # A namespace that stands for the world outside.
        beyond = Side(way.name, ways_out, side.networks, known=False)
        yield Flow("filter_drop", "what is forwarded", family, _NEW, side, beyond, ERROR)
        yield Flow("filter_drop", "what is forwarded", family, _ANSWERS, beyond, side, ERROR)
        if any(
            isinstance(resource, Dnat) and (resource.device, resource.family) == (way.name, family)
            for resource in self._things(way.netns)
        ):
            yield Flow(
                "filter_drop",
                "what is forwarded to a port there",
                family,
                _FORWARDED,
                beyond,
                side,
                INFO,
            )

    def _own(self, way: FlowPath, family: int, hook: Hook) -> Iterator[Flow]:
        """What a namespace is sent and sends itself. A host that takes nothing is a host with a firewall; a rule that names a lab is something else."""
        side, host = way.side(family, hook.on_links), Side("", frozenset(), _of(family, way.own))
        inside = way.netns is not None
        for hooks, what, source, to in (
            (_INTO, "what comes in", side, host),
            (_OUT_OF, "what is sent", host, side),
        ):
            if hook.hook in hooks and (inside or hook.hook in ("input", "output")):
                for states, most in (
                    ((_UNTRACKED, ERROR),)
                    if family == ARP
                    else ((_ANSWERS, ERROR), (_NEW, WARNING))
                ):
                    yield Flow(
                        "filter_drop",
                        what,
                        family,
                        states,
                        source,
                        to,
                        most,
                        inside,
                        spoken=not inside,
                    )

    def _things(self, netns: Optional[str]) -> Tuple[NatResource, ...]:
        return (
            self.facts.current.rulesets[netns].resources
            if netns in self.facts.current.rulesets
            else ()
        )

    def _ways_out(self, netns: Optional[str]) -> FrozenSet[str]:
        found = {
            resource.out_interface
            for resource in self._things(netns)
            if isinstance(resource, Masquerade)
        }
        for route in self.facts.current.routes.get(netns, ()):
            if route.destination in _EVERYWHERE:
                found |= {route.device, *(hop.device for hop in route.nexthops or ())}
        return frozenset(name for name in found if name)
