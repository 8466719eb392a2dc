# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether the kernel keeps up with the packets between namespaces.

A packet that enters a veth waits in the backlog of a CPU, which holds net.core.netdev_max_backlog
packets, and more are dropped. A bridge copies an ARP or NDP request to each of its ports: on a
bridge with 1,000 ports a single request fills a backlog.
"""

from __future__ import annotations

import contextlib
import os
import time

_SOFTNET_STAT = "/proc/net/softnet_stat"
"""A line a CPU, in hexadecimal numbers (softnet_seq_show() in net/core/net-procfs.c)."""
_DROPPED, _QUEUED = 1, 11
"""The columns for dropped packets, and for packets that wait (since Linux 5.10)."""
_MAX_QUEUED = 250
"""With more packets waiting on a CPU, nothing is sent. It is a quarter of the default of
net.core.netdev_max_backlog, which only the first network namespace can read."""
_MAX_READ = 1 << 20
_MAX_WAIT = 1.0
"""Seconds after which other traffic fills the backlog, and waiting longer would not help."""
_LATE = 0.2
"""Seconds that this process waited for a CPU, which its packets may have done as well."""


class Backlog:
    """Notices congestion: dropped packets, full backlogs, and a process that gets no CPU.

    Of two values of ``congestions`` after ``observe()`` that are equal, no packet was lost in
    between.
    """

    def __init__(self) -> None:
        self.congestions = 0
        """How often congestion was noticed."""
        self._descriptor: int | None = None
        with contextlib.suppress(OSError):
            self._descriptor = os.open(_SOFTNET_STAT, os.O_RDONLY | os.O_CLOEXEC)
        self._dropped = self._read()[0]
        self._full_since: float | None = None

    def close(self) -> None:
        """Close the file."""
        if self._descriptor is not None:
            os.close(self._descriptor)

    def may_send(self) -> bool:
        """Whether the backlogs have room for a request and its copies, or waiting is of no use."""
        queued = self.observe()
        if queued <= _MAX_QUEUED:
            self._full_since = None
            return True
        now = time.monotonic()
        self._full_since = self._full_since or now
        return now - self._full_since > _MAX_WAIT

    def note_wakeup(self, due: float) -> None:
        """Count a congestion if this process wakes up long after a time of ``time.monotonic()``."""
        if time.monotonic() - due > _LATE:
            self.congestions += 1

    def observe(self) -> int:
        """Count a congestion if packets were dropped, or many wait on the busiest CPU.

        :return: how many wait there.
        """
        dropped, queued = self._read()
        if dropped != self._dropped or queued > _MAX_QUEUED:
            self._dropped = dropped
            self.congestions += 1
        return queued

    def _read(self) -> tuple[int, int]:
        """(packets dropped by all CPUs, packets that wait on the busiest CPU)."""
        if self._descriptor is None:
            return 0, 0
        lines = os.pread(self._descriptor, _MAX_READ, 0).splitlines()
        rows = [line.split() for line in lines]
        dropped = sum(int(row[_DROPPED], 16) for row in rows)
        queued = max((int(row[_QUEUED], 16) for row in rows if len(row) > _QUEUED), default=0)
        return dropped, queued
