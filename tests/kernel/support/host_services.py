# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Services of the host itself, and packets to them from namespaces."""

from __future__ import annotations

import contextlib
import itertools
import select
import socket
import time
from collections.abc import Collection, Iterator
from typing import NamedTuple

from support.netns import in_netns
from support.services import SILENCE, TIMEOUT

_SENDERS = itertools.cycle(range(10000, 60000))
"""Ports of senders. Those that the kernel chooses are not unique over both families."""


class Knock(NamedTuple):
    """A packet to the host: the first of a connection, or a datagram.

    ``source`` is an address of the sender, empty for the one that its routes choose.
    """

    protocol: str
    address: str
    port: int
    source: str = ""


def _make_socket(protocol: str, address: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    kind = socket.SOCK_STREAM if protocol == "tcp" else socket.SOCK_DGRAM
    made = socket.socket(family, kind)
    if family == socket.AF_INET6:
        made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    if protocol == "udp":
        made.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.setblocking(False)
    made.bind((address, port))
    return made


class HostServices:
    """Listeners on all addresses of the host, of both families."""

    def __init__(self, tcp: Collection[int], udp: Collection[int]) -> None:
        self._listeners = [
            _make_socket(protocol, anywhere, port)
            for protocol, ports in (("tcp", tcp), ("udp", udp))
            for port in ports
            for anywhere in ("0.0.0.0", "::")
        ]
        for listener in self._listeners:
            if listener.type == socket.SOCK_STREAM:
                listener.listen(100)

    def close(self) -> None:
        for listener in self._listeners:
            listener.close()

    def _receive(self, patience: float) -> list[tuple[str, int]]:
        """Return protocol and port of the senders of what has arrived."""
        senders = []
        for listener in select.select(self._listeners, [], [], patience)[0]:
            if listener.type == socket.SOCK_STREAM:
                connection, peer = listener.accept()
                connection.close()
                senders.append(("tcp", peer[1]))
            else:
                senders.append(("udp", listener.recvfrom(100)[1][1]))
        return senders

    def arrived(
        self, netns: str, knocks: Collection[Knock], expected: Collection[Knock]
    ) -> set[Knock]:
        """Send all at once from a namespace; return those that the host accepted.

        The wait is long only as long as an expected one is missing.
        """
        found: set[Knock] = set()
        with contextlib.ExitStack() as stack:
            by_port = {}
            for knock in knocks:
                sender = stack.enter_context(_send(netns, knock))
                by_port[knock.protocol, sender.getsockname()[1]] = knock
            deadline = time.monotonic() + TIMEOUT
            while not found >= set(expected) and time.monotonic() < deadline:
                found.update(by_port[sender] for sender in self._receive(0.05))
            end = time.monotonic() + SILENCE
            while time.monotonic() < end:
                found.update(by_port[sender] for sender in self._receive(0.05))
        return found


def _send(netns: str, knock: Knock) -> socket.socket:
    with in_netns(netns):
        family = 6 if ":" in knock.address else 4
        source = knock.source or {4: "0.0.0.0", 6: "::"}[family]
        made = _make_socket(knock.protocol, source, next(_SENDERS))
        address, _percent, device = knock.address.partition("%")
        target: tuple[str | int, ...] = (address, knock.port)
        if device:
            target = (address, knock.port, 0, socket.if_nametoindex(device))
        with contextlib.suppress(BlockingIOError):
            made.connect(target)
        if knock.protocol == "udp":
            made.send(b"question")
    return made


@contextlib.contextmanager
def host_services(tcp: Collection[int], udp: Collection[int]) -> Iterator[HostServices]:
    """Listen on these ports of the host."""
    services = HostServices(tcp, udp)
    try:
        yield services
    finally:
        services.close()
