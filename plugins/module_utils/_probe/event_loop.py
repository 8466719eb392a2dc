# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The event loop that runs all probes of a task at the same time.

It starts packets and connections, waits for replies and deadlines of all of them together, and
limits how many are in flight. A failed one never delays the others.
"""

from __future__ import annotations

import contextlib
import errno
import heapq
import itertools
import selectors
import time
from collections import Counter
from typing import TYPE_CHECKING, Callable, Protocol

from .._host.netns import inside_netns
from .._host.progress import Progress
from .reasons import reply_of_errno

if TYPE_CHECKING:
    import socket
    from collections.abc import Sequence

    from .._model.probes import ProbeReply
    from .attempts import InFlight
    from .backlog import Backlog

MAX_IN_FLIGHT = 512
"""Packets and connections that are in flight at the same time; each may need a socket."""
MAX_PER_TARGET = 100
"""The same for one address and port. On old kernels the queue of a listener holds no more
(net.core.somaxconn was 128 before Linux 5.4)."""
INTERVAL = 0.1
"""Seconds between the packets of a probe with a count."""
_BATCH = 64
"""Packets that are sent before replies are read. A socket's buffer holds a few hundred replies."""
_RETRY_DELAY = 0.05
"""Seconds until a start that was put off is tried again."""
_DRAIN_DELAY = 0.002
"""Seconds until the kernel's backlog is looked at again. It takes about as long to empty it."""
_MAX_REPEATS = 2
"""How often an attempt is repeated whose packets may have been lost in a congestion."""
_NO_BUFFERS_TIMEOUT = 6.0
"""Seconds for which ENOBUFS from a full neighbour table is retried. The kernel removes unused
entries that are older than five seconds."""
_UNCLEAR = ("timed_out", "unreachable")
"""Reasons that a silent next hop may be the cause of. A probe times out before the kernel gives up
the neighbour, which takes three seconds; after that the kernel reports EHOSTUNREACH, which looks
like a router's report."""

Callback = Callable[[], None]


class Budget(Protocol):
    """Limits how many new neighbours the probes create."""

    def allows(self, attempt: InFlight) -> bool:
        """Whether it may start now; if so, its neighbour entries are reserved."""

    def is_full(self, family: int) -> bool:
        """Whether the kernel's neighbour table of this family has no free entries."""


class Explain(Protocol):
    """Finds better reasons for attempts that got no clear answer."""

    def __call__(self, attempts: Sequence[InFlight]) -> dict[InFlight, ProbeReply]:
        """The replies of those attempts for which there is a better reason."""


