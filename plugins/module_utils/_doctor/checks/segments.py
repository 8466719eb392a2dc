# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of an Ethernet: what must be one's own there, and what all must have alike."""

from __future__ import annotations

from collections import Counter
from shlex import quote
from typing import Dict, Iterator, List, Optional, Tuple

from ..._describe.places import describe_location
from ..._model.link_options import MacvlanOptions
from ..._model.link_types import EXCLUSIVE_TYPES
from ..._model.links import Link
from ..facts.host_facts import HostFacts
from ..facts.segments import Segments
from ..findings import ERROR, WARNING, Finding, ip, subject_of


def check_segments(facts: HostFacts) -> Iterator[Finding]:
    """What must be one's own on an Ethernet, and what all must have alike."""
    ethernets = Segments(facts)
    for group in ethernets.groups():
        yield from _twice(
            group,
            "mac_duplicate",
            [
                (link.mac, link)
                for link in group
                if not link.bridge and link.mac and not _borrows_mac(link)
            ],
        )
        yield from _twice(
            group,
            "address_duplicate",
            [(text.split("/")[0], link) for link in group for text in link.addresses or ()],
        )
        yield from _taken(facts, ethernets, group)
        # A station is given what its link takes, whatever it sends itself.
        rest = [link for link in group if link.kind not in EXCLUSIVE_TYPES]
        sizes = Counter(link.mtu for link in rest)
        if len(sizes) > 1:
            # Without a majority the smaller is what somebody made so.
            usual = max(sizes, key=lambda size: (sizes[size], size or 0))
            odd = sorted(
                (link for link in rest if link.mtu != usual),
                key=lambda link: (link.kind == "bridge", subject_of(link)),
            )
            yield Finding(
                "mtu_mismatch",
                WARNING,
                subject_of(odd[0]),
                f"{', '.join(f'{subject_of(link)} has mtu {link.mtu}' for link in odd[:8])}, where the rest of this Ethernet has {usual}: large ones are lost",
                f"{ip(odd[0].netns)} link show dev {quote(odd[0].name)}: mtu {odd[0].mtu}",
                f"{ip(odd[0].netns)} link set dev {quote(odd[0].name)} mtu {usual} (option mtu, the same on both ends and the bridge)",
            )


def _borrows_mac(link: Link) -> bool:
    """That of the link on which it sits."""
    return (
        link.kind == "ipvlan"
        or isinstance(link.options, MacvlanOptions)
        and link.options.mode == "passthru"
    )


def _twice(group: List[Link], check: str, values: List[Tuple[str, Link]]) -> Iterator[Finding]:
    holders: Dict[str, List[Link]] = {}
    for value, link in values:
        holders.setdefault(value, []).append(link)
    for value, links in holders.items():
        if len(links) > 1:
            what, option = (
                ("MAC address", "mac") if check == "mac_duplicate" else ("address", "addresses")
            )
            shown = "link show" if check == "mac_duplicate" else "addr show"
            yield Finding(
                check,
                ERROR,
                value,
                f"the {what} {value} is at {' and at '.join(map(subject_of, links))}, on one Ethernet",
                "; ".join(f"{ip(link.netns)} {shown} dev {quote(link.name)}" for link in links[:4])
                + f": {value}",
                f"give one of them another (option {option})",
                at=frozenset(link.ref for link in links),
            )


def _taken(facts: HostFacts, ethernets: Segments, group: List[Link]) -> Iterator[Finding]:
    """Addresses that a station has elsewhere, as on its loopback: a host takes for its own what is for any of them, and answers for all, unless told not to."""
    stations: Dict[Tuple[Optional[str], Optional[str]], Link] = {}
    for link in [link for link in group if link.addresses and not link.bridge]:
        stations.setdefault((link.netns, link.vrf), link)
    silent = {netns for netns, _gateway, _device in facts.silent_gateways}
    holders = {text.split("/")[0]: link for link in group for text in link.addresses or ()}
    for address, held in holders.items():
        known = ethernets.holders(address)
        near = {link.netns for link in known if link in group}
        for link in known if len(known) > 1 else ():
            station = stations.get((link.netns, link.vrf))
            if (
                station is not None
                and link.netns not in near
                and (held.netns in silent or not _answers_for_its_own(facts, station))
            ):
                yield Finding(
                    "address_duplicate",
                    ERROR,
                    address,
                    f"the address {address} is at {subject_of(held)} and at {subject_of(link)}, {describe_location(link.netns)} that is on the same Ethernet by "
                    f"{station.name}: what is sent to the one does not leave the other",
                    "; ".join(
                        f"{ip(one.netns)} addr show dev {quote(one.name)}" for one in (held, link)
                    )
                    + f": {address}",
                    "give one of them another (option addresses)",
                    at=frozenset({held.ref, link.ref}),
                )


def _answers_for_its_own(facts: HostFacts, link: Link) -> bool:
    """Who is told so (arp_ignore) may have an address of somebody else's, for instance to take his connections by another way."""
    values = [
        facts.settings.get((link.netns, f"net/ipv4/conf/{name}/arp_ignore"), "0")
        for name in (link.name, "all")
    ]
    return any(value != "0" for value in values)
