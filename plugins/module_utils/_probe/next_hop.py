# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Why nobody answered, where nothing came back: the next hop that a packet would have been handed to did not answer either."""

from __future__ import annotations

import contextlib
import socket
from typing import Dict, List, Mapping, Optional, Sequence, Tuple

from .._host.netns import inside_netns
from .._host.netns_handles import NetnsHandle
from .._model.addresses import family_of
from .._model.probes import ProbeReply
from .._netlink.rtnl_replies import read_hop, read_neighbour
from .._netlink.rtnl_requests import GETNEIGH, dump_neighbours, find_route
from .event_loop import InFlight

_SILENT = ("incomplete", "failed")

States = Dict[Tuple[int, Optional[str]], str]


def explain(
    handles: Mapping[Optional[str], NetnsHandle], flights: Sequence[InFlight]
) -> Dict[InFlight, ProbeReply]:
    """What is to be said of those whose next hop is silent. It is asked while the kernel still knows."""
    by_netns: Dict[Optional[str], List[InFlight]] = {}
    for flight in flights:
        by_netns.setdefault(flight.way.netns, []).append(flight)
    told: Dict[InFlight, ProbeReply] = {}
    for netns, some in by_netns.items():
        told.update(_explain_some(handles[netns], some))
    return told


def _explain_some(handle: NetnsHandle, some: Sequence[InFlight]) -> Dict[InFlight, ProbeReply]:
    states: States = {}
    for data in handle.socket.dump(GETNEIGH, dump_neighbours()):
        index, values = read_neighbour(data)
        states[index, values["address"]] = values["state"]
    told: Dict[InFlight, ProbeReply] = {}
    with inside_netns(handle.descriptor):
        requests = [
            find_route(flight.address, _index(flight.way.interface), flight.way.source)
            for flight in some
        ]
        for flight, answer in zip(some, handle.socket.send(requests)):
            words = (
                _describe_hop(flight, read_hop(answer.messages[0]), states)
                if answer.messages
                else None
            )
            if words is not None:
                told[flight] = ProbeReply("no_neighbour", words)
    return told


def _index(interface: Optional[str]) -> int:
    with contextlib.suppress(OSError):
        return socket.if_nametoindex(interface) if interface is not None else 0
    return 0


def _describe_hop(
    flight: InFlight, hop: Tuple[Optional[str], int], states: States
) -> Optional[str]:
    gateway, index = hop
    neighbour = gateway or flight.address
    if states.get((index, neighbour)) not in _SILENT:
        return None
    how = "neighbour discovery" if family_of(neighbour) == 6 else "ARP"
    with contextlib.suppress(OSError):
        return f"nobody answers {how} for {neighbour}{' (the gateway)' if gateway else ''} on {socket.if_indextoname(index)}"
    return None
