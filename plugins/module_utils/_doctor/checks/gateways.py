# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of gateways: on the link, answering, and if not, what keeps them from it."""

from __future__ import annotations

import ipaddress
from shlex import quote
from typing import FrozenSet, Iterator, List, NamedTuple, Optional, Set, Tuple

from ..._describe.places import describe_location, describe_netns
from ..._model.addresses import family_of, network_of
from ..._model.links import Link, LinkRef
from ..._model.routes import MAIN_TABLE, Route
from ..facts.host_facts import HostFacts
from ..facts.segments import Segments
from ..findings import ERROR, Finding, describe_at, describe_sysctl, ip, traffic, whole

_NEVER = 8


class SilentGateway(NamedTuple):
    """A gateway that does not answer: who asked by which link, who has it, and what lies between."""

    netns: Optional[str]
    gateway: str
    device: str
    held: Optional[Link]
    way: FrozenSet[LinkRef]

    @property
    def family(self) -> int:
        return family_of(self.gateway)


def via(facts: HostFacts) -> Iterator[Tuple[Optional[str], Route, str, str]]:
    """Every gateway there is: where, the route, its address, its device."""
    for netns, routes in facts.current.routes.items():
        for route in routes:
            for gateway, device in [(hop.gateway, hop.device) for hop in route.nexthops or ()] or [
                (route.gateway, route.device)
            ]:
                if gateway and route.table == MAIN_TABLE:
                    yield netns, route, gateway, device or ""


def silent_gateways(facts: HostFacts, ethernets: Segments) -> List[SilentGateway]:
    found: List[SilentGateway] = []
    for netns, gateway, device in sorted(facts.silent_gateways, key=str):
        held = ethernets.find_holder((netns, device), gateway)
        found.append(
            SilentGateway(
                netns,
                gateway,
                device,
                held,
                _on_the_way(facts, facts.current.links.get((netns, device)), held),
            )
        )
    return found


def _on_the_way(facts: HostFacts, *ends: Optional[Link]) -> FrozenSet[LinkRef]:
    """What lies between: the ends of the cable, and the bridge behind it."""
    found: Set[LinkRef] = set()
    for link in [link for link in ends if link is not None]:
        other = facts.current.links.get(link.peer) if link.peer else None
        found |= {
            link.ref,
            *([other.ref, (other.netns, other.bridge or other.name)] if other else []),
        }
    return frozenset(found)


def _needs(silence: SilentGateway) -> FrozenSet[LinkRef]:
    """What would explain it: something wrong with what lies between, with its namespaces, or with what they let through."""
    places = {*silence.way, *(whole(netns) for netns, _name in silence.way)}
    named = {place for place in places if place != whole(None)}
    return frozenset(
        {
            *named,
            *(traffic(place, silence.family) for place in places),
            (silence.netns, silence.gateway),
        }
    )


def check_gateways(facts: HostFacts) -> Iterator[Finding]:
    """On a network of the link, and answering."""
    silent = {one[:3]: one for one in silent_gateways(facts, Segments(facts))}
    for netns, route, gateway, device in via(facts):
        link = facts.current.links.get((netns, device))
        reached = [network_of(text) for text in (link.addresses or ()) if link] if link else []
        onward = [
            ipaddress.ip_network(one.destination)
            for one in facts.current.routes.get(netns, ())
            if one.device == device and not one.gateway
        ]
        address = ipaddress.ip_address(gateway)
        if (
            link
            and not address.is_link_local
            and not any(
                address in network
                for network in (*reached, *onward)
                if network.version == address.version
            )
        ):
            yield Finding(
                "gateway_off_link",
                ERROR,
                describe_at((netns, gateway)),
                f"the gateway {gateway} of {describe_netns(netns)} is on no network of {device}",
                f"{ip(netns)} route show {route.destination}: via {gateway} dev {quote(device)}",
                f"a gateway on {', '.join(map(str, reached)) or 'a network of that link'} (module netns_route)",
                at=frozenset({(netns, device)}),
                needs=frozenset({(netns, device)}),
            )
        elif (netns, gateway, device) in silent:
            yield _describe_silence(silent[netns, gateway, device])


def _describe_silence(silence: SilentGateway) -> Finding:
    netns, gateway, device, held, _way = silence
    nobody = f"; {describe_at(held.ref)} has it" if held else "; no link here has that address"
    return Finding(
        "gateway_silent",
        ERROR,
        describe_at((netns, gateway)),
        f"the gateway {gateway} of {describe_netns(netns)} does not answer on {device}{nobody}",
        f"{ip(netns)} neigh show {gateway} dev {quote(device)}: FAILED or INCOMPLETE",
        "a gateway that is there and up (module netns_route)",
        needs=_needs(silence),
    )


def _arp_ignore(facts: HostFacts, place: LinkRef) -> int:
    """The kernel takes the greater of the two."""
    values = [
        facts.settings.get((place[0], f"net/ipv4/conf/{name}/arp_ignore"), "0")
        for name in (place[1], "all")
    ]
    return max(int(value) for value in values if value.isdigit())


def _ignores(value: int, entrance: Link, address: str, asker: Optional[Link]) -> bool:
    """Whether a link is told not to answer for an address (ip-sysctl.rst: arp_ignore)."""
    own = [text for text in entrance.addresses or () if text.split("/")[0] == address]
    near = [
        text
        for text in (asker.addresses if asker else None) or ()
        if any(network_of(text) == network_of(one) for one in own)
    ]
    return value >= _NEVER or value in (1, 2) and not own or value == 2 and not near


def check_arp(facts: HostFacts) -> Iterator[Finding]:
    """Links with addresses that are told not to answer who asks for them."""
    ethernets = Segments(facts)
    told = {
        link.ref: link
        for link in facts.current.links.values()
        if link.name != "lo" and _arp_ignore(facts, link.ref)
    }
    found = [
        link
        for link in told.values()
        if _arp_ignore(facts, link.ref) >= _NEVER and _is_asked(ethernets, link)
    ]
    for silence in silent_gateways(facts, ethernets) if told else ():
        if silence.held is None or silence.family == 6:
            continue
        entrance = ethernets.entrance((silence.netns, silence.device), silence.held)
        asker = facts.current.links.get((silence.netns, silence.device))
        if entrance.ref in told and _ignores(
            _arp_ignore(facts, entrance.ref), entrance, silence.gateway, asker
        ):
            found.append(entrance)
    for link in found:
        value = _arp_ignore(facts, link.ref)
        names = [
            name
            for name in (link.name, "all")
            if facts.settings.get((link.netns, f"net/ipv4/conf/{name}/arp_ignore")) == str(value)
        ]
        keys = [f"net/ipv4/conf/{name}/arp_ignore" for name in names]
        yield Finding(
            "arp_ignored",
            ERROR,
            describe_at(link.ref),
            f"{link.name} {describe_location(link.netns)} is told not to answer who asks for its addresses (arp_ignore {value})",
            f"{'; '.join(describe_sysctl(link.netns, key) for key in keys)}: {value}",
            "; ".join(describe_sysctl(link.netns, key, "0") for key in keys),
            at=frozenset({traffic(link.ref, 4)}),
        )


def _is_asked(ethernets: Segments, link: Link) -> bool:
    """Whether it has addresses of IPv4, and somebody else is on its Ethernet."""
    return any("." in text for text in link.addresses or ()) and any(
        one.netns != link.netns and one.addresses for one in ethernets.around(link.ref)
    )
