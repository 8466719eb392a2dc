# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Servers at all places of the lab for policies, and clients of all flows at once."""

from __future__ import annotations

import contextlib
import errno
import select
import socket
import struct
import time
from collections.abc import Iterable
from typing import Any

from support.netns import in_netns
from support.policy_flows import PLACES, PORTS, PROTOCOLS, Flow, all_flows, is_allowed
from support.services import SILENCE, TIMEOUT


def _netns(place: str) -> str | None:
    return None if place == "host" else place


class FlowTest:
    """Servers at all places, and clients for all flows at once."""

    def __init__(self) -> None:
        self._servers: list[socket.socket] = []
        for place, addresses in PLACES.items():
            for family in (4, 6):
                for protocol in PROTOCOLS:
                    for port in PORTS:
                        self._serve(place, addresses[family], protocol, port)

    def _serve(self, place: str, address: str, protocol: str, port: int) -> None:
        made = _make_socket(place, address, protocol)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((address, port))
        if protocol == "tcp":
            made.listen(200)
        self._servers.append(made)

    def close(self) -> None:
        for server in self._servers:
            server.close()

    def passed(self, flows: Iterable[Flow], expected: set[Flow]) -> set[Flow]:
        """The flows that were answered; once all expected ones were, others have a moment left."""
        clients = {_begin(flow): flow for flow in flows}
        found: set[Flow] = set()
        end = time.monotonic() + TIMEOUT
        while time.monotonic() < end:
            if expected <= found and end > time.monotonic() + SILENCE:
                end = time.monotonic() + SILENCE
            self._answer()
            found |= _collect(clients)
        for client in clients:
            client.close()
        return found

    def _answer(self) -> None:
        ready, _writable, _failed = select.select(self._servers, [], [], 0.01)
        for server in ready:
            with contextlib.suppress(OSError):
                if server.type == socket.SOCK_STREAM:
                    server.accept()[0].close()
                else:
                    server.sendto(b"answer", server.recvfrom(100)[1])


def _make_socket(place: str, address: str, protocol: str) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with in_netns(_netns(place)):
        if protocol == "icmp":
            number = socket.IPPROTO_ICMPV6 if ":" in address else socket.IPPROTO_ICMP
            made = socket.socket(family, socket.SOCK_RAW, number)
        else:
            kind = socket.SOCK_STREAM if protocol == "tcp" else socket.SOCK_DGRAM
            made = socket.socket(family, kind)
    made.setblocking(False)
    return made


def _checksum(data: bytes) -> int:
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    total = (total >> 16) + (total & 0xFFFF)
    return ~(total + (total >> 16)) & 0xFFFF


def _begin(flow: Flow) -> socket.socket:
    address = PLACES[flow.target][flow.family]
    made = _make_socket(flow.source, address, flow.protocol)
    made.bind((PLACES[flow.source][flow.family], 0))
    with contextlib.suppress(BlockingIOError, OSError):
        made.connect((address, flow.port))
    if flow.protocol == "udp":
        with contextlib.suppress(OSError):
            made.send(b"question")
    if flow.protocol == "icmp":
        kind = 8 if flow.family == 4 else 128
        number = made.fileno()
        header = struct.pack("!BBHHH", kind, 0, 0, number, 1)
        header = struct.pack("!BBHHH", kind, 0, _checksum(header), number, 1)
        with contextlib.suppress(OSError):
            made.send(header)
    return made


def _is_answer(client: socket.socket, flow: Flow) -> bool:
    if flow.protocol == "tcp":
        return client.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0 and _is_connected(client)
    data = client.recv(2000)
    if flow.protocol == "udp":
        return data == b"answer"
    start = 20 if flow.family == 4 else 0
    kind, _code, _sum, number, _sequence = struct.unpack("!BBHHH", data[start : start + 8])
    return kind in (0, 129) and number == client.fileno()


def _is_connected(client: socket.socket) -> bool:
    try:
        client.getpeername()
    except OSError as error:
        if error.errno in (errno.ENOTCONN, errno.EINVAL):
            return False
        raise
    return True


def _collect(clients: dict[socket.socket, Flow]) -> set[Flow]:
    found: set[Flow] = set()
    tcp = [client for client, flow in clients.items() if flow.protocol == "tcp"]
    others = [client for client, flow in clients.items() if flow.protocol != "tcp"]
    ready, writable, _failed = select.select(others, tcp, [], 0)
    for client in (*ready, *writable):
        with contextlib.suppress(OSError):
            if _is_answer(client, clients[client]):
                found.add(clients[client])
    for client in [*ready, *writable]:
        if clients[client] in found or client in writable:
            client.close()
            del clients[client]
    return found


def check_flows(lab: dict[str, Any]) -> None:
    """Check that exactly those flows pass which the policies let through."""
    flows = all_flows()
    expected = {flow for flow in flows if is_allowed(lab, flow)}
    test = FlowTest()
    try:
        found = test.passed(flows, expected)
    finally:
        test.close()
    assert found == expected, (found - expected, expected - found, lab["policy"])


def send_datagrams(source: str | None, address: str, port: int, number: int) -> None:
    """Send datagrams; what the host itself sends in vain is an error of the call."""
    with in_netns(source):
        sender = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, 2)
    with sender:
        for _each in range(number):
            with contextlib.suppress(PermissionError):
                sender.sendto(b"0123456789", (address, port))
