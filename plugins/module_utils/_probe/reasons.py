# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Why a packet did not arrive: by the kernel's errno, and by what came back for it (ip(7), IP_RECVERR; RFC 792, RFC 1812, RFC 4443)."""

from __future__ import annotations

import errno
import os
import socket
import struct
from dataclasses import dataclass
from typing import Any, List, NamedTuple, Optional, Tuple

from .._model.errors import Failed
from .._model.probes import ProbeReply

LOCAL = 1
"""SO_EE_ORIGIN_LOCAL: this kernel says so itself (linux/errqueue.h)."""
SO_TIMESTAMPNS = 35
IP_RECVERR, IPV6_RECVERR = 11, 25
_EXTENDED = struct.Struct("=IBBBxII")
_TIMESPEC = struct.Struct("@ll")
_OF_THE_PROCESS = (errno.EMFILE, errno.ENFILE, errno.ENOMEM)

_HERE = {
    errno.ENETUNREACH: ("no_route", "there is no route to it"),
    errno.EAFNOSUPPORT: ("no_route", "this kernel does not speak that family"),
    errno.EHOSTUNREACH: ("unreachable", "a route of type unreachable leads there"),
    errno.EACCES: (
        "prohibited",
        "a route of type prohibit leads there, or it is the broadcast address of a network",
    ),
    errno.EPERM: ("prohibited", "a packet filter drops or rejects it on its way out"),
    errno.EINVAL: ("blackhole", "a route of type blackhole leads there"),
    errno.ECONNREFUSED: ("refused", "nobody listens on that port"),
    errno.ECONNRESET: ("reset", "the connection was taken and broken off"),
    errno.EPIPE: ("reset", "the connection was taken and broken off"),
    errno.ETIMEDOUT: ("timed_out", "nobody answers"),
    errno.EMSGSIZE: ("too_big", "the packet is larger than the way takes"),
    errno.EADDRNOTAVAIL: ("no_source", "there is no such address here to ask from"),
    errno.ENODEV: ("no_source", "there is no such interface here to ask by"),
    errno.ENOBUFS: (
        "no_buffers",
        "this kernel dropped it, for its table of neighbours or a queue is full, or the other end of the cable takes less",
    ),
}
_REASONS = {
    (4, 3, 0): ("no_route", "network unreachable"),
    (4, 3, 1): ("unreachable", "host unreachable"),
    (4, 3, 2): ("unreachable", "protocol unreachable"),
    (4, 3, 3): ("refused", "port unreachable"),
    (4, 3, 4): ("too_big", "fragmentation needed"),
    (4, 3, 9): ("prohibited", "network administratively prohibited"),
    (4, 3, 10): ("prohibited", "host administratively prohibited"),
    (4, 3, 13): ("prohibited", "communication administratively prohibited"),
    (4, 11, 0): ("ttl_exceeded", "time to live exceeded in transit, so the way may be a loop"),
    (6, 1, 0): ("no_route", "no route to destination"),
    (6, 1, 1): ("prohibited", "communication administratively prohibited"),
    (6, 1, 2): ("unreachable", "beyond scope of source address"),
    (6, 1, 3): ("unreachable", "address unreachable"),
    (6, 1, 4): ("refused", "port unreachable"),
    (6, 1, 5): ("prohibited", "source address failed ingress policy"),
    (6, 1, 6): ("prohibited", "reject route to destination"),
    (6, 2, 0): ("too_big", "packet too big"),
    (6, 3, 0): ("ttl_exceeded", "hop limit exceeded in transit, so the way may be a loop"),
}


@dataclass(frozen=True)
class Complaint:
    """An entry of a socket's error queue: what came back for a packet, of which ``data`` is the beginning. ``info`` is an MTU, if one."""

    errno: int
    origin: int
    family: int
    type: int
    code: int
    info: int
    by: Optional[str]
    data: bytes


class Arrival(NamedTuple):
    """What a socket received: from whom, and when, in seconds of the host's clock."""

    data: bytes
    sender: Any
    when: Optional[float]


def _read_time(ancillary: List[Tuple[int, int, bytes]]) -> Optional[float]:
    for level, kind, data in ancillary:
        if level == socket.SOL_SOCKET and kind == SO_TIMESTAMPNS and len(data) >= _TIMESPEC.size:
            seconds, nanoseconds = _TIMESPEC.unpack_from(data)
            return float(seconds) + nanoseconds / 1e9
    return None


def receive(open_socket: socket.socket) -> Optional[Arrival]:
    """What has come, with the kernel's time for it; ``None`` where nothing has.

    :raises OSError: an error that came instead.
    """
    try:
        data, ancillary, _flags, sender = open_socket.recvmsg(1 << 16, 256)
    except BlockingIOError:
        return None
    return Arrival(data, sender, _read_time(ancillary))


def read_complaints(open_socket: socket.socket) -> List[Complaint]:
    """All that is in a socket's error queue, which is empty then."""
    found: List[Complaint] = []
    while True:
        try:
            data, ancillary, _flags, _address = open_socket.recvmsg(2048, 512, socket.MSG_ERRQUEUE)
        except OSError:
            return found
        for level, kind, entry in ancillary:
            family = {(socket.SOL_IP, IP_RECVERR): 4, (socket.IPPROTO_IPV6, IPV6_RECVERR): 6}.get(
                (level, kind)
            )
            if family is not None:
                found.append(_read_complaint(family, entry, data))


def _read_complaint(family: int, entry: bytes, data: bytes) -> Complaint:
    number, origin, kind, code, info, _more = _EXTENDED.unpack_from(entry)
    offender = entry[_EXTENDED.size :]
    by = None
    if len(offender) >= 8 and offender[:2] != b"\0\0":
        by = (
            socket.inet_ntop(socket.AF_INET, offender[4:8])
            if family == 4
            else socket.inet_ntop(socket.AF_INET6, offender[8:24])
        )
    return Complaint(number, origin, family, kind, code, info, by, data)


def check_room(number: int) -> None:
    """Tell what is wrong with a probe from what is wrong with this process.

    :raises Failed: it has no room for another one.
    """
    if number in _OF_THE_PROCESS:
        raise Failed(f"there is no room for another probe: {os.strerror(number)}")


def judge_errno(number: int) -> ProbeReply:
    """What the kernel's own refusal means; see ``check_room`` for what it raises."""
    check_room(number)
    reason, words = _HERE.get(number, ("unreachable", os.strerror(number)))
    return ProbeReply(reason, words)


def judge_complaint(complaint: Complaint, protocol: str, address: str) -> ProbeReply:
    """What it means that this came back.

    A closed port of TCP answers by a reset, and an echo has no port: where these get *port unreachable*, or a datagram gets it from
    somebody on the way, a packet filter rejects it, which says so by default.
    """
    if complaint.origin == LOCAL:
        return judge_errno(complaint.errno)
    reason, words = _REASONS.get(
        (complaint.family, complaint.type, complaint.code),
        ("unreachable", f"ICMP type {complaint.type} code {complaint.code}"),
    )
    if reason == "refused" and (
        protocol in ("icmp", "tcp", "http") or complaint.by not in (None, address)
    ):
        reason, words = "prohibited", f"{words}, which is a packet filter's word here"
    return ProbeReply(reason, f"{complaint.by or 'somebody'} says: {words}", complaint.by)
