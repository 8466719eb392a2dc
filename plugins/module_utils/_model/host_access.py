# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a topology may reach of the host itself, where that is limited."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .fast_dataclass import dataclass
from .ranges import format_range
from .resources import NatRule

if TYPE_CHECKING:
    from collections.abc import Iterable

ESTABLISHED, ICMP = "established", "icmp"
PROTOCOLS = ("tcp", "udp", "sctp")


@dataclass(frozen=True)
class HostAccess(NatRule):
    """What packets that enter by a topology's interface may reach of the host itself.

    ``allowed`` has the words of the option ``host_access``: ``established`` for replies to the
    host's own connections, ``icmp`` for echo requests, and ports such as ``53/udp`` and
    ``8000-8010/tcp``. Nothing else is allowed, and nothing at all if it is empty.
    """

    netns: str | None
    interface: str
    allowed: tuple[str, ...] = ()
    owner: str | None = None

    @property
    def key(self) -> tuple[Any, ...]:
        return ("host_access", self.netns, self.interface)

    @property
    def sort_key(self) -> tuple[Any, ...]:
        return (7, self.interface)


def split_service(word: str) -> tuple[str, int, int]:
    """Return the protocol, the first and the last port of a word such as ``53/udp``."""
    ports, _slash, protocol = word.partition("/")
    first, _dash, last = ports.partition("-")
    return protocol, int(first), int(last or first)


def allows_port(access: HostAccess, protocol: str, port: int) -> bool:
    """Return whether connections to a port of the host are allowed."""
    services = [split_service(word) for word in access.allowed if "/" in word]
    return any(protocol == allowed and first <= port <= last for allowed, first, last in services)


def join_service(protocol: str, first: int, last: int) -> str:
    """Return the word for these ports; the inverse of ``split_service``."""
    return f"{format_range(first, last)}/{protocol}"


def order_allowed(words: Iterable[str]) -> tuple[str, ...]:
    """Return the words in canonical order: ``established``, ``icmp``, then ports."""
    return tuple(sorted(words, key=_position))


def _position(word: str) -> tuple[int, tuple[str, int, int]]:
    if "/" in word:
        return 1, split_service(word)
    return 0, (word, 0, 0)
