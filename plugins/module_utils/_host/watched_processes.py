# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Notices that processes of others have ended, see pidfd_open(2)."""

from __future__ import annotations

import os
import select
from typing import TYPE_CHECKING

from .pids import is_running, open_descriptor

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .pids import Pid


class WatchedProcesses:
    """Processes, of which each has a descriptor that can be read when it has ended.

    Linux has these since 5.3. On an older kernel the processes are looked at.
    """

    def __init__(self) -> None:
        self._poll = select.epoll()
        self._descriptors: dict[Pid, int] = {}
        self._others: set[Pid] = set()

    def close(self) -> None:
        """Close all descriptors. A child shares the registration of them, which stays as it is."""
        self._poll.close()
        for descriptor in self._descriptors.values():
            os.close(descriptor)
        self._descriptors.clear()

    def fileno(self) -> int:
        """A descriptor that can be read when a process has ended."""
        return self._poll.fileno()

    def begin(self, processes: Iterable[Pid]) -> None:
        """Watch these processes, and no others. Those that have ended are forgotten."""
        wanted = set(processes)
        for process in self._descriptors.keys() - wanted:
            self._drop(process)
        self._others &= wanted
        for process in wanted - self._descriptors.keys() - self._others:
            self._add(process)
        self.drop_ended()

    def drop_ended(self) -> None:
        """Forget the processes that have ended."""
        ended = {descriptor for descriptor, _mask in self._poll.poll(0)}
        for process, descriptor in tuple(self._descriptors.items()):
            if descriptor in ended:
                self._drop(process)

    def look(self) -> bool:
        """Whether a process without a descriptor has ended. It is forgotten."""
        ended = {process for process in self._others if not is_running(process)}
        self._others -= ended
        return bool(ended)

    def _add(self, process: Pid) -> None:
        descriptor = open_descriptor(process.pid)
        if not is_running(process):
            if descriptor is not None:
                os.close(descriptor)
        elif descriptor is None:
            self._others.add(process)
        else:
            self._descriptors[process] = descriptor
            self._poll.register(descriptor, select.EPOLLIN)

    def _drop(self, process: Pid) -> None:
        descriptor = self._descriptors.pop(process)
        self._poll.unregister(descriptor)
        os.close(descriptor)
