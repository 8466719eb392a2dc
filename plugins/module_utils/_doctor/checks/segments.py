# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of Ethernet segments: addresses must be unique there, and the MTU the same."""

from __future__ import annotations

from collections import Counter
from shlex import quote
from typing import TYPE_CHECKING

from ..._describe.places import describe_location
from ..._model.link_options import MacvlanOptions
from ..._model.link_types import EXCLUSIVE_TYPES
from ..commands import ip_command
from ..findings import ERROR, WARNING, Finding, subject_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ..._model.links import Link, LinkRef
    from ..facts.host_facts import HostFacts

_MAX_LINKS = 8
_VIRTUAL_ROUTERS = ("00:00:5e:00:01:", "00:00:5e:00:02:")
"""How the MAC addresses begin that routers share by VRRP (RFC 9568, 7.3)."""
_ENCAPSULATING = ("vxlan", "geneve", "gretap", "ip6gretap")
"""Types of links whose MTU is at most that of the way outside, less the outer headers."""


def check_segments(facts: HostFacts) -> Iterator[Finding]:
    """Duplicate MAC and IP addresses, and different MTUs, on one segment."""
    for links in facts.segments.all_with_namespaces():
        unique = [link for link in links if link.ref not in facts.links_that_may_overlap]
        yield from _check_duplicate_macs(unique)
        yield from _check_duplicate_addresses(unique)
        yield from _check_answered_addresses(facts, links)
        yield from _check_mtus(links)


def _check_mtus(links: Sequence[Link]) -> Iterator[Finding]:
    # Links on a parent, such as macvlans, receive what the parent does, whatever their own MTU.
    relevant = [link for link in links if link.kind not in EXCLUSIVE_TYPES]
    counts = Counter(link.mtu for link in relevant)
    if len(counts) < 2:
        return
    # The kernel refuses a larger MTU of a link that encapsulates, so the others follow it.
    limits = [link.mtu or 0 for link in relevant if link.kind in _ENCAPSULATING]
    # Without a majority the smaller MTU is the one that was set by hand.
    usual = min(limits) if limits else max(counts, key=lambda mtu: (counts[mtu], mtu or 0))
    different = sorted(
        (link for link in relevant if link.mtu != usual),
        key=lambda link: (link.kind == "bridge", subject_of(link)),
    )
    first = different[0]
    listed = ", ".join(f"{subject_of(link)} has MTU {link.mtu}" for link in different[:_MAX_LINKS])
    ip = ip_command(first.netns)
    commands = [
        f"{ip_command(link.netns)} link set dev {quote(link.name)} mtu {usual}"
        for link in different
    ]
    yield Finding(
        "mtu_mismatch",
        WARNING,
        subject_of(first),
        f"{listed}; the rest of this Ethernet segment has MTU {usual}: larger packets are lost",
        f"{ip} link show dev {quote(first.name)}: mtu {first.mtu}",
        f"{'; '.join(commands)}  # option mtu, the same on both ends and the bridge",
    )


def _has_mac_of_parent(link: Link) -> bool:
    passthru = isinstance(link.options, MacvlanOptions) and link.options.mode == "passthru"
    return link.kind == "ipvlan" or passthru


def _group(values: Sequence[tuple[str, Link]]) -> Iterator[tuple[str, list[Link]]]:
    """The values that more than one link has, each with these links.

    A link may have an address twice, with a peer and without.
    """
    holders: dict[str, dict[LinkRef, Link]] = {}
    for value, link in values:
        holders.setdefault(value, {})[link.ref] = link
    for value, links in holders.items():
        if len(links) > 1:
            yield value, [*links.values()]


def _duplicate(kind: str, value: str, links: list[Link]) -> Finding:
    """A finding about links that have the same MAC address or (IP) address."""
    is_mac = kind == "MAC address"
    shown, option = ("link show", "mac") if is_mac else ("addr show", "addresses")
    commands = [f"{ip_command(n.netns)} {shown} dev {quote(n.name)}" for n in links[:4]]
    return Finding(
        "mac_duplicate" if is_mac else "address_duplicate",
        ERROR,
        value,
        f"{' and '.join(map(subject_of, links))} have the same {kind} {value} "
        "on one Ethernet segment",
        f"{'; '.join(commands)}: {value}",
        f"assign another {kind} to one of them (option {option})",
        affects=frozenset(link.ref for link in links),
    )


