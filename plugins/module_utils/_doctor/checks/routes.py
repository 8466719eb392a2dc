# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of forwarding, router advertisements and reverse path filters."""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING, Optional

from ..._describe.nat import describe_nat
from ..._describe.places import describe_location, describe_netns
from ..._model.addresses import Network, address_of, family_of, network_of
from ..._model.forwarding import forwarding_key
from ..._model.nat import Dnat, Masquerade
from ..._model.routes import MAIN_TABLE
from ..commands import ip_command, sysctl_command
from ..findings import ERROR, WARNING, Finding, format_ref

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..._model.links import Link
    from ..facts.host_facts import GatewayHop, HostFacts

_RTPROT_RA = 9
"""The protocol of routes that the kernel learned from a router advertisement."""
_STRICT = "1"

_ForwardingUse = tuple[Optional[str], int, str]
"""(namespace, address family, interface at which the packets arrive)."""


def _ends_at(facts: HostFacts, netns: str | None, hop: GatewayHop) -> bool:
    """Whether packets to a destination are for a namespace itself, and nothing is forwarded.

    That is a single address of it, or a network of which its loopback has an address. If the
    namespace leads nowhere else, it may be the default route, or a network of any interface.
    """
    network = network_of(hop.route.destination)
    if not network.prefixlen:
        return _leads_nowhere_else(facts, netns, hop)
    names = {link.name for link in facts.links_of(netns) if _has_address_in(link, network)}
    if "lo" in names or not names or network.num_addresses == 1:
        return bool(names)
    others = facts.segments.links_with((hop.netns, hop.device))
    return not any(
        link.netns != netns and _has_address_in(link, network) for link in others
    ) and _leads_nowhere_else(facts, netns, hop)


def _has_address_in(link: Link, network: Network) -> bool:
    own = (address_of(text.split("/")[0]) for text in link.addresses or ())
    return any(
        address.version == network.version and address in network and not address.is_loopback
        for address in own
    )


def _leads_nowhere_else(facts: HostFacts, netns: str | None, hop: GatewayHop) -> bool:
    """Whether a namespace is only on the segment of a hop, and has no other gateway there."""
    if netns is None:
        return False
    here = (hop.netns, hop.device)
    links = [
        link for link in facts.links_of(netns) if link.name != "lo" and (link.up or link.addresses)
    ]
    if not all(facts.segments.are_joined(link.ref, here) for link in links):
        return False
    holders = [
        facts.segments.find_holder((netns, back.device), back.gateway)
        for back in facts.gateway_hops_of(netns)
    ]
    return all(holder is not None and holder.netns == hop.netns for holder in holders)


def _find_forwarder(facts: HostFacts, hop: GatewayHop) -> _ForwardingUse | None:
    """The namespace that must forward because it has the address of a gateway."""
    holder = facts.segments.find_holder((hop.netns, hop.device), hop.gateway)
    # The host's default gateway may be a namespace that stands for the Internet, and ends there.
    is_uplink = hop.netns is None and network_of(hop.route.destination).prefixlen == 0
    if holder is None or holder.netns == hop.netns or is_uplink:
        return None
    if _ends_at(facts, holder.netns, hop):
        return None
    if family_of(hop.gateway) == 6:
        return holder.netns, 6, "all"
    return holder.netns, 4, facts.segments.entry_link((hop.netns, hop.device), holder).name


def _list_forwarding_uses(facts: HostFacts) -> dict[_ForwardingUse, list[str]]:
    """What must be forwarded, each with the reasons."""
    uses: dict[_ForwardingUse, list[str]] = {}
    for hop in facts.gateway_hops():
        use = _find_forwarder(facts, hop) if hop.route.table == MAIN_TABLE else None
        if use is not None:
            reason = f"{describe_netns(hop.netns)} has a route via {hop.gateway}"
            uses.setdefault(use, []).append(reason)
    for netns, ruleset in facts.current.rulesets.items():
        for resource in ruleset.resources:
            if isinstance(resource, (Masquerade, Dnat)) and resource.device:
                interface = "all" if resource.family == 6 else resource.device
                use = (netns, resource.family, interface)
                uses.setdefault(use, []).append(f"there is a {describe_nat(resource)}")
    return uses


def check_forwarding(facts: HostFacts) -> Iterator[Finding]:
    """Namespaces that are gateways of others, or do NAT for them, and do not forward."""
    for (netns, family, interface), reasons in _list_forwarding_uses(facts).items():
        key = forwarding_key(family, interface)
        if facts.current.sysctls.get((netns, key)) != "0":
            continue
        arrival = "any interface" if interface == "all" else interface
        more = f" ({len(reasons) - 1} more reasons)" if len(reasons) > 1 else ""
        yield Finding(
            "forwarding_off",
            ERROR,
            format_ref((netns, f"ipv{family}:{interface}")),
            f"{describe_netns(netns)} does not forward IPv{family} packets from {arrival}, "
            f"but {reasons[0]}{more}",
            f"{sysctl_command(netns, key)}: 0",
            f"{sysctl_command(netns, key, '1')}  "
            "# or use masquerade or dnat, which enable it for their traffic",
            depends_on=frozenset({(netns, interface)}),
        )


def check_router_advertisements(facts: HostFacts) -> Iterator[Finding]:
    """Namespaces with a default route from a router advertisement, which any host can send."""
    for netns, routes in facts.current.routes.items():
        for route in routes:
            if netns is None or route.protocol != _RTPROT_RA or route.destination != "::/0":
                continue
            device = route.device or ""
            accept_ra = f"net/ipv6/conf/{device}/accept_ra"
            ip = ip_command(netns, 6)
            yield Finding(
                "router_advertisement",
                WARNING,
                format_ref((netns, device)),
                f"{describe_netns(netns)} has a default route via {route.gateway} from a router "
                f"advertisement on {device}",
                f"{ip} route show default: proto ra",
                f"{sysctl_command(netns, accept_ra, '0')}; "
                f"{ip} route del default proto ra dev {quote(device)}",
                affects=frozenset({(netns, route.gateway or "")}),
            )


def check_reverse_path(facts: HostFacts) -> Iterator[Finding]:
    """Strict reverse path filters on the devices of default routes that are not the preferred one.

    Such a filter drops a packet whose answer would leave by another device.
    """
    for netns, routes in facts.current.routes.items():
        defaults = [
            route
            for route in routes
            if route.destination == "0.0.0.0/0" and route.table == MAIN_TABLE and route.device
        ]
        defaults.sort(key=lambda route: route.metric)
        for route in defaults[1:]:
            device, preferred = route.device or "", defaults[0].device
            key = f"net/ipv4/conf/{device}/rp_filter"
            # The kernel uses the greater of the two values (ip-sysctl.rst).
            value = max(
                facts.sysctls.get((netns, f"net/ipv4/conf/{name}/rp_filter"), "0")
                for name in (device, "all")
            )
            if device == preferred or value != _STRICT:
                continue
            yield Finding(
                "rp_filter",
                WARNING,
                format_ref((netns, device)),
                f"the strict reverse path filter on {device} {describe_location(netns)} drops "
                f"packets from other networks, because the route back is via {preferred}",
                f"{sysctl_command(netns, key)}: {value}; {ip_command(netns)} route show default",
                f"{sysctl_command(netns, key, '2')}  # option sysctls of module netns",
            )
