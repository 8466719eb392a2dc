# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Keeps the kernel's neighbour tables from overflowing.

All namespaces of a machine share one ARP table and one NDP table. A probe that fills it interrupts
the traffic of all of them.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Optional

from .._netlink.neighbours import (
    delete_neighbour,
    dump_neighbour_tables,
    dump_neighbours,
    read_neighbour,
    read_neighbour_table,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .._host.netns_handles import NetnsHandle
    from .attempts import InFlight

_SHARE = 0.9
"""The part of a table that may be in use. The rest is for other traffic."""
_LARGE_SHARE = 0.5
"""If the probes need more than this part of what is free, their entries are deleted again. The
kernel itself would keep them for half a minute."""
_PAUSE = 0.05
"""Seconds between two deletions, and between two new neighbours if the table is full."""
_ENTRIES_PER_PROBE = 2
"""One entry for the target in the source's namespace, one for the source in the target's."""
_RESOLVED, _UNRESOLVED = ("reachable", "stale", "delay", "probe"), ("incomplete", "failed")

Entry = tuple[Optional[str], int, str]
"""(namespace, index of the link, address)."""


class NeighbourBudget:
    """Lets probes start while the neighbour tables have room.

    :param needed: upper bound of the new neighbour entries, by address family.
    """

    def __init__(
        self, handles: Mapping[str | None, NetnsHandle], needed: Mapping[int, int]
    ) -> None:
        self._handles = handles
        self._budget: dict[int, int] = {}
        self._free: dict[int, int] = {}
        self._paused_at = 0.0
        self._read_tables()
        deletes = any(
            number > _LARGE_SHARE * self._budget.get(family, 0) for family, number in needed.items()
        )
        self._existing: set[Entry] | None = (
            {entry for entry, _state in self._entries()} if deletes else None
        )

    def allows(self, attempt: InFlight) -> bool:
        """Whether a probe may start now; if so, its entries are reserved."""
        family = attempt.origin.family
        if self._budget.get(family, 0) < _ENTRIES_PER_PROBE:
            self._read_tables()
        if self._budget.get(family, 0) < _ENTRIES_PER_PROBE:
            now = time.monotonic()
            if now - self._paused_at < _PAUSE:
                return False
            self._paused_at = now
            self._delete_new_entries(_RESOLVED)
            self._read_tables()
        self._budget[family] = self._budget.get(family, 0) - _ENTRIES_PER_PROBE
        return True

    def is_full(self, family: int) -> bool:
        """Whether the table has no free entries, so that sending fails with ENOBUFS."""
        self._read_tables()
        return self._free.get(family, _ENTRIES_PER_PROBE) < _ENTRIES_PER_PROBE

    def close(self) -> None:
        """Delete the entries that the probes added, if they needed much of the tables."""
        self._delete_new_entries((*_RESOLVED, *_UNRESOLVED))

    def _read_tables(self) -> None:
        handle = next(iter(self._handles.values()))
        for data in handle.socket.dump(dump_neighbour_tables()):
            table = read_neighbour_table(data)
            if table is not None:
                self._budget[table.family] = int(table.limit * _SHARE) - table.entries
                self._free[table.family] = table.limit - table.entries

    def _entries(self) -> Iterator[tuple[Entry, str]]:
        """All entries of the namespaces that take part, each with its state."""
        for netns, handle in self._handles.items():
            for data in handle.socket.dump(dump_neighbours()):
                entry = read_neighbour(data)
                if entry.address is not None:
                    yield (netns, entry.ifindex, entry.address), entry.state

    def _delete_new_entries(self, states: tuple[str, ...]) -> None:
        """Delete entries that did not exist before the probes.

        While probes run, unresolved entries stay: a packet may be queued there.
        """
        if self._existing is None:
            return
        new: dict[str | None, set[tuple[int, str]]] = {}
        for entry, state in self._entries():
            netns, index, address = entry
            if state in states and entry not in self._existing:
                new.setdefault(netns, set()).add((index, address))
        for netns, entries in new.items():
            requests = [delete_neighbour(index, address) for index, address in entries]
            self._handles[netns].socket.send(requests)
