# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One packet or connection of a probe, and where it is sent from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._model.fast_typing import NamedTuple
from .._model.probes import ProbeReply

if TYPE_CHECKING:
    from .event_loop import EventLoop


class Origin(NamedTuple):
    """Where packets are sent from.

    ``descriptor`` is the open namespace, None for the host. ``source`` and ``interface`` are the
    options of the probe.
    """

    netns: str | None
    descriptor: int | None
    family: int
    source: str | None = None
    interface: str | None = None


class InFlight:
    """One packet or one connection attempt, from its start to its reply.

    ``successor`` is the next one of the same probe; it starts ``INTERVAL`` after this one.
    """

    IS_REPEATABLE = True
    """Whether it can be started again after it was closed."""

    def __init__(self, origin: Origin, address: str, port: int, timeout: float) -> None:
        self.origin, self.address, self.port, self.timeout = origin, address, port, timeout
        self.successor: InFlight | None = None
        self.reply: ProbeReply | None = None
        self.deadline = 0.0
        self.no_buffers_since: float | None = None
        self.congestions = 0
        """The congestions that were counted before it started."""
        self.repeats = 0

    @property
    def target(self) -> tuple[str, int]:
        return self.address, self.port

    def start(self, loop: EventLoop) -> None:
        """Send. The calling thread is in the origin's namespace.

        :raises OSError: the kernel did not send.
        """
        raise NotImplementedError

    def expire(self) -> ProbeReply | None:
        """Called at the deadline. Returns the reply, or None after setting a new deadline."""
        return ProbeReply("timed_out", f"no answer within {self.timeout:g} s")

    def close(self) -> None:
        """Release sockets and registrations."""
