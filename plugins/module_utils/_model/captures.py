# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Captures of packets and what they show."""

from __future__ import annotations

from .fast_dataclass import dataclass, field

ANY_INTERFACE = "any"
"""What tcpdump calls all interfaces."""


@dataclass(frozen=True)
class CaptureRequest:
    """What to capture, and how much of it."""

    netns: str | None
    interface: str
    expression: str
    """A pcap filter (pcap-filter(7)); empty for all packets."""
    size: int
    """In bytes."""
    packets: int | None
    seconds: float
    snaplen: int
    """The bytes of each packet that are kept."""
    promisc: bool


@dataclass(frozen=True)
class Recording:
    """What tcpdump captured."""

    content: bytes
    """A pcap file. Its last packet may be incomplete."""
    dropped_by_kernel: int
    dropped_by_interface: int
    ended_by: str
    """``seconds``, ``size``, ``packets``, ``probes``, or ``tcpdump``."""
    complaint: str
    """What tcpdump wrote before its counts, if it ended by itself."""


@dataclass(frozen=True)
class Flow:
    """From where to where a packet goes. Ports are None for protocols without."""

    protocol: str
    source: str | None
    source_port: int | None
    destination: str | None
    destination_port: int | None

    @property
    def reverse(self) -> Flow:
        """The flow of the answers."""
        return Flow(
            self.protocol,
            self.destination,
            self.destination_port,
            self.source,
            self.source_port,
        )


@dataclass
class Conversation:
    """A flow and its answers, counted. The first packet goes from the source."""

    flow: Flow
    packets: int = 0
    bytes: int = 0
    """With the IP header, without that of the link."""
    reply_packets: int = 0
    reply_bytes: int = 0
    interfaces: list[str] = field(default_factory=list)
    """Where its packets were seen, in this order."""
