# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Finds out whether a probe got no answer because its next hop does not answer ARP or NDP."""

from __future__ import annotations

import contextlib
import socket
from typing import TYPE_CHECKING, Optional

from .._host.netns import inside_netns
from .._model.addresses import family_of
from .._model.probes import ProbeReply
from .._netlink.neighbours import dump_neighbours, read_neighbour
from .._netlink.routes import find_route, read_next_hop

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .._host.netns_handles import NetnsHandle
    from .attempts import InFlight

_UNRESOLVED = ("incomplete", "failed")

NeighbourStates = dict[tuple[int, Optional[str]], str]
"""By (index of the link, address)."""


def explain_silence(
    handles: Mapping[str | None, NetnsHandle], attempts: Sequence[InFlight]
) -> dict[InFlight, ProbeReply]:
    """The replies ``no_neighbour`` of the attempts whose next hop is unresolved.

    Call it soon after the attempts: the kernel removes unresolved entries after a while.
    """
    by_netns: dict[str | None, list[InFlight]] = {}
    for attempt in attempts:
        by_netns.setdefault(attempt.origin.netns, []).append(attempt)
    found: dict[InFlight, ProbeReply] = {}
    for netns, group in by_netns.items():
        found.update(_explain_in_netns(handles[netns], group))
    return found


def _explain_in_netns(
    handle: NetnsHandle, attempts: Sequence[InFlight]
) -> dict[InFlight, ProbeReply]:
    states = _read_neighbour_states(handle)
    found: dict[InFlight, ProbeReply] = {}
    with inside_netns(handle.descriptor):
        requests = [
            find_route(attempt.address, _index_of(attempt.origin.interface), attempt.origin.source)
            for attempt in attempts
        ]
        for attempt, answer in zip(attempts, handle.socket.send(requests)):
            if not answer.messages:
                continue
            gateway, index = read_next_hop(answer.messages[0])
            neighbour = gateway or attempt.address
            if states.get((index, neighbour)) in _UNRESOLVED:
                with contextlib.suppress(OSError):
                    message = _describe_neighbour(neighbour, gateway is not None, index)
                    found[attempt] = ProbeReply("no_neighbour", message)
    return found


def _read_neighbour_states(handle: NetnsHandle) -> NeighbourStates:
    states: NeighbourStates = {}
    for data in handle.socket.dump(dump_neighbours()):
        entry = read_neighbour(data)
        states[entry.ifindex, entry.address] = entry.state
    return states


def _index_of(interface: str | None) -> int:
    with contextlib.suppress(OSError):
        return socket.if_nametoindex(interface) if interface is not None else 0
    return 0


def _describe_neighbour(address: str, is_gateway: bool, index: int) -> str:
    """The message, in the calling thread's namespace.

    :raises OSError: the link of this index is gone.
    """
    protocol = "neighbour discovery" if family_of(address) == 6 else "ARP"
    subject = f"the gateway {address}" if is_gateway else address
    return f"{subject} does not answer {protocol} on {socket.if_indextoname(index)}"
