# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Asks gateways for their MAC, those of which nobody here knows it: by one empty datagram each."""

from __future__ import annotations

import errno
import socket
import time
from typing import Dict, List, Optional

from ..._host.netns import inside_netns
from ..._host.netns_handles import NetnsHandle
from ..._model.current_state import Neighbour
from ..._model.routes import MAIN_TABLE
from ..._netlink.rtnl_requests import probe_neighbour
from ..._observe.routes import read_neighbours
from .host_facts import Gateway, HostFacts

PATIENCE = 3.5
"""Seconds for all gateways together. Whom the kernel has asked three times, a second apart, it calls failed (net.ipv4.neigh.LINK.mcast_solicit and
retrans_time_ms). On a cable they answer at once; a proxy takes up to 0.8 s (proxy_delay), and a kernel that has thousands of links to set up for
IPv6 hears its first questions seconds late."""
MOST_ASKED = 100
"""Gateways, those first of which nobody here has the address: every answer takes room in tables that all namespaces share."""
_DISCARD = 9
_REFUSALS = (errno.EINVAL, errno.EACCES, errno.ENETUNREACH, errno.EHOSTUNREACH)
"""What a lookup of a route ends with that finds none, or one that leads nowhere (net/ipv4/fib_semantics.c: fib_props)."""


def _gateways(facts: HostFacts) -> List[Gateway]:
    found: List[Gateway] = []
    for netns, routes in facts.current.routes.items():
        for route in routes:
            hops = [(hop.gateway, hop.device) for hop in route.nexthops or ()] or [
                (route.gateway, route.device)
            ]
            found += [
                (netns, gateway, device)
                for gateway, device in hops
                if gateway and device and route.table == MAIN_TABLE
            ]
    return list(dict.fromkeys(found))


def _known(entries: List[Neighbour], gateway: Gateway) -> bool:
    return any(
        one.address == gateway[1] and one.mac and one.state not in ("failed", "incomplete", "none")
        for one in entries
    )


def _has_failed(entries: List[Neighbour], gateway: Gateway) -> bool:
    return any(
        (one.address, one.device, one.state) == (gateway[1], gateway[2], "failed")
        for one in entries
    )


def ask_gateways(facts: HostFacts, handles: Dict[Optional[str], NetnsHandle]) -> None:
    """Who is up and does not answer is noted, and whom the kernel refuses to ask.

    What goes over a link without ARP, such as a tunnel, is handed to nobody by his MAC.
    """
    up = {link.ref for link in facts.current.links.values() if link.up and link.arp is not False}
    here = {
        text.split("/")[0] for link in facts.current.links.values() for text in link.addresses or ()
    }
    asked = [
        one
        for one in _gateways(facts)
        if one[0] in handles
        and (one[0], one[2]) in up
        and not _known(facts.neighbours[one[0]], one)
    ]
    left = [
        gateway
        for gateway in sorted(asked, key=lambda one: one[1] in here)[:MOST_ASKED]
        if _ask(facts, handles[gateway[0]], gateway)
    ]
    deadline = time.monotonic() + PATIENCE
    while left and time.monotonic() < deadline:
        for netns in {gateway[0] for gateway in left}:
            facts.neighbours[netns] = read_neighbours(handles[netns])
        left = [one for one in left if not _known(facts.neighbours[one[0]], one)]
        facts.silent_gateways |= {one for one in left if _has_failed(facts.neighbours[one[0]], one)}
        left = [one for one in left if one not in facts.silent_gateways]
        if left:
            time.sleep(0.02)
    facts.silent_gateways |= set(left)


def _ask(facts: HostFacts, handle: NetnsHandle, gateway: Gateway) -> bool:
    """Whether it was asked."""
    try:
        with inside_netns(handle.descriptor):
            _send(gateway)
    except OSError as error:
        if error.errno in _REFUSALS:
            facts.refused[gateway] = error.errno
            return False
        # A packet filter, it may be, that has something against this datagram: so ask without one.
        (reply,) = handle.socket.send([probe_neighbour(handle.indexes[gateway[2]], gateway[1])])
        return not reply.errno
    return True


def _send(gateway: Gateway) -> None:
    _netns, address, device = gateway
    with socket.socket(
        socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM
    ) as sender:
        sender.setblocking(False)
        if ":" in address:
            sender.sendto(b"", (address, _DISCARD, 0, socket.if_nametoindex(device)))
        else:
            sender.sendto(b"", (address, _DISCARD))
