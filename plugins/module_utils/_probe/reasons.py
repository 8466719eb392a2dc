# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Why a packet did not arrive.

The reason follows from the kernel's errno, or from the ICMP error that came back for the packet
(ip(7), IP_RECVERR; RFC 792, RFC 1812, RFC 4443).
"""

from __future__ import annotations

import errno
import os
import socket
import struct
from dataclasses import dataclass
from typing import Any

from .._model.errors import Failed
from .._model.fast_typing import NamedTuple
from .._model.probes import ProbeReply

SO_TIMESTAMPNS = 35
IP_RECVERR, IPV6_RECVERR = 11, 25
_ORIGIN_LOCAL = 1
"""SO_EE_ORIGIN_LOCAL (linux/errqueue.h)."""
_EXTENDED_ERROR = struct.Struct("=IBBBxII")
"""struct sock_extended_err: errno, origin, type, code, padding, info, data (linux/errqueue.h)."""
_TIMESPEC = struct.Struct("@ll")
_PROCESS_LIMITS = (errno.EMFILE, errno.ENFILE, errno.ENOMEM)
_MAX_PACKET, _MAX_ANCILLARY = 1 << 16, 256

_LOCAL_REASONS = {
    errno.ENETUNREACH: ("no_route", "no route to the target"),
    errno.EAFNOSUPPORT: ("no_route", "the kernel does not support this address family"),
    errno.EHOSTUNREACH: ("unreachable", "the route to the target is of type unreachable"),
    errno.EACCES: (
        "prohibited",
        "the route to the target is of type prohibit, or the target is a broadcast address",
    ),
    errno.EPERM: ("prohibited", "a packet filter drops or rejects the packet on its way out"),
    errno.EINVAL: ("blackhole", "the route to the target is of type blackhole"),
    errno.ECONNREFUSED: ("refused", "no program listens on the port"),
    errno.ECONNRESET: ("reset", "the connection was accepted and then reset"),
    errno.EPIPE: ("reset", "the connection was accepted and then reset"),
    errno.ETIMEDOUT: ("timed_out", "no answer"),
    errno.EMSGSIZE: ("too_big", "the packet is larger than the path MTU"),
    errno.EADDRNOTAVAIL: ("no_source", "the source address does not exist in the source namespace"),
    errno.ENODEV: ("no_source", "the interface does not exist in the source namespace"),
    errno.ENOBUFS: (
        "no_buffers",
        "the kernel dropped the packet: its neighbour table or a queue is full, "
        "or the peer interface has a smaller MTU",
    ),
}
_ICMP_REASONS = {
    (4, 3, 0): ("no_route", "network unreachable"),
    (4, 3, 1): ("unreachable", "host unreachable"),
    (4, 3, 2): ("unreachable", "protocol unreachable"),
    (4, 3, 3): ("refused", "port unreachable"),
    (4, 3, 4): ("too_big", "fragmentation needed"),
    (4, 3, 9): ("prohibited", "network administratively prohibited"),
    (4, 3, 10): ("prohibited", "host administratively prohibited"),
    (4, 3, 13): ("prohibited", "communication administratively prohibited"),
    (4, 11, 0): ("ttl_exceeded", "time to live exceeded in transit, possibly a routing loop"),
    (6, 1, 0): ("no_route", "no route to destination"),
    (6, 1, 1): ("prohibited", "communication administratively prohibited"),
    (6, 1, 2): ("unreachable", "beyond scope of source address"),
    (6, 1, 3): ("unreachable", "address unreachable"),
    (6, 1, 4): ("refused", "port unreachable"),
    (6, 1, 5): ("prohibited", "source address failed ingress policy"),
    (6, 1, 6): ("prohibited", "reject route to destination"),
    (6, 2, 0): ("too_big", "packet too big"),
    (6, 3, 0): ("ttl_exceeded", "hop limit exceeded in transit, possibly a routing loop"),
}
"""By (family, ICMP type, ICMP code)."""


@dataclass(frozen=True)
class ExtendedError:
    """An entry of a socket's error queue (struct sock_extended_err).

    ``local``: this kernel raised the error itself; otherwise an ICMP error of this ``type`` and
    ``code`` came from the address ``offender``. ``info`` is the MTU if the packet was too large.
    ``packet`` is the beginning of the packet that the error is about.
    """

    errno: int
    local: bool
    family: int
    type: int
    code: int
    info: int
    offender: str | None
    packet: bytes


class ReceivedPacket(NamedTuple):
    """A packet from a socket.

    ``sender`` is the address as the socket module returns it. ``received_at`` is the kernel's
    timestamp in seconds since the epoch, if there is one.
    """

    data: bytes
    sender: Any
    received_at: float | None


def _read_timestamp(ancillary: list[tuple[int, int, bytes]]) -> float | None:
    for level, kind, data in ancillary:
        if level == socket.SOL_SOCKET and kind == SO_TIMESTAMPNS and len(data) >= _TIMESPEC.size:
            seconds, nanoseconds = _TIMESPEC.unpack_from(data)
            return float(seconds) + float(nanoseconds) / 1e9
    return None


def receive(open_socket: socket.socket) -> ReceivedPacket | None:
    """The next packet, or None if the socket has none.

    :raises OSError: the socket has an error instead.
    """
    try:
        data, ancillary, _flags, sender = open_socket.recvmsg(_MAX_PACKET, _MAX_ANCILLARY)
    except BlockingIOError:
        return None
    return ReceivedPacket(data, sender, _read_timestamp(ancillary))


def read_error_queue(open_socket: socket.socket) -> list[ExtendedError]:
    """All entries of a socket's error queue. They are removed from it."""
    found: list[ExtendedError] = []
    while True:
        try:
            data, ancillary, _flags, _address = open_socket.recvmsg(2048, 512, socket.MSG_ERRQUEUE)
        except OSError:
            return found
        for level, kind, entry in ancillary:
            if (level, kind) == (socket.SOL_IP, IP_RECVERR):
                found.append(_read_extended_error(4, entry, data))
            elif (level, kind) == (socket.IPPROTO_IPV6, IPV6_RECVERR):
                found.append(_read_extended_error(6, entry, data))


