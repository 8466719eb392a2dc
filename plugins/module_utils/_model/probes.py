# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is asked of a network, and what came of it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import List, Optional, Tuple

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
"""What may come of a probe, by its word."""
_ANSWERED = ("ok", "wrong_answer")
_NOT_ASKED = ("no_address", "no_source", "no_listener", "no_buffers")
"""Nothing was sent, or it proves nothing: whatever was expected, it is not shown."""
_ASSUMED = "not_there"
"""In check mode: an earlier task would have made the namespace."""


@dataclass(frozen=True)
class Listening:
    """Where a probe answers itself while it lasts. What is left out is as at what is asked."""

    netns: Optional[str]
    address: Optional[str] = None
    port: Optional[int] = None


@dataclass(frozen=True)
class Probe:
    """What is asked, from where, of whom. A ``netns`` is a name, the path of a namespace's file, or the host.

    ``path`` is where it is listed, as ``probes[2]``, if it is ``listed`` itself. Without an ``address`` it is one of those that ``to_netns`` has.
    """

    path: str
    netns: Optional[str]
    address: Optional[str] = None
    to_netns: Optional[str] = None
    name: Optional[str] = None
    family: Optional[int] = None
    protocol: str = "icmp"
    port: Optional[int] = None
    source: Optional[str] = None
    interface: Optional[str] = None
    reachable: bool = True
    count: int = 1
    timeout: float = 1.25
    path_mtu: bool = False
    listening: Optional[Listening] = None
    payload: str = ""
    answer: Optional[str] = None
    statuses: Tuple[int, ...] = ()
    page: str = "/"
    host: Optional[str] = None
    query: str = ""
    record: str = "A"
    listed: bool = True

    @property
    def to(self) -> str:
        """Whom it asks, as that was written."""
        return self.address or self.to_netns or "host"

    @property
    def namespaces(self) -> List[Tuple[str, Optional[str]]]:
        """The namespaces that it needs, each behind the option that names it."""
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
    """What came of one packet or connection: a word of ``REASONS``, and words. ``by`` is who said so, ``latency`` is in seconds."""

    reason: str
    words: str = ""
    by: Optional[str] = None
    latency: Optional[float] = None
    status: Optional[int] = None
    records: Tuple[str, ...] = ()

    @property
    def reached(self) -> bool:
        return self.reason in _ANSWERED


@dataclass(frozen=True)
class ProbeResult:
    """A probe, and what came of it. ``address`` and ``port`` are what was asked in the end."""

    probe: Probe
    replies: Tuple[ProbeReply, ...]
    address: Optional[str] = None
    port: Optional[int] = None
    path_mtu: Optional[int] = None

    def __post_init__(self) -> None:
        if not self.replies:
            raise ValueError("whatever is asked, something comes of it")

    @property
    def reply(self) -> ProbeReply:
        """The one that tells most: an answer before a failure, and a failure that somebody tells before silence."""
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
        """Whether it is as expected, or has to be taken for granted."""
        if self.assumed:
            return True
        if self.probe.reachable:
            return self.reply.reason == "ok"
        return not self.reached and self.reply.reason not in _NOT_ASKED

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
    def latencies(self) -> Tuple[float, ...]:
        """In seconds."""
        return tuple(reply.latency for reply in self.replies if reply.latency is not None)
