# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Searches the path MTU: the largest packet that arrives unfragmented.

Routers that cannot forward a larger packet report their MTU (RFC 1191, RFC 8201). Where no router
reports it, the search tries sizes.
"""

from __future__ import annotations

import contextlib
import errno
from typing import TYPE_CHECKING

from .._model.probes import ProbeReply
from .attempts import InFlight, Origin
from .icmp import MIN_DATA, EchoSockets, PacketTooLarge
from .packets import ECHO_HEADER, IP_HEADER
from .reasons import ExtendedError, reply_of_errno

if TYPE_CHECKING:
    from .event_loop import EventLoop

_MAX_PACKET = 65535
_SIZES_PER_ROUND = 16
"""Sizes that are tried at the same time. Four rounds find the MTU among 65,535 sizes."""
_MIN_ROUND = 0.1
"""Seconds."""


class PathMtuSearch(InFlight):
    """Echo requests of increasing sizes to an address that is known to answer.

    All sizes are of whole IP packets, in bytes. ``largest_answered`` was answered.
    ``reported_limit`` is the MTU that the kernel or a router reported. Sizes above
    ``upper_bound`` were not answered, or are above the reported limit.

    :param latency: seconds of the slowest reply so far; a round of the search lasts four times as
        long, if the timeout permits.
    """

    IS_REPEATABLE = False

    def __init__(
        self,
        echo_sockets: EchoSockets,
        origin: Origin,
        address: str,
        timeout: float,
        latency: float,
    ) -> None:
        super().__init__(origin, address, 0, min(timeout, max(_MIN_ROUND, 4 * latency)))
        self._echo_sockets = echo_sockets
        self._header = IP_HEADER[origin.family] + ECHO_HEADER
        self.largest_answered = self._header + MIN_DATA
        self.upper_bound = self.reported_limit = _MAX_PACKET
        self._confirmed = 0
        """The size whose successor was tried once more without an answer."""
        self._pending: dict[int, int] = {}
        """Sizes by sequence number, and by negative size where the packet was not sent."""
        self._loop: EventLoop | None = None

    @property
    def path_mtu(self) -> int | None:
        """The result in bytes; None while it is not certain."""
        certain = self.largest_answered in (self.reported_limit, self._confirmed)
        return self.largest_answered if certain else None

    def start(self, loop: EventLoop) -> None:
        self._loop = loop
        self._send(self.upper_bound)

    def close(self) -> None:
        echo_socket = self._echo_sockets.get(self.origin, dont_fragment=True)
        for sequence in self._pending:
            echo_socket.cancel(sequence)

    def _send(self, size: int) -> None:
        echo_socket = self._echo_sockets.get(self.origin, dont_fragment=True)
        try:
            sequence = echo_socket.send(self, self.address, size - self._header)
            self._pending[sequence] = size
        except PacketTooLarge as error:
            self._lower_limit(error.mtu, size)
        except OSError as error:
            if error.errno != errno.ENOBUFS:
                raise
            # The peer of a veth has a smaller MTU and drops the packet: no answer will come.
            self._pending[-size] = size

    def _lower_limit(self, reported: int, size: int) -> None:
        """The kernel or a router rejected a size, and may have reported its MTU."""
        plausible = self.largest_answered <= reported < size
        self.reported_limit = min(self.reported_limit, reported if plausible else size - 1)
        self.upper_bound = min(self.upper_bound, self.reported_limit)
        if self.largest_answered < self.upper_bound:
            self._send(self.upper_bound)

    def _finish_if_found(self) -> None:
        if self.largest_answered >= self.reported_limit and self._loop is not None:
            self._loop.finish(self, ProbeReply("ok"))

    def on_reply(self, sequence: int, latency: float) -> None:
        self.largest_answered = max(self.largest_answered, self._pending.pop(sequence))
        if self.largest_answered > self.upper_bound:
            # A packet that had counted as too large had been lost for another reason.
            self.upper_bound = self.reported_limit
        self._finish_if_found()

    def on_error(self, sequence: int, error: ExtendedError) -> None:
        size = self._pending.pop(sequence)
        with contextlib.suppress(OSError):
            self._lower_limit(error.info, size)
        self._finish_if_found()

    def expire(self) -> ProbeReply | None:
        """End a round, and start the next one between what arrived and what did not.

        When only one size is left, the next larger one is tried once more.
        """
        unanswered = [size for size in self._pending.values() if size > self.largest_answered]
        self.upper_bound = min([self.upper_bound, *(size - 1 for size in unanswered)])
        self.close()
        self._pending.clear()
        if self.path_mtu is not None or self._loop is None:
            return ProbeReply("ok")
        low, high = self.largest_answered, self.upper_bound
        if low >= high:
            self._confirmed, sizes = low, {low + 1}
        else:
            step = max(1, (high - low) // _SIZES_PER_ROUND)
            sizes = {*range(low + 1, high, step), high}
        try:
            for size in sorted(sizes):
                self._send(size)
        except OSError as error:
            return reply_of_errno(error.errno or 0)
        self._loop.restart_deadline(self)
        return None
