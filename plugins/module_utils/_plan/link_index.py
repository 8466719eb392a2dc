# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Links by their places, as a plan moves them about."""

from __future__ import annotations

from typing import Dict, Iterator, List, Mapping, MutableMapping, Optional

from . import _model


class Links(MutableMapping[_model.Place, _model.Link]):
    """Links by place, and at hand by namespace: a plan of a thousand namespaces must not look through all for each."""

    def __init__(self, links: Mapping[_model.Place, _model.Link]) -> None:
        self._rooms: Dict[Optional[str], Dict[str, _model.Link]] = {}
        self._on: Dict[_model.Place, Dict[_model.Place, None]] = {}
        self.update(links)

    def __getitem__(self, place: _model.Place) -> _model.Link:
        return self._rooms[place[0]][place[1]]

    def __setitem__(self, place: _model.Place, link: _model.Link) -> None:
        self._rooms.setdefault(place[0], {})[place[1]] = link
        if link.parent is not None:
            self._on.setdefault(link.parent, {})[place] = None

    def __delitem__(self, place: _model.Place) -> None:
        del self._rooms[place[0]][place[1]]

    def __iter__(self) -> Iterator[_model.Place]:
        return ((netns, name) for netns, room in self._rooms.items() for name in room)

    def __len__(self) -> int:
        return sum(map(len, self._rooms.values()))

    def inside(self, netns: Optional[str]) -> List[_model.Link]:
        return list(self._rooms.get(netns, {}).values())

    def on(self, place: _model.Place) -> Iterator[_model.Link]:
        """What sits on the link at that place."""
        for one in tuple(self._on.get(place, ())):
            link = self.get(one)
            if link is not None and link.parent == place:
                yield link
