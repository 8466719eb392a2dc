# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of Open vSwitch: a switch that does not run, and bridges and ports that pass nothing."""

from __future__ import annotations

from collections import Counter
from shlex import quote
from typing import TYPE_CHECKING

from ..._describe.places import describe_netns
from ..._model.addresses import network_of
from ..._model.ovs import NO_OVS
from ..findings import ERROR, WARNING, Finding, subject_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..._model.links import Link, LinkRef
    from ..._model.ovs import OvsBridge, OvsPort
    from ..facts.host_facts import HostFacts


def check_open_vswitch(facts: HostFacts) -> Iterator[Finding]:
    """The daemon, ports that it could not set up, rules of bridges, and VLANs."""
    ovs = facts.current.ovs or NO_OVS
    yield from _check_daemon(facts)
    for port in ovs.ports.values():
        error = port.error
        if not port.type and (None, port.name) not in facts.current.links:
            error = "there is no such interface"
        if error and port.owner is not None:
            yield _port_failed(port, error)
    for bridge in ovs.bridges.values():
        is_made = (None, bridge.name) in facts.current.links
        if not is_made and bridge.owner is not None and facts.current.no_ovs_reason is None:
            yield _interface_missing(bridge, facts)
        if facts.flow_counts.get(bridge.name) == 0:
            yield _no_flows(bridge, facts)
        yield from _check_vlans(bridge, facts)


def _check_daemon(facts: HostFacts) -> Iterator[Finding]:
    current = facts.current
    names = sorted({*(current.ovs or NO_OVS).bridges, *current.ovs_on_record})
    if current.no_ovs_reason is None or not names:
        return
    reason, _semicolon, remedy = current.no_ovs_reason.partition("; ")
    yield Finding(
        "switch_down",
        ERROR,
        names[0],
        f"{reason}; nothing switches the packets of {', '.join(names)}",
        "ovs-appctl version: no answer",
        remedy,
        affects=frozenset((None, name) for name in names),
    )


def _port_failed(port: OvsPort, error: str) -> Finding:
    return Finding(
        "switch_port_failed",
        ERROR,
        port.name,
        f"Open vSwitch could not set up port {port.name} of bridge {port.bridge}: {error}",
        f"ovs-vsctl list Interface {quote(port.name)}: {error}",
        "run module topology or veth again, or remove the port: "
        f"ovs-vsctl del-port {quote(port.bridge)} {quote(port.name)}",
        affects=frozenset({(None, port.name)}),
    )


def _interface_missing(bridge: OvsBridge, facts: HostFacts) -> Finding:
    name = quote(bridge.name)
    return Finding(
        "switch_port_failed",
        ERROR,
        bridge.name,
        f"Open vSwitch has a bridge {bridge.name}, and the host has no interface of that name",
        f"ip link show dev {name}: does not exist",
        f"read what is wrong (ovs-vsctl get Interface {name} error), restart ovs-vswitchd, and run "
        "module topology again",
        affects=_list_refs(bridge, facts),
    )


def _no_flows(bridge: OvsBridge, facts: HostFacts) -> Finding:
    name = quote(bridge.name)
    return Finding(
        "switch_without_flows",
        ERROR,
        bridge.name,
        f"bridge {bridge.name} has fail_mode secure, no connected controller and no flows, so it "
        "drops all packets",
        f"ovs-ofctl dump-flows {name}: no flows",
        f"ovs-ofctl add-flow {name} actions=NORMAL, or start its controller, or "
        f"ovs-vsctl set-fail-mode {name} standalone  # option fail_mode",
        affects=_list_refs(bridge, facts),
    )


def _list_refs(bridge: OvsBridge, facts: HostFacts) -> frozenset[LinkRef]:
    """The interface of a bridge, and its ports."""
    ports = (facts.current.ovs or NO_OVS).ports.values()
    names = [bridge.name, *(port.name for port in ports if _is_on(port, bridge))]
    return frozenset((None, name) for name in names)


def _is_on(port: OvsPort, bridge: OvsBridge) -> bool:
    return port.bridge == bridge.name


def _check_vlans(bridge: OvsBridge, facts: HostFacts) -> Iterator[Finding]:
    """Ports of namespaces that have a network in common, and are in different VLANs."""
    ends: dict[str, list[tuple[Link, OvsPort]]] = {}
    for port in (facts.current.ovs or NO_OVS).ports.values():
        link = facts.current.links.get((None, port.name))
        peer = facts.find_peer(link) if link is not None else None
        if peer is None or not _is_on(port, bridge) or port.tagged or port.odd_mode:
            continue
        if peer.ref in facts.links_that_may_overlap:
            continue
        for network in {str(network_of(text)) for text in peer.addresses or ()}:
            ends.setdefault(network, []).append((peer, port))
    seen: set[str] = set()
    for network, found in sorted(ends.items()):
        usual, count = Counter(port.vlan for _peer, port in found).most_common(1)[0]
        others = [(peer, port) for peer, port in found if port.vlan != usual]
        if len(found) > 2 and count > len(others):
            for peer, port in others:
                if port.name not in seen:
                    seen.add(port.name)
                    yield _other_vlan(network, usual, peer, port)


def _other_vlan(network: str, usual: int | None, peer: Link, port: OvsPort) -> Finding:
    remedy = f"ovs-vsctl set Port {quote(port.name)} tag={usual}"
    if not usual:
        remedy = f"ovs-vsctl clear Port {quote(port.name)} tag"
    return Finding(
        "vlan_differs",
        WARNING,
        subject_of(peer),
        f"port {port.name} of {describe_netns(peer.netns)} is in VLAN {port.vlan or 'none'}, and "
        f"the other ports with network {network} are in VLAN {usual or 'none'}",
        f"ovs-vsctl get Port {quote(port.name)} tag: {port.vlan or '[]'}",
        f"{remedy}  # option vlan",
        affects=frozenset({peer.ref}),
    )
