# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Finds gateways that do not answer.

Each gateway whose MAC address is unknown is sent an empty datagram, so that the kernel resolves
it by ARP or neighbour discovery. Of a gateway that no link has any more, the kernel may still know
the MAC address for a while: there it asks once more.
"""

from __future__ import annotations

import errno
import socket
import time
from typing import TYPE_CHECKING

from ..._host.netns import inside_netns
from ..._model.addresses import family_of
from ..._model.routes import MAIN_TABLE
from ..._model.text import unescape_name
from ..._netlink.neighbours import confirm_neighbour, probe_neighbour
from ..._observe.routes import read_neighbours

if TYPE_CHECKING:
    from ..._host.netns_handles import NetnsHandle
    from ..._model.current_state import Neighbour
    from .host_facts import Gateway, HostFacts

TIMEOUT = 3.5
"""Seconds for all gateways together. The kernel gives up after three requests, one a second
(net.ipv4.neigh.LINK.mcast_solicit and retrans_time_ms). A gateway on the segment answers at once;
proxy ARP takes up to 0.8 s (proxy_delay), and a kernel that configures IPv6 on thousands of links
at the same time receives its first requests seconds late."""
MAX_GATEWAYS = 100
"""Gateways that are resolved at most; each takes an entry of the neighbour tables, which all
namespaces share. Gateways that are no address of a known link come first."""
_UNKNOWN = ("failed", "incomplete", "none")
_KNOWN = ("reachable", "stale", "delay", "probe")
_POLL_INTERVAL = 0.02
_DISCARD_PORT = 9
_ROUTE_ERRORS = (errno.EINVAL, errno.EACCES, errno.ENETUNREACH, errno.EHOSTUNREACH)
"""The errors of a route lookup that finds no route, or one of type blackhole, prohibit, or
unreachable (net/ipv4/fib_semantics.c: fib_props)."""


def _list_gateways(facts: HostFacts) -> dict[Gateway, bool]:
    """The gateways of routes that are used.

    Each with whether the routes of table main lead to it, which those of other tables and those
    that are onlink do without.
    """
    gateways: dict[Gateway, bool] = {}
    for hop in facts.gateway_hops():
        family, table = family_of(hop.route.destination), hop.route.table
        is_main = table == MAIN_TABLE
        if hop.device and (is_main or facts.selecting_rules(hop.netns, table, family)):
            gateway = (hop.netns, hop.gateway, hop.device)
            is_looked_up = is_main and not hop.onlink
            gateways[gateway] = is_looked_up or gateways.get(gateway, False)
    return gateways


def _find_outdated(facts: HostFacts, gateway: Gateway) -> str | None:
    """The known MAC address of a gateway, if it is that of a namespace without its address.

    A proxy may answer for the address, so this proves nothing yet.
    """
    netns, address, device = gateway
    ref, segments = (netns, device), facts.segments
    entries = facts.neighbours[netns]
    known = [each for each in entries if (each.address, each.device) == (address, device)]
    if not known or not known[0].mac or known[0].state not in _KNOWN:
        return None
    mac = known[0].mac
    holders = [link for link in segments.holders_of(address) if segments.are_joined(link.ref, ref)]
    if mac in {link.mac for link in holders}:
        return None
    namespaces = {link.netns for link in holders}
    is_of_other = any(
        link.mac == mac and link.ref != ref and link.netns not in namespaces
        for link in segments.links_with(ref)
    )
    return mac if is_of_other else None


def _is_resolved(
    entries: list[Neighbour], gateway: Gateway, unknown: tuple[str, ...] = _UNKNOWN
) -> bool:
    return any(
        entry.address == gateway[1] and entry.mac and entry.state not in unknown
        for entry in entries
    )


def _has_failed(entries: list[Neighbour], gateway: Gateway) -> bool:
    return any(
        (entry.address, entry.device, entry.state) == (gateway[1], gateway[2], "failed")
        for entry in entries
    )


def _list_unresolved(
    facts: HostFacts, gateways: dict[Gateway, bool], handles: dict[str | None, NetnsHandle]
) -> list[Gateway]:
    """The gateways to resolve: on links that are up and use ARP, which tunnels do not."""
    up = {link.ref for link in facts.current.links.values() if link.up and link.arp is not False}
    own = {
        text.split("/")[0] for link in facts.current.links.values() for text in link.addresses or ()
    }
    unresolved = [
        gateway
        for gateway in gateways
        if gateway[0] in handles
        and (gateway[0], gateway[2]) in up
        and not _is_resolved(facts.neighbours[gateway[0]], gateway)
    ]
    return sorted(unresolved, key=lambda gateway: gateway[1] in own)[:MAX_GATEWAYS]


def resolve_gateways(facts: HostFacts, handles: dict[str | None, NetnsHandle]) -> None:
    """Set ``silent_gateways``, ``refused_gateways`` and ``outdated_gateways``.

    This updates ``neighbours``.
    """
    gateways = _list_gateways(facts)
    unresolved = _list_unresolved(facts, gateways, handles)
    known = {
        gateway: _find_outdated(facts, gateway) for gateway in gateways if gateway[0] in handles
    }
    outdated = {gateway: mac for gateway, mac in known.items() if mac}
    chosen = list(outdated)[: MAX_GATEWAYS - len(unresolved)]
    queried = [gateway for gateway in chosen if _start_confirming(handles[gateway[0]], gateway)]
    # A proxy may only answer who asks all, as the kernel does next.
    silent = _list_silent(facts, handles, queried)
    facts.outdated_gateways.update((gateway, outdated[gateway]) for gateway in silent)
    unresolved += silent
    pending = [
        gateway
        for gateway in unresolved
        if _start_resolving(facts, handles[gateway[0]], gateway, gateways[gateway])
    ]
    facts.silent_gateways |= set(_list_silent(facts, handles, pending))


def _list_silent(
    facts: HostFacts, handles: dict[str | None, NetnsHandle], queried: list[Gateway]
) -> list[Gateway]:
    """Those of the gateways that the kernel asks that do not answer."""
    pending, silent = list(queried), []
    unconfirmed = (*_UNKNOWN, "probe")
    deadline = time.monotonic() + TIMEOUT
    while pending and time.monotonic() < deadline:
        for netns in {gateway[0] for gateway in pending}:
            facts.neighbours[netns] = read_neighbours(handles[netns])
        for gateway in list(pending):
            entries = facts.neighbours[gateway[0]]
            if _is_resolved(entries, gateway, unconfirmed):
                pending.remove(gateway)
            elif _has_failed(entries, gateway):
                silent.append(gateway)
                pending.remove(gateway)
        if pending:
            time.sleep(_POLL_INTERVAL)
    return [*silent, *pending]


def _start_confirming(handle: NetnsHandle, gateway: Gateway) -> bool:
    """Whether the kernel asks again for the MAC address that it has."""
    request = confirm_neighbour(handle.indexes[gateway[2]], gateway[1])
    (reply,) = handle.socket.send([request])
    return not reply.errno


def _start_resolving(
    facts: HostFacts, handle: NetnsHandle, gateway: Gateway, is_main: bool
) -> bool:
    """Whether the kernel tries to resolve the gateway now.

    A datagram to the gateway itself takes the routes of table main, if the gateway is for others.
    """
    try:
        if is_main:
            with inside_netns(handle.descriptor):
                _send_datagram(gateway)
            return True
    except OSError as error:
        if error.errno in _ROUTE_ERRORS:
            facts.refused_gateways[gateway] = error.errno
            return False
        # A packet filter may drop the datagram. Have the kernel resolve the entry without one.
    request = probe_neighbour(handle.indexes[gateway[2]], gateway[1])
    (reply,) = handle.socket.send([request])
    return not reply.errno


def _send_datagram(gateway: Gateway) -> None:
    _netns, address, device = gateway
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as sender:
        sender.setblocking(False)
        if family == socket.AF_INET6:
            scope = socket.if_nametoindex(unescape_name(device))
            sender.sendto(b"", (address, _DISCARD_PORT, 0, scope))
        else:
            sender.sendto(b"", (address, _DISCARD_PORT))
