# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where the host in memory sends a packet: routes, next hops, and the links of a segment."""

from __future__ import annotations

import ipaddress

from ansible_collections.redblue.netns.plugins.module_utils._model.addresses import (
    network_of,
)
from ansible_collections.redblue.netns.plugins.module_utils._model.current_state import CurrentState
from ansible_collections.redblue.netns.plugins.module_utils._model.links import Link, LinkRef
from ansible_collections.redblue.netns.plugins.module_utils._model.probes import (
    Probe,
    ProbeReply,
    ProbeResult,
)
from ansible_collections.redblue.netns.plugins.module_utils._model.routes import Route
from ansible_collections.redblue.netns.plugins.module_utils._probe.targets import choose_address


def read_routes(current: CurrentState, netns: str | None) -> tuple[Route, ...]:
    """The routes of a namespace, with the connected route that each address brings."""
    connected = [
        Route(
            netns,
            str(network_of(address)),
            metric=256 if ":" in address else 0,
            type="unicast",
            device=link.name,
            scope="link",
            onlink=False,
            protocol=2,
        )
        for link in current.links.values()
        if link.netns == netns and link.up
        for address in link.addresses or ()
    ]
    return (*current.routes.get(netns, ()), *connected)


def probe_once(current: CurrentState, probe: Probe) -> ProbeResult:
    """Answer a probe as ICMP echo: it is answered if there is a route to the target and back."""
    targets = [
        link
        for link in current.links.values()
        if probe.address is None and link.netns == probe.to_netns
    ]
    links = [link for link in current.links.values() if link.netns == probe.netns]
    address = probe.address or choose_address(links, targets, probe.family)
    if address is None:
        return ProbeResult(probe, (ProbeReply("no_address"),))
    reply = _send(current, probe.netns, address)
    return ProbeResult(probe, (reply,) * probe.count, address)


def _send(current: CurrentState, netns: str | None, address: str) -> ProbeReply:
    hop = _find_next_hop(current, netns, address)
    if hop is None:
        return ProbeReply("no_route")
    neighbour, device = hop
    receiver = _find_receiver(current, neighbour, (netns, device))
    if receiver is None:
        return ProbeReply("no_neighbour")
    if neighbour != address:
        return _send(current, receiver.netns, address)
    addresses = current.links[(netns, device)].addresses or ()
    own = [text.split("/")[0] for text in addresses if (":" in text) == (":" in address)]
    if receiver.netns == netns or any(_find_next_hop(current, receiver.netns, a) for a in own):
        return ProbeReply("ok", latency=0.0)
    return ProbeReply("timed_out")


def _find_receiver(current: CurrentState, address: str, sender: LinkRef) -> Link | None:
    """The link that is up, has this address, and is in the sender's segment."""
    segment = _reachable_links(current, sender)
    for link in current.links.values():
        addresses = [text.split("/")[0] for text in link.addresses or ()]
        if address in addresses and link.up and link.ref in segment:
            return link
    return None


def _find_next_hop(
    current: CurrentState, netns: str | None, address: str
) -> tuple[str, str] | None:
    """(next hop, device) of the route with the longest prefix."""
    ip = ipaddress.ip_address(address)
    best, best_rank = None, (-1, 0)
    for route in read_routes(current, netns):
        network = ipaddress.ip_network(route.destination)
        rank = (network.prefixlen, -(route.metric or 0))
        if route.type == "unicast" and ip in network and rank > best_rank:
            best, best_rank = route, rank
    if best is None or best.device is None:
        return None
    return best.gateway or address, best.device


def _reachable_links(current: CurrentState, sender: LinkRef) -> set[LinkRef]:
    """All links that receive a broadcast: over the sender's veth pair, and over bridges."""
    reached, pending = {sender}, [sender]
    while pending:
        link = current.links[pending.pop()]
        adjacent = [link.peer] if link.peer else []
        adjacent += [(link.netns, link.bridge)] if link.bridge else []
        adjacent += [
            port.ref
            for port in current.links.values()
            if link.kind == "bridge" and port.netns == link.netns and port.bridge == link.name
        ]
        for ref in adjacent:
            if ref not in reached and current.links[ref].up:
                reached.add(ref)
                pending.append(ref)
    return reached
