# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of bridge ports: links that are none, are one of the wrong bridge, or pass nothing."""

from __future__ import annotations

from math import ceil
from shlex import quote
from typing import TYPE_CHECKING

from ..._describe.places import describe_location, describe_netns
from ..._model.addresses import network_of
from ..._model.link_options import BridgeOptions
from ..commands import ip_command, iproute2_command
from ..findings import ERROR, WARNING, Finding, subject_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..._model.links import Link, LinkRef
    from ..._netlink.link_replies import PortState
    from ..facts.host_facts import HostFacts


def _is_unused_veth_end(facts: HostFacts, link: Link, parents: set[LinkRef]) -> bool:
    return (
        link.owner is not None
        and link.kind == "veth"
        and link.ref not in facts.declared_links
        and link.ref not in parents
        and not link.bridge
        and not _is_switch_port(facts, link)
        and not link.vrf
        and not link.addresses
        and not (link.accept_ra and link.link_local)  # Routers will give it addresses.
        and link.ref not in facts.current.unlisted_ipv4
        and not _has_route(facts, link)
    )


def _is_switch_port(facts: HostFacts, link: Link) -> bool:
    """Whether a link is a port of Open vSwitch."""
    ovs = facts.current.ovs
    return link.netns is None and ovs is not None and link.name in ovs.ports


def _has_route(facts: HostFacts, link: Link) -> bool:
    """Whether a route leads by a link, which then needs no address of its own (RFC 1812, 2.2.7)."""
    return any(
        link.name in (route.device, *(hop.device for hop in route.nexthops or ()))
        for route in facts.current.routes.get(link.netns, ())
        if not route.destination.startswith(("fe80:", "ff00:"))
    )


def _guess_bridge(facts: HostFacts, port: Link, peer: Link) -> str:
    """The bridge that a port was taken out of: one with a network of the peer's addresses."""
    networks = {network_of(text) for text in peer.addresses or ()}
    bridges = [link for link in facts.links_of(port.netns) if link.kind == "bridge"]
    found = [
        bridge.name
        for bridge in bridges
        if networks & {network_of(text) for text in bridge.addresses or ()}
        or (len(bridges) == 1 and bridge.owner == port.owner)
    ]
    return quote(found[0]) if found else "BRIDGE"


def _check_bridge_of_gateway(facts: HostFacts, port: Link, peer: Link) -> Iterator[Finding]:
    """A port of a bridge without addresses, whose namespace has its gateway on another segment.

    The host would answer for the gateway's address, and route what it sends back to the other one.
    """
    own = facts.current.links.get((port.netns, port.bridge or ""))
    if own is None or own.addresses:
        return
    networks = {network_of(text) for text in peer.addresses or ()}
    gateways = {
        hop.gateway
        for hop in facts.gateway_hops_of(peer.netns)
        if hop.device == peer.name and not hop.gateway.startswith("fe80:")
    }
    right = [
        bridge
        for bridge in facts.links_of(port.netns)
        if bridge.kind == "bridge"
        and not facts.segments.are_joined(bridge.ref, port.ref)
        and networks & {network_of(text) for text in bridge.addresses or ()}
        and gateways & {text.split("/")[0] for text in bridge.addresses or ()}
    ]
    if not right or _has_route(facts, own):
        return
    ip, name = ip_command(port.netns), right[0].name
    yield Finding(
        "port_missing",
        ERROR,
        subject_of(port),
        f"{port.name} {describe_location(port.netns)} is a port of {own.name}, and the gateway of "
        f"{describe_netns(peer.netns)} is an address of bridge {name}",
        f"{ip} link show dev {quote(port.name)}: master {own.name}",
        f"{ip} link set dev {quote(port.name)} master {quote(name)}  # option bridge",
        affects=frozenset({port.ref, peer.ref, own.ref}),
        depends_on=frozenset({port.ref}),
    )


