# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Probes and their results."""

from __future__ import annotations

from .fast_dataclass import dataclass

DNS_RECORD_TYPES = {
    "A": 1,
    "NS": 2,
    "CNAME": 5,
    "SOA": 6,
    "PTR": 12,
    "MX": 15,
    "TXT": 16,
    "AAAA": 28,
    "SRV": 33,
}

PROTOCOLS = ("icmp", "tcp", "udp", "http", "dns")

REASONS = (
    "ok",
    "wrong_answer",
    "somebody_else",
    "timed_out",
    "refused",
    "reset",
    "prohibited",
    "no_neighbour",
    "no_route",
    "unreachable",
    "blackhole",
    "ttl_exceeded",
    "too_big",
    "no_address",
    "no_source",
    "no_listener",
    "no_buffers",
    "not_there",
)
"""The possible results of a probe."""
_REACHED = ("ok", "wrong_answer")
_NOT_SENT = ("no_address", "no_source", "no_listener", "no_buffers")
"""Nothing was sent, or it proves nothing: the probe is neither reachable nor unreachable."""
_ASSUMED = "not_there"
"""In check mode: an earlier task would have created the namespace."""


@dataclass(frozen=True)
class Listening:
    """Where a probe itself listens while it runs. By default it is the target of the probe."""

    netns: str | None
    address: str | None = None
    port: int | None = None


@dataclass(frozen=True)
class Probe:
    """A probe: from where, to what, and what is expected.

    A ``netns`` is a name, the path of a namespace file, or None for the host. ``path`` is the
    parameter that lists it, such as ``probes[2]``; a probe of a matrix is not ``listed`` itself.
    Without ``address`` an address of ``to_netns`` is probed.
    """

    path: str
    netns: str | None
    address: str | None = None
    to_netns: str | None = None
    name: str | None = None
    family: int | None = None
    protocol: str = "icmp"
    port: int | None = None
    source: str | None = None
    interface: str | None = None
    reachable: bool = True
    count: int = 1
    timeout: float = 1.25
    path_mtu: bool = False
    listening: Listening | None = None
    payload: str = ""
    answer: str | None = None
    statuses: tuple[int, ...] = ()
    page: str = "/"
    host: str | None = None
    query: str = ""
    record: str = "A"
    listed: bool = True

    @property
    def to(self) -> str:
        """The target, as the task names it."""
        return self.address or self.to_netns or "host"

    @property
    def namespaces(self) -> list[tuple[str, str | None]]:
        """The namespaces that it needs: (parameter that names it, namespace)."""
        found = [("netns", self.netns)]
        if self.address is None:
            found.append(("to", self.to_netns))
        if self.listening is not None:
            found.append(("listen_at.netns", self.listening.netns))
        return [
            (f"{self.path}.{option}" if self.listed else self.path, netns)
            for option, netns in found
        ]


@dataclass(frozen=True)
class ProbeReply:
    """The result of one packet or connection.

    ``reason`` is one of ``REASONS``, ``message`` explains it, ``reported_by`` is the
    address of the host that reported it. ``latency`` is in seconds.
    """

    reason: str
    message: str = ""
    reported_by: str | None = None
    latency: float | None = None
    status: int | None = None
    records: tuple[str, ...] = ()

    @property
    def reached(self) -> bool:
        return self.reason in _REACHED


@dataclass(frozen=True)
class ProbeResult:
    """A probe and its replies. ``address`` and ``port`` are those that were probed."""

    probe: Probe
    replies: tuple[ProbeReply, ...]
    address: str | None = None
    port: int | None = None
    path_mtu: int | None = None

    def __post_init__(self) -> None:
        if not self.replies:
            raise ValueError("a probe has at least one reply")

    @property
    def reply(self) -> ProbeReply:
        """The most informative reply: answers come first, then reported failures, then timeouts."""
        return min(
            self.replies,
            key=lambda reply: (
                reply.reason != "ok",
                not reply.reached,
                reply.reason == "timed_out",
            ),
        )

    @property
    def reached(self) -> bool:
        return self.reply.reached

    @property
    def ok(self) -> bool:
        """Whether the result is as expected, or must be assumed in check mode."""
        if self.assumed:
            return True
        if self.probe.reachable:
            return self.reply.reason == "ok"
        return not self.reached and self.reply.reason not in _NOT_SENT

    @property
    def assumed(self) -> bool:
        return self.reply.reason == _ASSUMED

    @property
    def received(self) -> int:
        return sum(reply.reached for reply in self.replies)

    @property
    def loss(self) -> float:
        """In percent."""
        return round(100 * (1 - self.received / len(self.replies)), 1)

    @property
    def latencies(self) -> tuple[float, ...]:
        """In seconds."""
        return tuple(reply.latency for reply in self.replies if reply.latency is not None)
