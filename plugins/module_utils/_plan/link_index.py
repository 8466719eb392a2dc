# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Links by their places, as a plan moves them about."""

from __future__ import annotations

from typing import Dict, Iterator, List, Mapping, MutableMapping, Optional

from .._model.links import Link, LinkRef


class Links(MutableMapping[LinkRef, Link]):
    """Links by place, and at hand by namespace: a plan of a thousand namespaces must not look through all for each."""

    def __init__(self, links: Mapping[LinkRef, Link]) -> None:
        self._rooms: Dict[Optional[str], Dict[str, Link]] = {}
        self._on: Dict[LinkRef, Dict[LinkRef, None]] = {}
        self.update(links)

    def __getitem__(self, place: LinkRef) -> Link:
        return self._rooms[place[0]][place[1]]

    def __setitem__(self, place: LinkRef, link: Link) -> None:
        self._rooms.setdefault(place[0], {})[place[1]] = link
        if link.parent is not None:
            self._on.setdefault(link.parent, {})[place] = None

    def __delitem__(self, place: LinkRef) -> None:
        del self._rooms[place[0]][place[1]]

    def __iter__(self) -> Iterator[LinkRef]:
        return ((netns, name) for netns, handle in self._rooms.items() for name in handle)

    def __len__(self) -> int:
        return sum(map(len, self._rooms.values()))

    def inside(self, netns: Optional[str]) -> List[Link]:
        return list(self._rooms.get(netns, {}).values())

    def on(self, place: LinkRef) -> Iterator[Link]:
        """What sits on the link at that place."""
        for one in tuple(self._on.get(place, ())):
            link = self.get(one)
            if link is not None and link.parent == place:
                yield link