def _check_duplicate_macs(links: Sequence[Link]) -> Iterator[Finding]:
    """MAC addresses that are not used are left out: of bridge ports, and of links that are down.

    Of the routers with a virtual address only one uses it.
    """
    macs = [
        (link.mac, link)
        for link in links
        if link.mac and link.up and not link.bridge and not _has_mac_of_parent(link)
        if not link.mac.startswith(_VIRTUAL_ROUTERS)
    ]
    for mac, holders in _group(macs):
        yield _duplicate("MAC address", mac, holders)


def _check_duplicate_addresses(links: Sequence[Link]) -> Iterator[Finding]:
    addresses = [(text.split("/")[0], link) for link in links for text in link.addresses or ()]
    for address, holders in _group(addresses):
        yield _duplicate("address", address, holders)


def _check_answered_addresses(facts: HostFacts, links: Sequence[Link]) -> Iterator[Finding]:
    """Addresses on the segment that another namespace on it has on a link elsewhere.

    By default Linux answers ARP requests for all its addresses on any interface, also for one of
    its loopback (arp_ignore 0).
    """
    entry_links: dict[tuple[str | None, str | None], Link] = {}
    for link in links:
        if link.addresses and not link.bridge:
            entry_links.setdefault((link.netns, link.vrf), link)
    with_silent_gateway = {netns for netns, _gateway, _device in facts.silent_gateways}
    on_segment = {text.split("/")[0]: link for link in links for text in link.addresses or ()}
    for address, link in on_segment.items():
        holders = facts.segments.holders_of(address)
        namespaces = {holder.netns for holder in holders if holder in links}
        for holder in holders:
            entry = entry_links.get((holder.netns, holder.vrf))
            if entry is None or holder.netns in namespaces:
                continue
            if link.netns in with_silent_gateway or not _restricts_arp(facts, entry):
                yield _answered_address(address, link, holder, entry)


def _answered_address(address: str, link: Link, holder: Link, entry: Link) -> Finding:
    shown = [f"{ip_command(n.netns)} addr show dev {quote(n.name)}" for n in (link, holder)]
    return Finding(
        "address_duplicate",
        ERROR,
        address,
        f"{subject_of(link)} and {subject_of(holder)} have the same address {address}, and the "
        f"latter answers for it {describe_location(holder.netns)} by {entry.name}, "
        "on the segment of the former",
        f"{'; '.join(shown)}: {address}",
        "assign another address to one of them (option addresses)",
        affects=frozenset({link.ref, holder.ref}),
    )


def _restricts_arp(facts: HostFacts, link: Link) -> bool:
    """Whether arp_ignore is set; a load balancer's real servers share its address this way."""
    return any(
        facts.sysctls.get((link.netns, f"net/ipv4/conf/{name}/arp_ignore"), "0") != "0"
        for name in (link.name, "all")
    )


def check_address_scopes(facts: HostFacts) -> Iterator[Finding]:
    """Addresses of scope host on links with neighbours: nothing is sent with them."""
    for ref, text in sorted(facts.host_scopes, key=str):
        link = facts.current.links.get(ref)
        if link is None or len(facts.segments.links_with(ref)) < 2:
            continue
        ip, device = ip_command(ref[0]), quote(ref[1])
        routes = [
            f"{ip} route replace {hop.route.destination} via {hop.gateway} dev {device}"
            for hop in facts.gateway_hops_of(ref[0])
            if hop.device == ref[1] and ":" not in hop.gateway
        ]
        yield Finding(
            "address_scope",
            ERROR,
            subject_of(link),
            f"the address {text} of {link.name} {describe_location(ref[0])} has the scope host: "
            "nothing is sent with it, and others get no answer",
            f"{ip} addr show dev {device}: scope host",
            "; ".join(
                [
                    f"{ip} addr del {text} dev {device}",
                    f"{ip} addr add {text} dev {device}",
                    *routes,
                ]
            ),
            affects=frozenset({ref}),
        )