def check_bridge_ports(facts: HostFacts) -> Iterator[Finding]:
    """Veth ends that are a port of no bridge, and ports that do not forward."""
    parents = set(facts.links_by_parent())
    for link in facts.current.links.values():
        peer = facts.find_peer(link)
        if peer is not None and peer.addresses and _is_unused_veth_end(facts, link, parents):
            ip, bridge = ip_command(link.netns), _guess_bridge(facts, link, peer)
            yield Finding(
                "port_missing",
                ERROR,
                subject_of(link),
                f"{link.name} {describe_location(link.netns)} is not a port of a bridge, "
                "and has no address",
                f"{ip} link show dev {quote(link.name)}: no master",
                f"{ip} link set dev {quote(link.name)} master {bridge}  # option bridge",
                affects=frozenset({link.ref, peer.ref}),
                depends_on=frozenset({link.ref}),
            )
        if peer is not None and link.bridge:
            yield from _check_bridge_of_gateway(facts, link, peer)
        port = facts.port_states.get(link.ref)
        is_lab_port = (link.kind == "veth" and link.peer) or link.owner is not None
        # A tap is disabled while no program has it open, and a veth end while the other is down.
        is_open = link.kind != "tun" and (peer is None or peer.up)
        if port and port.state != "forwarding" and link.up and is_lab_port and is_open:
            yield from _check_blocked_port(facts, link, port)


def _is_redundant(facts: HostFacts, port: Link, peer: Link | None) -> bool:
    """Whether a blocked port is one that STP keeps in reserve, as it does in a ring of bridges."""
    others = [
        other
        for other in facts.links_of(port.netns)
        if other.bridge == port.bridge and other.ref != port.ref
    ]
    return (
        peer is not None
        and bool(peer.bridge)
        and any(_is_forwarding(facts, other) for other in others)
    )


def _is_forwarding(facts: HostFacts, port: Link) -> bool:
    state = facts.port_states.get(port.ref)
    return state is not None and state.state == "forwarding"


def _seconds_until_forwarding(port: PortState, options: BridgeOptions) -> int:
    """How long STP still lets a port wait, which first listens and then learns. 0 if it does not.

    Without STP, or with one of another program, the kernel has no timer that would end the wait.
    """
    if not options.stp or not port.seconds_left or port.state not in ("listening", "learning"):
        return 0
    learning = options.forward_delay or 0 if port.state == "listening" else 0
    return ceil(port.seconds_left + learning)


def _check_blocked_port(facts: HostFacts, port: Link, found: PortState) -> Iterator[Finding]:
    bridge_name, state = port.bridge or "", found.state
    bridge = facts.current.links.get((port.netns, bridge_name))
    options = bridge.options if bridge is not None else None
    options = options if isinstance(options, BridgeOptions) else BridgeOptions()
    if options.stp and state == "blocking" and _is_redundant(facts, port, facts.find_peer(port)):
        return
    seconds = _seconds_until_forwarding(found, options)
    bridge_command = iproute2_command("bridge", port.netns)
    reason = "its bridge does not use STP"
    remedy = f"{bridge_command} link set dev {quote(port.name)} state 3"
    if options.stp:
        reason = "set by STP"
        ip = ip_command(port.netns)
        stp_off = f"{ip} link set dev {quote(bridge_name)} type bridge stp_state 0"
        remedy = f"{stp_off}; {remedy}  # stp: false"
    if seconds:
        reason = f"STP lets it forward in {seconds} s"
        remedy += f", or wait {seconds} s"
    yield Finding(
        "stp_blocking",
        WARNING if seconds else ERROR,
        subject_of(port),
        f"port {port.name} of {port.bridge} forwards no frames: its state is {state} ({reason})",
        f"{bridge_command} link show dev {quote(port.name)}: state {state}",
        remedy,
        affects=frozenset({port.ref, *([port.peer] if port.peer else [])}),
        depends_on=frozenset({port.ref, (port.netns, bridge_name)}),
    )
