# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How fast neighbours are met: their table is one for all namespaces of a machine, and who fills it cuts off everybody."""

from __future__ import annotations

import time
from typing import Dict, Iterator, Mapping, Optional, Set, Tuple

from .._host.netns_handles import NetnsHandle
from .._netlink.rtnl_replies import read_neighbour, read_neighbour_table
from .._netlink.rtnl_requests import (
    GETNEIGH,
    GETNEIGHTBL,
    delete_neighbour,
    dump_neighbour_tables,
    dump_neighbours,
)
from .event_loop import InFlight

_SHARE = 0.9
"""Of what a table takes. The rest is for everybody else."""
_MUCH = 0.5
"""Whoever needs more of what is left forgets again whom he has met: the kernel would take half a minute to."""
_PAUSE = 0.05
"""Seconds between two times of forgetting, and from one new neighbour to the next where there is no room."""
_EACH = 2
"""Entries of a probe: the one who is asked has to know who asks."""
_SETTLED, _DONE = ("reachable", "stale", "delay", "probe"), ("incomplete", "failed")

Entry = Tuple[Optional[str], int, str]
"""(namespace, index of the link, address)."""


class NeighbourBudget:
    """Lets flights go as long as their neighbours have room. ``needed`` are entries that there will be, by family."""

    def __init__(
        self, handles: Mapping[Optional[str], NetnsHandle], needed: Mapping[int, int]
    ) -> None:
        self._rooms = handles
        self._left: Dict[int, int] = {}
        self._free: Dict[int, int] = {}
        self._paused = 0.0
        self._count()
        tight = any(number > _MUCH * self._left.get(family, 0) for family, number in needed.items())
        self._known: Optional[Set[Entry]] = (
            {entry for entry, _state in self._list()} if tight else None
        )

    def allows(self, flight: InFlight) -> bool:
        """Whether it may go now."""
        family = flight.way.family
        if self._left.get(family, 0) < _EACH:
            self._count()
        if self._left.get(family, 0) < _EACH:
            now = time.monotonic()
            if now - self._paused < _PAUSE:
                return False
            self._paused = now
            self._forget(_SETTLED)
            self._count()
        self._left[family] = self._left.get(family, 0) - _EACH
        return True

    def is_full(self, family: int) -> bool:
        """Whether that is why the kernel takes no packet."""
        self._count()
        return self._free.get(family, _EACH) < _EACH

    def close(self) -> None:
        """Leave the tables as they were, if they were filled."""
        self._forget((*_SETTLED, *_DONE))

    def _count(self) -> None:
        handle = next(iter(self._rooms.values()))
        for data in handle.socket.dump(GETNEIGHTBL, dump_neighbour_tables()):
            table = read_neighbour_table(data)
            if table is not None:
                family, entries, most = table
                self._left[family], self._free[family] = (
                    int(most * _SHARE) - entries,
                    most - entries,
                )

    def _list(self) -> Iterator[Tuple[Entry, str]]:
        for netns, handle in self._rooms.items():
            for data in handle.socket.dump(GETNEIGH, dump_neighbours()):
                index, values = read_neighbour(data)
                if values["address"] is not None:
                    yield (netns, index, values["address"]), values["state"]

    def _forget(self, states: Tuple[str, ...]) -> None:
        """Whom nobody here had met before. A packet may still wait for one who has not answered."""
        if self._known is None:
            return
        met: Dict[Optional[str], Set[Tuple[int, str]]] = {}
        for (netns, index, address), state in self._list():
            if state in states and (netns, index, address) not in self._known:
                met.setdefault(netns, set()).add((index, address))
        for netns, entries in met.items():
            self._rooms[netns].socket.send(
                [delete_neighbour(index, address) for index, address in entries]
            )
