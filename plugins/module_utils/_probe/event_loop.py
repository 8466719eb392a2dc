# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one loop that drives all probes: what is sent waits for its answer together with all else, and nothing waits for what fails."""

from __future__ import annotations

import contextlib
import errno
import heapq
import itertools
import selectors
import socket
import time
from collections import Counter
from typing import Callable, Dict, List, NamedTuple, Optional, Protocol, Sequence, Set, Tuple

from .._host.netns import inside_netns
from .._model.probes import ProbeReply
from .reasons import judge_errno

AT_ONCE = 512
"""How many are on their way at most; each may be a socket."""
MOST_OF_A_TARGET = 100
"""And to one address and port: a listener's queue holds no more where the kernel is old (net.core.somaxconn)."""
INTERVAL = 0.1
"""Seconds from one packet of a probe to its next."""
_BATCH = 64
"""As many are sent before what has come is read: a socket's buffer holds a few hundred answers."""
_HOLD = 0.05
_PATIENCE_FOR_ROOM = 6.0
"""Seconds. The kernel clears its table of neighbours of what is older than five."""
_SUSPECT = ("timed_out", "unreachable")
"""A probe has less patience than the kernel, which gives a neighbour three seconds, and whose own word for it then is that of a router."""

Handler = Callable[[], None]


class Origin(NamedTuple):
    """By which packets leave: the namespace (``descriptor`` None: the host), the family, and what the probe says besides."""

    netns: Optional[str]
    descriptor: Optional[int]
    family: int
    source: Optional[str] = None
    interface: Optional[str] = None


class Budget(Protocol):
    """Who says when there is room for more."""

    def allows(self, flight: InFlight) -> bool: ...

    def is_full(self, family: int) -> bool: ...


class Explain(Protocol):
    """Who says of silent flights what they were silent for."""

    def __call__(self, flights: Sequence[InFlight]) -> Dict[InFlight, ProbeReply]: ...


class InFlight:
    """One packet or connection, from its start to what comes of it. ``follower`` is the next one of the same probe."""

    def __init__(self, way: Origin, address: str, port: int, timeout: float) -> None:
        self.way, self.address, self.port, self.timeout = way, address, port, timeout
        self.follower: Optional[InFlight] = None
        self.reply: Optional[ProbeReply] = None
        self.deadline = 0.0
        self.waits_since: Optional[float] = None

    @property
    def target(self) -> Tuple[str, int]:
        return self.address, self.port

    def start(self, loop: Loop) -> None:
        """Send, inside the namespace."""
        raise NotImplementedError

    def expire(self) -> Optional[ProbeReply]:
        """What it means that nothing came until the deadline; ``None`` where a new deadline is set."""
        return ProbeReply("timed_out", f"no answer within {self.timeout:g} s")

    def close(self) -> None:
        """Give back what it holds."""


class Loop:
    """Flights that wait, and flights that are on their way."""

    def __init__(self, pace: Budget, explain: Explain) -> None:
        self._pace, self._explain = pace, explain
        self._selector = selectors.DefaultSelector()
        self._order = itertools.count()
        self._waiting: List[Tuple[float, int, InFlight]] = []
        self._deadlines: List[Tuple[float, int, InFlight]] = []
        self._flying: Set[InFlight] = set()
        self._suspect: Dict[InFlight, ProbeReply] = {}
        self._busy: Counter[Tuple[str, int]] = Counter()

    def close(self) -> None:
        for flight in self._flying:
            flight.close()
        self._selector.close()

    def watch(self, open_socket: socket.socket, events: int, handler: Handler) -> None:
        """Call the handler whenever something comes (or can be sent), errors included."""
        self._selector.register(open_socket, events, handler)

    def rewatch(self, open_socket: socket.socket, events: int, handler: Handler) -> None:
        self._selector.modify(open_socket, events, handler)

    def forget(self, open_socket: socket.socket) -> None:
        with contextlib.suppress(KeyError):
            self._selector.unregister(open_socket)

    def add(self, flight: InFlight, due: float = 0.0) -> None:
        heapq.heappush(self._waiting, (due, next(self._order), flight))

    def run(self) -> None:
        """Until all have landed."""
        while self._waiting or self._flying:
            self._launch()
            self._serve(self._pause())
            if self._deadlines and self._deadlines[0][0] <= time.monotonic():
                # What has come while this process had to wait for its turn has come in time.
                self._serve(0)
                self._expire()
            self._settle()

    def land(self, flight: InFlight, reply: ProbeReply) -> None:
        """It has come to its end."""
        if flight in self._flying:
            if reply.reason in _SUSPECT:
                self._suspect[flight] = reply
            else:
                flight.reply = reply
            self._release(flight)

    def _release(self, flight: InFlight) -> None:
        flight.close()
        self._flying.discard(flight)
        self._busy[flight.target] -= 1

    def _settle(self) -> None:
        """What is not clear by itself."""
        if self._suspect:
            told = self._explain(list(self._suspect))
            for flight, reply in self._suspect.items():
                flight.reply = told.get(flight, reply)
            self._suspect = {}

    def prolong(self, flight: InFlight) -> None:
        """It gets its time, once more."""
        flight.deadline = time.monotonic() + flight.timeout
        heapq.heappush(self._deadlines, (flight.deadline, next(self._order), flight))

    def _pause(self) -> float:
        now = time.monotonic()
        ends = [self._deadlines[0][0]] if self._deadlines else []
        if self._waiting and len(self._flying) < AT_ONCE:
            ends.append(self._waiting[0][0])
        return max(0.0, min(ends) - now) if ends else 0.0

    def _launch(self) -> None:
        now = time.monotonic()
        batch: List[InFlight] = []
        held: List[InFlight] = []
        while (
            self._waiting
            and self._waiting[0][0] <= now
            and len(batch) + len(held) < _BATCH
            and len(self._flying) + len(batch) < AT_ONCE
        ):
            flight = heapq.heappop(self._waiting)[2]
            if self._busy[flight.target] >= MOST_OF_A_TARGET or not self._pace.allows(flight):
                held.append(flight)
            else:
                self._busy[flight.target] += 1
                batch.append(flight)
        for flight in held:
            self.add(flight, now + _HOLD)
        batch.sort(key=lambda flight: flight.way.netns or "")
        for _netns, group in itertools.groupby(batch, key=lambda flight: flight.way.netns):
            flights = list(group)
            with inside_netns(flights[0].way.descriptor):
                for flight in flights:
                    self._start(flight)

    def _start(self, flight: InFlight) -> None:
        now = time.monotonic()
        self._flying.add(flight)
        try:
            flight.start(self)
        except OSError as error:
            since = flight.waits_since = flight.waits_since or now
            if (
                error.errno == errno.ENOBUFS
                and now - since < _PATIENCE_FOR_ROOM
                and self._pace.is_full(flight.way.family)
            ):
                self._release(flight)
                self.add(flight, now + 2 * _HOLD)
                return
            self.land(flight, judge_errno(error.errno or 0))
        if flight in self._flying:
            self.prolong(flight)
        if flight.follower is not None:
            self.add(flight.follower, now + INTERVAL)

    def _serve(self, pause: float) -> None:
        for key, _events in self._selector.select(pause):
            key.data()

    def _expire(self) -> None:
        now = time.monotonic()
        while self._deadlines and self._deadlines[0][0] <= now:
            deadline, _order, flight = heapq.heappop(self._deadlines)
            if flight in self._flying and flight.deadline == deadline:
                reply = flight.expire()
                if reply is not None:
                    self.land(flight, reply)
