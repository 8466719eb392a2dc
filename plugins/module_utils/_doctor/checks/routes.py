# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of forwarding, overlapping networks, and what routers and reverse path filters do."""

from __future__ import annotations

import ipaddress
from shlex import quote
from typing import Dict, Iterator, List, Optional, Set, Tuple

from ..._describe.nat import describe_nat
from ..._describe.places import describe_location, describe_netns
from ..._model.addresses import Network, family_of, network_of
from ..._model.forwarding import forwarding_key
from ..._model.nat import Dnat, Masquerade
from ..._model.routes import MAIN_TABLE
from ..facts.host_facts import HostFacts
from ..facts.segments import Segments
from ..findings import ERROR, WARNING, Finding, describe_at, describe_sysctl, ip
from .gateways import via

_LEARNED = 9
"""The protocol number of routes that a router advertisement brought (RTPROT_RA)."""
_STRICT = "1"


def _is_own(facts: HostFacts, netns: Optional[str], destination: str) -> bool:
    """Whether it is one host, and there: what goes no further is not forwarded."""
    network = network_of(destination)
    own = (
        {
            ipaddress.ip_interface(text).ip
            for link in facts.on(netns)
            for text in link.addresses or ()
        }
        if network.num_addresses == 1
        else ()
    )
    return network.network_address in own


def check_forwarding(facts: HostFacts) -> Iterator[Finding]:
    """Whoever others take for their gateway has to forward, as does who translates for them."""
    ethernets = Segments(facts)
    asked: Dict[Tuple[Optional[str], int, str], List[str]] = {}
    for netns, route, gateway, device in via(facts):
        held = ethernets.find_holder((netns, device), gateway)
        # A namespace that stands for the world outside, to which the host has its default route, need not go any further.
        outside = netns is None and network_of(route.destination).prefixlen == 0
        if (
            held is not None
            and held.netns != netns
            and not outside
            and not _is_own(facts, held.netns, route.destination)
        ):
            family = family_of(gateway)
            entrance = "all" if family == 6 else ethernets.entrance((netns, device), held).name
            asked.setdefault((held.netns, family, entrance), []).append(
                f"{describe_netns(netns)} routes by {gateway}"
            )
    for netns, ruleset in facts.current.rulesets.items():
        for resource in ruleset.resources:
            if isinstance(resource, (Masquerade, Dnat)) and resource.device:
                asked.setdefault(
                    (netns, resource.family, "all" if resource.family == 6 else resource.device), []
                ).append(describe_nat(resource))
    for (netns, family, interface), why in asked.items():
        key = forwarding_key(family, interface)
        if facts.current.sysctls.get((netns, key)) == "0":
            yield Finding(
                "forwarding_off",
                ERROR,
                describe_at((netns, f"ipv{family}:{interface}")),
                f"{describe_netns(netns)} does not forward IPv{family} that comes in by {'any interface' if interface == 'all' else interface}, and {why[0]}"
                + (f" ({len(why) - 1} more)" if len(why) > 1 else ""),
                f"{describe_sysctl(netns, key)}: 0",
                f"{describe_sysctl(netns, key, '1')} (or masquerade, dnat: they open it for their traffic)",
            )


def check_overlaps(facts: HostFacts) -> Iterator[Finding]:
    """One network by two ways, of which one leads into a namespace, or lies in it."""
    for netns, routes in facts.current.routes.items():
        ways = facts.ways_in(netns) if netns is None else {link.name for link in facts.on(netns)}
        known: Set[Tuple[Network, str]] = {
            (ipaddress.ip_network(route.destination), route.device)
            for route in routes
            if route.device
            and route.table == MAIN_TABLE
            and route.type in (None, "unicast")
            and not route.destination.startswith(("fe80:", "ff00:"))
        }
        for outer, inner in _nested(
            {one for one in known if 0 < one[0].prefixlen < one[0].max_prefixlen}
        ):
            if not {outer[1], inner[1]} & ways:
                continue
            yield Finding(
                "overlap",
                ERROR
                if inner[1] not in ways or inner[0] == outer[0] or outer[1] in ways
                else WARNING,
                describe_at((netns, str(inner[0]))),
                f"{inner[0]} by {inner[1]} lies within {outer[0]} by {outer[1]} {describe_location(netns)}: what the one has, the other does not reach",
                f"{ip(netns)} route show to root {outer[0]}: dev {quote(outer[1])}, dev {quote(inner[1])}",
                "another network for one of them (addresses, destination)",
                at=frozenset({(netns, outer[1]), (netns, inner[1])}),
            )


def _nested(
    known: Set[Tuple[Network, str]],
) -> Iterator[Tuple[Tuple[Network, str], Tuple[Network, str]]]:
    """Networks that hold others, by different devices. Sorted, each is within the last that has not ended."""
    open_ones: List[Tuple[Network, str]] = []
    for one in sorted(
        known,
        key=lambda one: (one[0].version, int(one[0].network_address), one[0].prefixlen, one[1]),
    ):
        while open_ones and not (
            open_ones[-1][0].version == one[0].version
            and one[0].network_address in open_ones[-1][0]
        ):
            open_ones.pop()
        for other in open_ones:
            if other[1] != one[1]:
                yield other, one
        open_ones.append(one)


def check_advertised(facts: HostFacts) -> Iterator[Finding]:
    """A namespace that believes whoever poses as a router."""
    for netns, routes in facts.current.routes.items():
        for route in routes:
            if netns is not None and route.protocol == _LEARNED and route.destination == "::/0":
                yield Finding(
                    "router_advertisement",
                    WARNING,
                    describe_at((netns, route.device or "")),
                    f"{describe_netns(netns)} learned a default route by {route.gateway} from a router advertisement on {route.device}",
                    f"{ip(netns)} -6 route show default: proto ra",
                    f"{describe_sysctl(netns, f'net/ipv6/conf/{route.device}/accept_ra', '0')}; "
                    f"{ip(netns)} -6 route del default proto ra dev {quote(route.device or '')}",
                    at=frozenset({(netns, route.gateway or "")}),
                )


def check_reverse_path(facts: HostFacts) -> Iterator[Finding]:
    """Strict filters where there are two ways out: what comes by the lesser is dropped, as the answer would leave by the other."""
    for netns, routes in facts.current.routes.items():
        defaults = [
            route
            for route in routes
            if route.destination == "0.0.0.0/0" and route.table == MAIN_TABLE and route.device
        ]
        ways = sorted(defaults, key=lambda route: route.metric)
        for route in ways[1:]:
            device = route.device or ""
            key = f"net/ipv4/conf/{device}/rp_filter"
            own, everybody = (
                facts.settings.get((netns, f"net/ipv4/conf/{name}/rp_filter"), "0")
                for name in (device, "all")
            )
            if device != ways[0].device and max(own, everybody) == _STRICT:
                yield Finding(
                    "rp_filter",
                    WARNING,
                    describe_at((netns, device)),
                    f"the strict reverse path filter drops what comes in by {device} {describe_location(netns)} from afar: the way back is by {ways[0].device}",
                    f"{describe_sysctl(netns, key)}: {max(own, everybody)}; {ip(netns)} route show default",
                    f"{describe_sysctl(netns, key, '2')} (option sysctls of module netns)",
                )
