# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of bridges that filter VLANs: their ports, their own addresses, VLAN interfaces."""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING

from ..._describe.places import describe_location
from ..._model.link_options import BridgeOptions, VlanOptions
from ..commands import iproute2_command
from ..findings import ERROR, Finding, subject_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..._model.links import Link
    from ..facts.host_facts import HostFacts


def check_bridge_vlans(facts: HostFacts) -> Iterator[Finding]:
    """Interfaces that receive nothing because a bridge or its port is not in their VLAN."""
    for link in facts.current.links.values():
        if isinstance(link.options, VlanOptions) and link.options.id is not None:
            yield from _check_vlan_interface(facts, link, link.options.id)
        elif _filters(link):
            ports = [
                port
                for port in facts.current.links.values()
                if (port.netns, port.bridge) == link.ref and port.up
            ]
            for port in ports:
                yield from _check_port(facts, port, link)
            if link.addresses and ports and not _untagged_vlan(facts, link):
                yield _missing(
                    link,
                    f"{link.name} {describe_location(link.netns)} receives nothing for its "
                    "addresses: it filters VLANs, and its own untagged frames are in none",
                    f"vlan show dev {quote(link.name)}: no PVID",
                    f"vlan add dev {quote(link.name)} vid {_usual_vlan(facts, ports)} pvid "
                    f"untagged self  # option vlan of {link.name}",
                )


def _check_vlan_interface(facts: HostFacts, link: Link, number: int) -> Iterator[Finding]:
    """A VLAN interface on a bridge, or on the peer of a bridge port."""
    parent = facts.current.links.get(link.parent) if link.parent is not None else None
    port = parent
    if parent is not None and not _filters(parent) and parent.peer is not None:
        port = facts.current.links.get(parent.peer)
    bridge = port
    if port is not None and port.bridge:
        bridge = facts.current.links.get((port.netns, port.bridge))
    if port is None or bridge is None or not _filters(bridge):
        return
    vlans = facts.current.vlans.get(port.ref)
    if vlans is not None and number in (vlans.tagged or frozenset()) | vlans.mixed:
        return
    itself = " itself" if port is bridge else f" with its port {port.name}"
    target = f"dev {quote(port.name)} vid {number}{' self' if port is bridge else ''}"
    yield _missing(
        link,
        f"{link.name} {describe_location(link.netns)} receives nothing: {bridge.name} filters "
        f"VLANs, and is not in VLAN {number}{itself}",
        f"vlan show dev {quote(port.name)}: no tagged {number}",
        f"vlan add {target}  # option vlans of {port.name}",
        place=port,
    )


def _check_port(facts: HostFacts, port: Link, bridge: Link) -> Iterator[Finding]:
    vlans = facts.current.vlans.get(port.ref)
    if vlans is not None and (vlans.vlan or vlans.tagged or vlans.mixed):
        return
    yield _missing(
        port,
        f"the bridge port {port.name} {describe_location(port.netns)} drops all frames: "
        f"{bridge.name} filters VLANs, and the port is in none",
        f"vlan show dev {quote(port.name)}: no VLAN",
        f"vlan add dev {quote(port.name)} vid {_untagged_vlan(facts, bridge) or 1} pvid untagged"
        f"  # option vlan of {port.name}",
    )


def _filters(link: Link) -> bool:
    return isinstance(link.options, BridgeOptions) and bool(link.options.vlan_filtering)


def _untagged_vlan(facts: HostFacts, link: Link) -> int:
    """The VLAN of the untagged frames of a port or bridge; 0 if it is in none."""
    vlans = facts.current.vlans.get(link.ref)
    return (vlans.vlan or 0) if vlans is not None else 0


def _usual_vlan(facts: HostFacts, ports: list[Link]) -> int:
    """The VLAN of the untagged frames of most ports."""
    numbers = [number for port in ports if (number := _untagged_vlan(facts, port))]
    return max(sorted(set(numbers)), key=numbers.count) if numbers else 1


def _missing(
    link: Link, message: str, evidence: str, remedy: str, place: Link | None = None
) -> Finding:
    """The finding about a link, with commands of bridge(8) where the port or bridge is."""
    bridge = iproute2_command("bridge", (place or link).netns)
    return Finding(
        "vlan_missing",
        ERROR,
        subject_of(link),
        message,
        f"{bridge} {evidence}",
        f"{bridge} {remedy}",
        affects=frozenset({link.ref}),
    )
