# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The largest packet that arrives in one piece: told by those on the way who cannot pass a larger one (RFC 1191, RFC 8201), or sought where nobody tells."""

from __future__ import annotations

import contextlib
import errno
from typing import Dict, Optional

from .._model.probes import ProbeReply
from .event_loop import InFlight, Loop, Origin
from .icmp import LEAST_DATA, Echoes, TooLarge
from .packets import ECHO_HEADER, IP_HEADER
from .reasons import Complaint, judge_errno

_LARGEST = 65535
_SIZES = 16
"""So many sizes are tried at once where nobody tells: four rounds find one of 65,535."""
_LEAST_PAUSE = 0.1


class PathMtuSearch(InFlight):
    """Echoes of ever better sizes to one address, which is known to answer.

    ``low`` arrives. Nothing above ``told`` leaves or passes, as somebody said; nothing above ``high`` was answered.
    """

    def __init__(
        self, echoes: Echoes, way: Origin, address: str, timeout: float, latency: float
    ) -> None:
        super().__init__(way, address, 0, min(timeout, max(_LEAST_PAUSE, 4 * latency)))
        self._echoes = echoes
        self._head = IP_HEADER[way.family] + ECHO_HEADER
        self.low, self.high, self.told = self._head + LEAST_DATA, _LARGEST, _LARGEST
        self._sure = 0
        self._asked: Dict[int, int] = {}
        self._loop: Optional[Loop] = None

    @property
    def found(self) -> Optional[int]:
        return self.low if self.low in (self.told, self._sure) else None

    def start(self, loop: Loop) -> None:
        self._loop = loop
        self._ask(self.high)

    def close(self) -> None:
        for number in self._asked:
            self._echoes.by(self.way, whole=True).forget(number)

    def _ask(self, size: int) -> None:
        one = self._echoes.by(self.way, whole=True)
        try:
            self._asked[one.send(self, self.address, size - self._head)] = size
        except TooLarge as error:
            self._lower(error.mtu, size)
        except OSError as error:
            if error.errno != errno.ENOBUFS:
                raise
            # The other end of the cable takes less, and it will be silent.
            self._asked[-size] = size

    def _lower(self, told: int, size: int) -> None:
        """Somebody does not pass this size, and perhaps tells what he would."""
        self.told = min(self.told, told if self.low <= told < size else size - 1)
        self.high = min(self.high, self.told)
        if self.low < self.high:
            self._ask(self.high)

    def _look(self) -> None:
        if self.low >= self.told and self._loop is not None:
            self._loop.land(self, ProbeReply("ok"))

    def hear(self, number: int, latency: float) -> None:
        self.low = max(self.low, self._asked.pop(number))
        if self.low > self.high:
            # What was taken for too large had been lost on the way.
            self.high = self.told
        self._look()

    def hear_of(self, number: int, complaint: Complaint) -> None:
        size = self._asked.pop(number)
        with contextlib.suppress(OSError):
            self._lower(complaint.info, size)
        self._look()

    def expire(self) -> Optional[ProbeReply]:
        """A round is over: between what arrived and what did not, the next one; in the end the next size is asked once more."""
        self.high = min(
            [self.high, *(size - 1 for size in self._asked.values() if size > self.low)]
        )
        self.close()
        self._asked.clear()
        if self.found is not None or self._loop is None:
            return ProbeReply("ok")
        if self.low >= self.high:
            self._sure, sizes = self.low, {self.low + 1}
        else:
            sizes = {
                *range(self.low + 1, self.high, max(1, (self.high - self.low) // _SIZES)),
                self.high,
            }
        try:
            for size in sorted(sizes):
                self._ask(size)
        except OSError as error:
            return judge_errno(error.errno or 0)
        self._loop.prolong(self)
        return None