def _read_extended_error(family: int, entry: bytes, packet: bytes) -> ExtendedError:
    number, origin, kind, code, info, _data = _EXTENDED_ERROR.unpack_from(entry)
    # SO_EE_OFFENDER: a sockaddr follows the structure; family AF_UNSPEC if there is none.
    sockaddr = entry[_EXTENDED_ERROR.size :]
    offender = None
    if len(sockaddr) >= 8 and sockaddr[:2] != b"\0\0":
        offender = (
            socket.inet_ntop(socket.AF_INET, sockaddr[4:8])
            if family == 4
            else socket.inet_ntop(socket.AF_INET6, sockaddr[8:24])
        )
    local = origin == _ORIGIN_LOCAL
    return ExtendedError(number, local, family, kind, code, info, offender, packet)


def check_process_limits(number: int) -> None:
    """Distinguish a limit of this process from a property of the network.

    :raises Failed: the errno means that this process has no descriptors or memory left.
    """
    if number in _PROCESS_LIMITS:
        raise Failed(f"cannot open another socket for the probes: {os.strerror(number)}")


def reply_of_errno(number: int) -> ProbeReply:
    """The reply for an errno of the kernel that sends.

    :raises Failed: see ``check_process_limits``.
    """
    check_process_limits(number)
    reason, message = _LOCAL_REASONS.get(number, ("unreachable", os.strerror(number)))
    return ProbeReply(reason, message)


def reply_of_error(error: ExtendedError, protocol: str, address: str) -> ProbeReply:
    """The reply for an entry of the error queue.

    ICMP *port unreachable* means a closed port only for UDP, and only from the target itself. A
    closed TCP port answers with a reset, and an echo request has no port: there, or if a router
    sent it, it comes from a packet filter that rejects the packet, with the default type.

    :param address: the target.
    :raises Failed: see ``check_process_limits``.
    """
    if error.local:
        return reply_of_errno(error.errno)
    reason, message = _ICMP_REASONS.get(
        (error.family, error.type, error.code),
        ("unreachable", f"ICMP type {error.type} code {error.code}"),
    )
    from_router = error.offender not in (None, address)
    if reason == "refused" and (protocol in ("icmp", "tcp", "http") or from_router):
        reason, message = "prohibited", f"{message}, rejected by a packet filter"
    reporter = error.offender or "an unknown host"
    return ProbeReply(reason, f"{reporter} reports: {message}", error.offender)