class EventLoop:
    """Starts attempts and waits for their replies."""

    def __init__(self, budget: Budget, backlog: Backlog, explain: Explain) -> None:
        self._budget, self._backlog, self._explain = budget, backlog, explain
        self.progress = Progress()
        """Learns how many attempts have a reply."""
        self._replies = 0
        self._selector = selectors.DefaultSelector()
        self._order = itertools.count()
        self._scheduled: list[tuple[float, int, InFlight]] = []
        self._deadlines: list[tuple[float, int, InFlight]] = []
        self._active: set[InFlight] = set()
        self._unclear: dict[InFlight, ProbeReply] = {}
        self._active_by_target: Counter[tuple[str, int]] = Counter()

    def close(self) -> None:
        for attempt in self._active:
            attempt.close()
        self._selector.close()

    def register(self, open_socket: socket.socket, events: int, callback: Callback) -> None:
        """Call the callback when the socket is ready for the events, or has an error."""
        self._selector.register(open_socket, events, callback)

    def modify(self, open_socket: socket.socket, events: int, callback: Callback) -> None:
        """Change the events and the callback of a registered socket."""
        self._selector.modify(open_socket, events, callback)

    def unregister(self, open_socket: socket.socket) -> None:
        """Remove a socket. It need not be registered."""
        with contextlib.suppress(KeyError):
            self._selector.unregister(open_socket)

    def schedule(self, attempt: InFlight, due: float = 0.0) -> None:
        """Start an attempt at a time of ``time.monotonic()``, or as soon as the limits permit."""
        heapq.heappush(self._scheduled, (due, next(self._order), attempt))

    def run(self) -> None:
        """Return when all scheduled attempts have a reply."""
        while self._scheduled or self._active:
            self.progress.reach(self._replies)
            self._start_due()
            self._dispatch(self._select_timeout())
            if self._deadlines and self._deadlines[0][0] <= time.monotonic():
                # Replies that arrived in time while this process waited for a CPU still count.
                self._dispatch(0)
                self._expire_due()
            self._explain_unclear()

    def finish(self, attempt: InFlight, reply: ProbeReply) -> None:
        """Record the reply of an attempt and release it."""
        if attempt in self._active:
            if reply.reason in _UNCLEAR and self._may_have_lost_packets(attempt):
                self._repeat(attempt)
                return
            if reply.reason in _UNCLEAR:
                self._unclear[attempt] = reply
            else:
                attempt.reply = reply
            self._release(attempt)
            self._replies += 1

    def _may_have_lost_packets(self, attempt: InFlight) -> bool:
        """Whether the kernel was congested since it started, and it can be started again."""
        if not attempt.IS_REPEATABLE or attempt.repeats >= _MAX_REPEATS:
            return False
        self._backlog.observe()
        return attempt.congestions != self._backlog.congestions

    def _repeat(self, attempt: InFlight) -> None:
        """Start an attempt once more, and wait longer for its reply."""
        self._release(attempt)
        attempt.repeats += 1
        attempt.timeout *= 2
        self.schedule(attempt, time.monotonic() + _RETRY_DELAY)

    def restart_deadline(self, attempt: InFlight) -> None:
        """Set the deadline of an attempt to its timeout from now."""
        attempt.deadline = time.monotonic() + attempt.timeout
        heapq.heappush(self._deadlines, (attempt.deadline, next(self._order), attempt))

    def _release(self, attempt: InFlight) -> None:
        attempt.close()
        self._active.discard(attempt)
        self._active_by_target[attempt.target] -= 1

    def _explain_unclear(self) -> None:
        if self._unclear:
            explained = self._explain(list(self._unclear))
            for attempt, reply in self._unclear.items():
                attempt.reply = explained.get(attempt, reply)
            self._unclear = {}

    def _select_timeout(self) -> float:
        """Seconds until the next deadline or start."""
        times = [self._deadlines[0][0]] if self._deadlines else []
        if self._scheduled and len(self._active) < MAX_IN_FLIGHT:
            times.append(self._scheduled[0][0])
        return max(0.0, min(times) - time.monotonic()) if times else 0.0

    def _take_due(self, now: float) -> tuple[list[InFlight], list[InFlight]]:
        """The next batch of due attempts: those that may start, and those that a limit puts off."""
        ready: list[InFlight] = []
        deferred: list[InFlight] = []
        while (
            self._scheduled
            and self._scheduled[0][0] <= now
            and len(ready) + len(deferred) < _BATCH
            and len(self._active) + len(ready) < MAX_IN_FLIGHT
        ):
            attempt = heapq.heappop(self._scheduled)[2]
            busy = self._active_by_target[attempt.target] >= MAX_PER_TARGET
            if busy or not self._budget.allows(attempt):
                deferred.append(attempt)
            else:
                self._active_by_target[attempt.target] += 1
                ready.append(attempt)
        return ready, deferred

    def _start_due(self) -> None:
        now = time.monotonic()
        ready, deferred = self._take_due(now)
        for attempt in deferred:
            self.schedule(attempt, now + _RETRY_DELAY)
        ready.sort(key=lambda attempt: attempt.origin.netns or "")
        for _netns, group in itertools.groupby(ready, key=lambda attempt: attempt.origin.netns):
            attempts = list(group)
            with inside_netns(attempts[0].origin.descriptor):
                for attempt in attempts:
                    if self._backlog.may_send():
                        self._start(attempt)
                    else:
                        self._active_by_target[attempt.target] -= 1
                        self.schedule(attempt, time.monotonic() + _DRAIN_DELAY)

    def _start(self, attempt: InFlight) -> None:
        now = time.monotonic()
        attempt.congestions = self._backlog.congestions
        self._active.add(attempt)
        try:
            attempt.start(self)
        except OSError as error:
            since = attempt.no_buffers_since = attempt.no_buffers_since or now
            if (
                error.errno == errno.ENOBUFS
                and now - since < _NO_BUFFERS_TIMEOUT
                and self._budget.is_full(attempt.origin.family)
            ):
                self._release(attempt)
                self.schedule(attempt, now + 2 * _RETRY_DELAY)
                return
            self.finish(attempt, reply_of_errno(error.errno or 0))
        if attempt in self._active:
            self.restart_deadline(attempt)
        if attempt.successor is not None and not attempt.repeats:
            self.schedule(attempt.successor, now + INTERVAL)

    def _dispatch(self, timeout: float) -> None:
        due = time.monotonic() + timeout
        ready = self._selector.select(timeout)
        self._backlog.note_wakeup(due)
        for key, _events in ready:
            key.data()

    def _expire_due(self) -> None:
        now = time.monotonic()
        while self._deadlines and self._deadlines[0][0] <= now:
            deadline, _order, attempt = heapq.heappop(self._deadlines)
            if attempt in self._active and attempt.deadline == deadline:
                reply = attempt.expire()
                if reply is not None:
                    self.finish(attempt, reply)
