# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which links of a chart are one Ethernet, and who has an address there: another may have the same, on another one."""

from __future__ import annotations

from typing import Dict, List, Optional

from ..._model.link_types import EXCLUSIVE_TYPES
from ..._model.links import Link, LinkRef
from .host_facts import HostFacts


class Segments:
    """Cables and bridges joined, and stations on a link."""

    def __init__(self, facts: HostFacts) -> None:
        self._root: Dict[LinkRef, LinkRef] = {}
        self._groups: Dict[LinkRef, List[Link]] = {}
        self._holders: Dict[str, List[Link]] = {}
        for link in facts.current.links.values():
            parent = (
                link.parent if link.kind in EXCLUSIVE_TYPES and link.parent != (None, "") else None
            )
            joined = [link.peer, (link.netns, link.bridge) if link.bridge else None, parent]
            for other in [place for place in joined if place is not None]:
                self._root[self._find(link.ref)] = self._find(other)
        for link in facts.current.links.values():
            if link.name != "lo":
                self._groups.setdefault(self._find(link.ref), []).append(link)
            for text in link.addresses or ():
                self._holders.setdefault(text.split("/")[0], []).append(link)

    def _find(self, place: LinkRef) -> LinkRef:
        while self._root.setdefault(place, place) != place:
            self._root[place] = self._root[self._root[place]]
            place = self._root[place]
        return place

    def groups(self) -> List[List[Link]]:
        """Those of the host and nobody else left out."""
        return [
            group
            for group in self._groups.values()
            if any(link.netns or link.owner is not None for link in group)
        ]

    def around(self, place: LinkRef) -> List[Link]:
        """All links on the Ethernet of one, itself among them."""
        return self._groups.get(self._find(place), [])

    def are_joined(self, one: LinkRef, other: LinkRef) -> bool:
        return self._find(one) == self._find(other)

    def holders(self, address: str) -> List[Link]:
        """All links with an address, wherever they are."""
        return self._holders.get(address, [])

    def find_holder(self, place: LinkRef, address: str) -> Optional[Link]:
        """Who has an address that is looked for on a link: somebody on its Ethernet, else the only one there is."""
        known = self.holders(address)
        near = [link for link in known if self.are_joined(link.ref, place)]
        return near[0] if near else known[0] if len(known) == 1 else None

    def entrance(self, place: LinkRef, held: Link) -> Link:
        """The link by which what comes over the Ethernet of one gets into the namespace of another."""
        near = [link for link in self.around(place) if link.netns == held.netns and not link.bridge]
        return held if held in near or not near else near[0]
