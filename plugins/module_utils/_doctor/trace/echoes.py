# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The echo requests of a trace: sent in the namespace of each flow, and seen on their way."""

from __future__ import annotations

import contextlib
import socket
import time
from typing import TYPE_CHECKING

from ..._host.netns import inside_netns
from ..._model.addresses import family_of
from ..._probe.attempts import Origin
from ..._probe.packets import ECHO_TYPES, pack_echo, unpack_echo
from ..._probe.sockets import open_socket, socket_address
from .cause import ECHO_BYTES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ..._host.netns_handles import NetnsHandle
    from .capture import Capture, Sighting
    from .flows import ExpectedFlow
    from .traces import Trace

MARKER_BYTES = 8
"""How much of an echo's data identifies it."""
_PACKETS, _MORE_PACKETS = 4, 3
_INTERVAL, _LAST_WAIT = 0.1, 0.4
_PROTOCOLS = {4: socket.IPPROTO_ICMP, 6: socket.IPPROTO_ICMPV6}
_REPLIES = tuple(reply for _request, reply in ECHO_TYPES.values())


def open_sockets(
    handles: Mapping[str | None, NetnsHandle], flows: Sequence[ExpectedFlow]
) -> dict[ExpectedFlow, socket.socket]:
    """A raw socket for each flow, in its namespace."""
    found: dict[ExpectedFlow, socket.socket] = {}
    for flow in flows:
        family = family_of(flow.destination)
        descriptor = handles[flow.netns].descriptor
        origin = Origin(flow.netns, descriptor, family, None, flow.interface)
        with contextlib.suppress(OSError), inside_netns(descriptor):
            found[flow] = open_socket(origin, socket.SOCK_RAW, _PROTOCOLS[family])
    return found


def send_echoes(
    traces: Mapping[ExpectedFlow, Trace],
    sockets: Mapping[ExpectedFlow, socket.socket],
    markers: Mapping[ExpectedFlow, str],
    capture: Capture,
) -> list[Sighting]:
    """Send the requests of all flows at the same time.

    The kernel asks for a MAC address once a second (net.ipv4.neigh.LINK.retrans_time_ms), and may
    have done so just before. So a flow of which nothing was seen sends more until that is over.

    :param markers: the data, in hexadecimal digits, with which those of a flow begin.
    :returns: where they were seen.
    """
    sightings: list[Sighting] = []
    due = list(traces)
    for number in range(1, _PACKETS + _MORE_PACKETS + 1):
        for flow in due:
            _send(sockets.get(flow), flow, bytes.fromhex(markers[flow]), traces[flow])
        time.sleep(_INTERVAL if number != _PACKETS else _INTERVAL + _LAST_WAIT)
        sightings += capture.read()
        if number >= _PACKETS:
            due = [flow for flow in due if _is_unseen(traces[flow], markers[flow], sightings)]
        if not due:
            break
    return sightings


def _is_unseen(trace: Trace, marker: str, sightings: Sequence[Sighting]) -> bool:
    """Whether neither what was sent was seen, nor the request for the MAC address it needs."""
    keys = (marker, trace.way[0].next_hop)
    return bool(trace.sent) and not any(
        sighting.netns == trace.flow.netns and sighting.key in keys for sighting in sightings
    )


def _send(sender: socket.socket | None, flow: ExpectedFlow, marker: bytes, trace: Trace) -> None:
    if sender is None:
        return
    trace.tried += 1
    data = marker + bytes(ECHO_BYTES - len(marker))
    identifier = int.from_bytes(marker[:2], "big")
    packet = pack_echo(family_of(flow.destination), identifier, trace.sent, data)
    try:
        sender.sendto(packet, socket_address(flow.destination, 0))
        trace.sent += 1
    except OSError as error:
        trace.send_error = error.errno or 0


def is_answered(sender: socket.socket, marker: str) -> bool:
    """Whether a raw socket received the reply to an echo request with that marker."""
    while True:
        try:
            packet = sender.recv(2048)
        except BlockingIOError:
            return False
        except OSError:
            continue
        header = (packet[0] & 0xF) * 4 if sender.family == socket.AF_INET else 0
        echo = unpack_echo(packet[header:])
        if echo is not None and echo.type in _REPLIES and echo.data.hex().startswith(marker):
            return True
