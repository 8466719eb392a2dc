# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Links by their places, as a plan moves them about."""

from __future__ import annotations

from typing import Dict, Iterator, List, Mapping, MutableMapping, Optional

from .._model.links import Link, Place


class Links(MutableMapping[Place, Link]):
    """Links by place, and at hand by namespace: a plan of a thousand namespaces must not look through all for each."""

    def __init__(self, links: Mapping[Place, Link]) -> None:
        self._rooms: Dict[Optional[str], Dict[str, Link]] = {}
        self._on: Dict[Place, Dict[Place, None]] = {}
        self.update(links)

    def __getitem__(self, place: Place) -> Link:
        return self._rooms[place[0]][place[1]]

    def __setitem__(self, place: Place, link: Link) -> None:
        self._rooms.setdefault(place[0], {})[place[1]] = link
        if link.parent is not None:
            self._on.setdefault(link.parent, {})[place] = None

    def __delitem__(self, place: Place) -> None:
        del self._rooms[place[0]][place[1]]

    def __iter__(self) -> Iterator[Place]:
        return ((netns, name) for netns, room in self._rooms.items() for name in room)

    def __len__(self) -> int:
        return sum(map(len, self._rooms.values()))

    def inside(self, netns: Optional[str]) -> List[Link]:
        return list(self._rooms.get(netns, {}).values())

    def on(self, place: Place) -> Iterator[Link]:
        """What sits on the link at that place."""
        for one in tuple(self._on.get(place, ())):
            link = self.get(one)
            if link is not None and link.parent == place:
                yield link
