# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of gateways: whether they are on the link, whether they answer, and if not, why."""

from __future__ import annotations

import ipaddress
from shlex import quote
from typing import TYPE_CHECKING

from ..._describe.places import describe_location, describe_netns
from ..._model.addresses import address_of, family_of, network_of
from ..._model.policy_rules import NO_LIMITS
from ..._model.routes import MAIN_TABLE
from ..commands import ip_command, sysctl_command
from ..facts.silent_gateways import SilentGateway, list_silent_gateways
from ..findings import (
    ERROR,
    WARNING,
    Finding,
    Location,
    format_ref,
    netns_location,
    traffic_location,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..._model.links import Link, LinkRef
    from ..._model.policy_rules import PolicyRule
    from ..facts.host_facts import GatewayHop, HostFacts
    from ..facts.segments import Segments

_NEVER_REPLY = 8
"""A value of arp_ignore: do not reply for any local address."""


def _causes(silence: SilentGateway) -> frozenset[Location]:
    """The locations that may be the cause: links, namespaces and traffic on the path."""
    locations = {*silence.path, *(netns_location(netns) for netns, _name in silence.path)}
    return frozenset(
        {
            *(location for location in locations if location != netns_location(None)),
            *(traffic_location(location, silence.family) for location in locations),
            (silence.netns, silence.gateway),
        }
    )


def _is_on_link(facts: HostFacts, hop: GatewayHop, link: Link) -> bool:
    """Whether a gateway is on a network of the link, or a route without a gateway leads to it."""
    address = ipaddress.ip_address(hop.gateway)
    if address.is_link_local:
        return True
    networks = [network_of(text) for text in link.addresses or ()]
    networks += [
        ipaddress.ip_network(route.destination)
        for route in facts.current.routes.get(hop.netns, ())
        if route.device == hop.device and not route.gateway
    ]
    return any(address in network for network in networks if network.version == address.version)


def _answers(facts: HostFacts, hop: GatewayHop, link: Link) -> bool:
    """Whether a gateway has a MAC address, or the link needs none, as a tunnel."""
    return link.arp is False or any(
        (entry.address, entry.device) == (hop.gateway, hop.device)
        and entry.mac
        and entry.state not in ("failed", "incomplete")
        for entry in facts.neighbours.get(hop.netns, ())
    )


def check_gateways(facts: HostFacts) -> Iterator[Finding]:
    """Gateways that are not on the link, or do not answer."""
    silent = {
        (silence.netns, silence.gateway, silence.device): silence
        for silence in list_silent_gateways(facts)
    }
    for hop in facts.gateway_hops():
        route, gateway = hop.route, (hop.netns, hop.gateway, hop.device)
        selectors = facts.selecting_rules(hop.netns, route.table, family_of(route.destination))
        if route.table != MAIN_TABLE and not selectors:
            continue
        link = facts.current.links.get((hop.netns, hop.device))
        if gateway in silent and (link is None or _is_on_link(facts, hop, link)):
            yield _describe_silence(facts, silent[gateway], hop)
        elif (
            link is not None
            and route.table == MAIN_TABLE
            and not _is_on_link(facts, hop, link)
            and not _answers(facts, hop, link)
        ):
            yield _off_link(hop, link)


def _off_link(hop: GatewayHop, link: Link) -> Finding:
    netns, device = link.ref
    networks = [str(network_of(text)) for text in link.addresses or ()]
    shown = f"{ip_command(netns)} route show {hop.route.destination}"
    return Finding(
        "gateway_off_link",
        ERROR,
        format_ref((netns, hop.gateway)),
        f"the gateway {hop.gateway} of {describe_netns(netns)} is on no network of {device}",
        f"{shown}: via {hop.gateway} dev {quote(device)}",
        f"use a gateway on {', '.join(networks) or 'a network of that link'} (module netns_route)",
        affects=frozenset({link.ref}),
        depends_on=frozenset({link.ref}),
    )


def _concerns_known_packets(facts: HostFacts, rules: list[PolicyRule]) -> bool:
    """Whether one of the rules selects packets of a known address, whatever else they are."""
    known = [
        address_of(text.split("/")[0])
        for link in facts.current.links.values()
        for text in link.addresses or ()
    ]
    return any(
        rule.limits._replace(iif=None) == NO_LIMITS
        and (rule.source is None or any(address in network_of(rule.source) for address in known))
        for rule in rules
    )


def _describe_silence(facts: HostFacts, silence: SilentGateway, hop: GatewayHop) -> Finding:
    netns, gateway, device, holder, _path = silence
    owner = f"{format_ref(holder.ref)} has this address" if holder else "no link has this address"
    if holder is not None and not facts.segments.are_joined(holder.ref, (netns, device)):
        owner += f", and is not on the segment of {device}"
    severity, table, show = ERROR, hop.route.table, ""
    remedy = "use a gateway that exists and is up (module netns_route)"
    if table != MAIN_TABLE:
        rules = facts.selecting_rules(netns, table, family_of(hop.route.destination))
        owner += f"; the rule {rules[0].describe()} selects it"
        severity = ERROR if _concerns_known_packets(facts, rules) else WARNING
        ip = ip_command(netns, silence.family)
        show = f"{ip} rule; {ip} route show table {table}; "
        remedy = f"{ip} rule del pref {rules[0].priority}  # or a gateway that exists and is up"
    return Finding(
        "gateway_silent",
        severity,
        format_ref((netns, gateway)),
        f"the gateway {gateway} of {describe_netns(netns)} does not answer on {device}; {owner}",
        f"{show}{ip_command(netns)} neigh show {gateway} dev {quote(device)}: FAILED or INCOMPLETE",
        remedy,
        depends_on=_causes(silence),
    )


def _arp_ignore_key(name: str) -> str:
    return f"net/ipv4/conf/{name}/arp_ignore"


def _arp_ignore(facts: HostFacts, ref: LinkRef) -> int:
    """The effective value: the greater of the link's and that for all links (ip-sysctl.rst)."""
    netns, link_name = ref
    values = [facts.sysctls.get((netns, _arp_ignore_key(name)), "0") for name in (link_name, "all")]
    return max(int(value) for value in values if value.isdigit())


def _ignores(value: int, link: Link, address: str, requester: Link | None) -> bool:
    """Whether arp_ignore has a link not reply to a request for an address (ip-sysctl.rst)."""
    if value >= _NEVER_REPLY:
        return True
    own = [text for text in link.addresses or () if text.split("/")[0] == address]
    requester_addresses = (requester.addresses if requester else None) or ()
    same_network = any(
        network_of(text) == network_of(other) for text in requester_addresses for other in own
    )
    return (value in (1, 2) and not own) or (value == 2 and not same_network)


def _list_ignoring_links(facts: HostFacts) -> list[Link]:
    """Links that do not reply to ARP requests of others on their segment."""
    restricted: dict[LinkRef, Link] = {
        link.ref: link
        for link in facts.current.links.values()
        if link.name != "lo" and _arp_ignore(facts, link.ref)
    }
    if not restricted:
        return []
    found = [
        link
        for link in restricted.values()
        if _arp_ignore(facts, link.ref) >= _NEVER_REPLY
        and _has_ipv4_neighbours(facts.segments, link)
    ]
    for silence in list_silent_gateways(facts):
        if silence.holder is None or silence.family == 6:
            continue
        link = facts.segments.entry_link((silence.netns, silence.device), silence.holder)
        requester = facts.current.links.get((silence.netns, silence.device))
        if link.ref in restricted and _ignores(
            _arp_ignore(facts, link.ref), link, silence.gateway, requester
        ):
            found.append(link)
    return found


def check_arp_ignore(facts: HostFacts) -> Iterator[Finding]:
    """Links with addresses that arp_ignore keeps from answering ARP requests."""
    for link in _list_ignoring_links(facts):
        value = _arp_ignore(facts, link.ref)
        keys = [
            _arp_ignore_key(name)
            for name in (link.name, "all")
            if facts.sysctls.get((link.netns, _arp_ignore_key(name))) == str(value)
        ]
        yield Finding(
            "arp_ignored",
            ERROR,
            format_ref(link.ref),
            f"{link.name} {describe_location(link.netns)} does not answer ARP requests for its "
            f"addresses (arp_ignore is {value})",
            f"{'; '.join(sysctl_command(link.netns, key) for key in keys)}: {value}",
            "; ".join(sysctl_command(link.netns, key, "0") for key in keys),
            affects=frozenset({traffic_location(link.ref, 4)}),
        )


def _has_ipv4_neighbours(segments: Segments, link: Link) -> bool:
    """Whether a link has an IPv4 address, and another namespace is on its segment."""
    return any("." in text for text in link.addresses or ()) and any(
        other.netns != link.netns and other.addresses for other in segments.links_with(link.ref)
    )
