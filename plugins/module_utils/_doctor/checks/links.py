# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of names, link states, carriers and bridge ports."""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING

from ..._describe.places import describe_location
from ..._model.changes import links_in
from ..._model.link_types import NETNS_LINK_KINDS
from ..._model.links import Link, LinkRef, type_name
from ..._model.netns import HOST_NETNS, Netns
from ..._model.ovs import OVS_KIND
from ..commands import ip_command
from ..findings import ERROR, INFO, Finding, Location, netns_location, subject_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..facts.host_facts import HostFacts


def _judge_unusable_name(name: str, state: str) -> tuple[str, str, str]:
    """The check, the description and the remedy of a name that is not a namespace.

    :param state: as in ``CurrentState.unusable_names``.
    """
    remove = f"rm -d {quote(f'/run/netns/{name}')}"
    if state == "stale":
        return "netns_stale", "an empty file that a crash left behind", remove
    if state.startswith("a namespace only"):
        remedy = "create it again in the mount namespace of the host, after that process has ended"
        return "netns_private", state, remedy
    if state == HOST_NETNS:
        return "netns_blocked", state, f"ip netns delete {quote(name)}  # this ends the name only"
    return "netns_blocked", state, remove


def check_names(facts: HostFacts) -> Iterator[Finding]:
    """Names under /run/netns that are not namespaces."""
    for name, state in sorted(facts.current.unusable_names.items()):
        check, description, remedy = _judge_unusable_name(name, state)
        yield Finding(
            check,
            ERROR,
            name,
            f"/run/netns/{name} is not a namespace of its own, but {description}",
            f"ls -l {quote(f'/run/netns/{name}')}; "
            f"{ip_command(name)} link: "
            + ("the links of the host" if state == HOST_NETNS else "no namespace is mounted there"),
            remedy,
            affects=frozenset({netns_location(name)}),
        )


def _is_relevant(link: Link, bridges: frozenset[LinkRef]) -> bool:
    """Whether namespaces depend on a link, so that it must be up.

    :param bridges: the bridges that lead to namespaces.
    """
    if link.kind == "bridge":
        return link.ref in bridges or link.owner is not None
    if link.kind == OVS_KIND:
        return link.owner is not None
    if link.kind in NETNS_LINK_KINDS or link.saved is not None:
        return link.owner is not None
    if link.kind != "veth":
        return False
    in_use = bool(link.addresses or link.bridge)
    leads_to_netns = bool(link.peer and (link.netns or link.peer[0]))
    return link.owner is not None or (in_use and leads_to_netns)


def _affected_by_down(facts: HostFacts, link: Link, children: list[Link]) -> frozenset[Location]:
    affected = {link.ref, *(child.ref for child in children)}
    if link.peer:
        affected.add(link.peer)
    if link.kind == "bridge":
        ports = [port for port in facts.links_of(link.netns) if port.bridge == link.name]
        affected |= {port.ref for port in ports}
    return frozenset(affected)


def _is_of_lab(facts: HostFacts, loopback: Link) -> bool:
    """Whether the namespace of a loopback was made by this collection, or is declared.

    Others may leave it down: nothing but traffic of the namespace with itself needs it.
    """
    netns = facts.current.namespaces.get(loopback.netns or "")
    resources = facts.desired.present if facts.desired else ()
    declared = {
        resource.name
        for resource in resources
        if isinstance(resource, Netns) and resource.attached is None
    }
    return loopback.netns in declared or (netns is not None and netns.owner is not None)


def check_link_states(facts: HostFacts) -> Iterator[Finding]:
    """Loopback interfaces, bridges and other links that are down."""
    bridges, by_parent = facts.links_to_namespaces(), facts.links_by_parent()
    resources = facts.desired.present if facts.desired else ()
    # What follows from it is explained by it.
    down = {link.ref for link in links_in(resources) if link.up is False}
    for link in facts.current.links.values():
        is_loopback = link.name == "lo"
        needed = (
            (is_loopback and link.netns) or link.ref in by_parent or _is_relevant(link, bridges)
        )
        if link.up or not needed or (is_loopback and link.ref in down):
            continue
        if link.kind == "vlan" and link.parent in by_parent and not facts.is_up(link.parent):
            continue  # it is down because its parent is
        is_declared = link.ref in down
        check, kind, severity = "link_down", type_name(link), INFO if is_declared else ERROR
        if is_loopback:
            check, kind = "loopback_down", "the loopback"
            severity = ERROR if _is_of_lab(facts, link) else INFO
        elif link.kind in ("bridge", OVS_KIND):
            check = "bridge_down"
        ip = ip_command(link.netns)
        yield Finding(
            check,
            severity,
            subject_of(link),
            f"{kind} {link.name} {describe_location(link.netns)} is down"
            + ", as declared" * is_declared,
            f"{ip} link show dev {quote(link.name)}: no UP among its flags",
            f"{ip} link set dev {quote(link.name)} up  # option up",
            affects=_affected_by_down(facts, link, by_parent.get(link.ref, [])),
        )


def check_carrier(facts: HostFacts) -> Iterator[Finding]:
    """Physical links and veth ends without a carrier, in a namespace or with links on top."""
    by_parent = facts.links_by_parent()
    for link in facts.current.links.values():
        if link.ref not in facts.no_carrier or link.kind not in ("", "veth"):
            continue
        if link.saved is None and link.ref not in by_parent:
            continue
        peer = facts.find_peer(link)
        if peer is not None and not peer.up and _is_relevant(peer, frozenset()):
            continue  # a finding of check_link_states
        reason, remedy = "nothing is connected to it", "connect its cable, or set its peer up"
        if peer is not None:
            reason = f"its peer {subject_of(peer)} is down"
            remedy = f"{ip_command(peer.netns)} link set dev {quote(peer.name)} up"
        children = by_parent.get(link.ref, [])
        yield Finding(
            "no_carrier",
            ERROR,
            subject_of(link),
            f"{type_name(link)} {link.name} {describe_location(link.netns)} "
            f"is up and has no carrier: {reason}",
            f"{ip_command(link.netns)} link show dev {quote(link.name)}: NO-CARRIER",
            remedy,
            affects=frozenset({link.ref, *(child.ref for child in children)}),
        )


def check_stranded_links(facts: HostFacts) -> Iterator[Finding]:
    """Physical links that the kernel returned to the host when their namespace was deleted."""
    for link in facts.links_of(None):
        if link.saved is None:
            continue
        yield Finding(
            "link_stranded",
            ERROR,
            subject_of(link),
            f"{link.name} was moved into a namespace, and is on the host again without its "
            f"settings, because the namespace was deleted. Its name was {link.saved.name}",
            f"ip link show dev {quote(link.name)}: its alias has the saved settings",
            "run module topology or netns_link again, or with state absent to restore it",
            affects=frozenset({link.ref}),
        )


def check_arp(facts: HostFacts) -> Iterator[Finding]:
    """Veth ends with addresses on which ARP is off."""
    for link in facts.current.links.values():
        if link.arp is False and link.kind == "veth" and link.addresses:
            ip = ip_command(link.netns)
            yield Finding(
                "arp_off",
                ERROR,
                subject_of(link),
                f"ARP is off on {link.name} {describe_location(link.netns)}",
                f"{ip} link show dev {quote(link.name)}: NOARP",
                f"{ip} link set dev {quote(link.name)} arp on  # option arp",
                affects=frozenset({link.ref}),
            )
