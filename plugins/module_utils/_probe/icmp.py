# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Echoes: one raw socket for all that leave by one way, which tells their answers apart by number."""

from __future__ import annotations

import errno
import os
import selectors
import socket
import struct
import time
from typing import Dict, List, Optional, Protocol, Tuple

from .._model.probes import ProbeReply
from .event_loop import InFlight, Loop, Origin
from .packets import ECHO_TYPES, read_echo, write_echo
from .reasons import LOCAL, Arrival, Complaint, judge_complaint, read_complaints, receive
from .sockets import name_socket, open_socket

_SOL_RAW, _ICMP_FILTER, _ICMPV6_FILTER = 255, 1, 1
_MTU_DISCOVER, _IPV6_MTU_DISCOVER, _PROBE = 10, 23, 3
"""IP_MTU_DISCOVER, IPV6_MTU_DISCOVER, IP_PMTUDISC_PROBE: never cut up, whatever is known of the way (linux/in.h)."""
_KEY_BYTES = 8
LEAST_DATA = _KEY_BYTES
USUAL_DATA = 56
"""As ping(8) sends."""
_TRIES = 3


class TooLarge(OSError):
    """A packet is larger than its first link takes."""

    def __init__(self, mtu: int) -> None:
        super().__init__(errno.EMSGSIZE, os.strerror(errno.EMSGSIZE))
        self.mtu = mtu


class Sender(Protocol):
    """Who has sent an echo."""

    def hear(self, number: int, latency: float) -> None: ...

    def hear_of(self, number: int, complaint: Complaint) -> None: ...


class EchoSocket:
    """Of one way. ``whole``: its packets are never cut up."""

    def __init__(self, loop: Loop, way: Origin, whole: bool) -> None:
        self._loop, self._way = loop, way
        self._identity, self._key = struct.unpack("=H", os.urandom(2))[0], os.urandom(_KEY_BYTES)
        self._number = 0
        self._sent: Dict[int, Tuple[Sender, float]] = {}
        four = way.family == 4
        self._socket = open_socket(
            way, socket.SOCK_RAW, socket.IPPROTO_ICMP if four else socket.IPPROTO_ICMPV6
        )
        wanted = ECHO_TYPES[way.family][1]
        if four:
            self._socket.setsockopt(
                _SOL_RAW, _ICMP_FILTER, struct.pack("=I", ~(1 << wanted) & 0xFFFFFFFF)
            )
        else:
            blocked = bytearray(b"\xff" * 32)
            struct.pack_into("=I", blocked, wanted // 32 * 4, ~(1 << wanted % 32) & 0xFFFFFFFF)
            self._socket.setsockopt(socket.IPPROTO_ICMPV6, _ICMPV6_FILTER, bytes(blocked))
        if whole:
            level, option = (
                (socket.SOL_IP, _MTU_DISCOVER)
                if four
                else (socket.IPPROTO_IPV6, _IPV6_MTU_DISCOVER)
            )
            self._socket.setsockopt(level, option, _PROBE)
        loop.watch(self._socket, selectors.EVENT_READ, self._serve)

    def close(self) -> None:
        self._loop.forget(self._socket)
        self._socket.close()

    def send(self, sender: Sender, address: str, size: int = USUAL_DATA) -> int:
        """Send an echo with so many bytes of data; its number.

        :raises TooLarge: it does not leave in one piece.
        :raises OSError: the kernel does not send it.
        """
        number = self._number = (self._number + 1) & 0xFFFF
        packet = write_echo(
            self._way.family, self._identity, number, self._key + bytes(size - _KEY_BYTES)
        )
        destination = name_socket(address, 0, self._way.interface or "")
        for attempt in range(_TRIES):
            self._sent[number] = (sender, time.time())
            try:
                self._socket.sendto(packet, destination)
                break
            except OSError as error:
                del self._sent[number]
                complaints = self._take_complaints()
                for complaint in complaints:
                    if (
                        complaint.origin == LOCAL
                        and complaint.errno == error.errno == errno.EMSGSIZE
                    ):
                        raise TooLarge(complaint.info) from error
                # The kernel tells a socket's error to whoever calls next, and this may be that of an earlier packet.
                if not complaints or attempt == _TRIES - 1:
                    raise
        return number

    def forget(self, number: int) -> None:
        """Nobody waits for it any more."""
        self._sent.pop(number, None)

    def _take_complaints(self) -> List[Complaint]:
        complaints = read_complaints(self._socket)
        # The error that is left is of one of these.
        self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        for complaint in complaints:
            echo = read_echo(complaint.data)
            if echo is not None and echo[1] == self._identity and echo[2] in self._sent:
                sender, _when = self._sent.pop(echo[2])
                sender.hear_of(echo[2], complaint)
        return complaints

    def _serve(self) -> None:
        self._take_complaints()
        while True:
            try:
                arrival = receive(self._socket)
            except OSError:
                continue
            if arrival is None:
                return
            self._take(arrival)

    def _take(self, arrival: Arrival) -> None:
        # Of IPv4 a raw socket gets the packet with its header, whose length is in words of 32 bits.
        data = (
            arrival.data[(arrival.data[0] & 0xF) * 4 :] if self._way.family == 4 else arrival.data
        )
        echo = read_echo(data)
        if (
            echo is None
            or echo[:2] != (ECHO_TYPES[self._way.family][1], self._identity)
            or not echo[3].startswith(self._key)
        ):
            return
        if echo[2] in self._sent:
            sender, when = self._sent.pop(echo[2])
            sender.hear(echo[2], max(0.0, (arrival.when or time.time()) - when))


class Echoes:
    """The sockets of all ways."""

    def __init__(self, loop: Loop) -> None:
        self.loop = loop
        self._sockets: Dict[Tuple[Origin, bool], EchoSocket] = {}

    def by(self, way: Origin, whole: bool = False) -> EchoSocket:
        """That of this way, made in the namespace of the calling thread if there is none yet."""
        if (way, whole) not in self._sockets:
            self._sockets[way, whole] = EchoSocket(self.loop, way, whole)
        return self._sockets[way, whole]

    def close(self) -> None:
        for one in self._sockets.values():
            one.close()


class Echo(InFlight):
    """A single one."""

    def __init__(self, echoes: Echoes, way: Origin, address: str, timeout: float) -> None:
        super().__init__(way, address, 0, timeout)
        self._echoes = echoes
        self._sent: Optional[Tuple[EchoSocket, int]] = None

    def start(self, loop: Loop) -> None:
        one = self._echoes.by(self.way)
        self._sent = one, one.send(self, self.address)

    def close(self) -> None:
        if self._sent is not None:
            self._sent[0].forget(self._sent[1])

    def hear(self, number: int, latency: float) -> None:
        self._echoes.loop.land(self, ProbeReply("ok", latency=latency))

    def hear_of(self, number: int, complaint: Complaint) -> None:
        self._echoes.loop.land(self, judge_complaint(complaint, "icmp", self.address))
