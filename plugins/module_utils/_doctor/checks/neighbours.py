# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of static ARP and NDP entries."""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING

from ..._describe.places import describe_location, describe_netns
from ..commands import ip_command, netns_exec, sysctl_command
from ..findings import ERROR, WARNING, Finding, format_ref, traffic_location

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..._model.links import LinkRef
    from ..facts.host_facts import HostFacts
    from ..facts.segments import Segments


def _valid_macs(segments: Segments, ref: LinkRef, address: str) -> set[str]:
    """The MAC addresses by which an address is reached over a link; empty if that is not known.

    An address beyond the segment may be reached through any host on it.
    """
    holders = [link for link in segments.holders_of(address) if segments.are_joined(link.ref, ref)]
    if not holders:
        remote = segments.find_holder(ref, address)
        holders = [remote, *segments.links_with(ref)] if remote is not None else []
    return {link.mac for link in holders if link.mac and link.ref != ref}


def check_neighbour_requests(facts: HostFacts) -> Iterator[Finding]:
    """Links with addresses whose kernel asks nobody for a MAC address."""
    for link in facts.current.links.values():
        families = {6 if ":" in text else 4 for text in link.addresses or ()}
        for family in sorted(families):
            key = f"net/ipv{family}/neigh/{link.name}/mcast_solicit"
            if link.arp is False or facts.sysctls.get((link.netns, key)) != "0":
                continue
            yield Finding(
                "arp_off",
                ERROR,
                format_ref(link.ref),
                f"{link.name} {describe_location(link.netns)} sends no requests for the MAC "
                f"addresses of IPv{family} neighbours",
                f"{sysctl_command(link.netns, key)}: 0",
                sysctl_command(link.netns, key, "3"),
                affects=frozenset({traffic_location(link.ref, family)}),
            )


def check_neighbours(facts: HostFacts) -> Iterator[Finding]:
    """Permanent entries with a wrong MAC address."""
    for netns, entries in facts.neighbours.items():
        for entry in entries:
            if entry.state != "permanent" or not entry.mac:
                continue
            macs = _valid_macs(facts.segments, (netns, entry.device), entry.address)
            if not macs or entry.mac in macs:
                continue
            ip, device = ip_command(netns), quote(entry.device)
            yield Finding(
                "neighbour_wrong",
                ERROR,
                format_ref((netns, entry.address)),
                f"{describe_netns(netns)} has a permanent entry for {entry.address} with the MAC "
                f"address {entry.mac}; the right one is {', '.join(sorted(macs))}",
                f"{ip} neigh show {entry.address} dev {device}: PERMANENT",
                f"{ip} neigh del {entry.address} dev {device}",
                affects=frozenset({(netns, entry.device)}),
            )


def check_outdated_gateways(facts: HostFacts) -> Iterator[Finding]:
    """Gateways whose address is on another link by now, of which nobody told a namespace."""
    for gateway, mac in sorted(facts.outdated_gateways.items(), key=str):
        netns, address, device = gateway
        holder = facts.segments.find_holder((netns, device), address)
        is_near = holder is not None and facts.segments.are_joined(holder.ref, (netns, device))
        if holder is None or not is_near or gateway in facts.silent_gateways:
            continue
        former = [
            format_ref(link.ref)
            for link in facts.segments.links_with((netns, device))
            if link.mac == mac
        ]
        ip, shown = ip_command(netns), quote(device)
        yield Finding(
            "neighbour_wrong",
            WARNING,
            format_ref((netns, address)),
            f"{describe_netns(netns)} sent packets for the gateway {address} to {former[0]}, which "
            f"does not have that address: {format_ref(holder.ref)} has it. The kernel has asked "
            "again now, and knows it",
            f"{ip} neigh show {address} dev {shown}: it was {mac}",
            f"announce an address that moves, as module topology does: "
            f"{netns_exec(holder.netns)}arping -c1 -U -I {quote(holder.name)} {address}",
        )
