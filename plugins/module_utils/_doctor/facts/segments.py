# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which links are on one Ethernet segment, and which link there has an address. Pure.

Different segments may use the same addresses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._model.segments import join_links

if TYPE_CHECKING:
    from collections.abc import Collection, Hashable

    from ..._model.links import Link, LinkRef


class Segments:
    """The Ethernet segments of a host.

    Both ends of a veth pair, a bridge and its ports, and macvlans and ipvlans and their parent are
    on one segment.
    """

    def __init__(self, links: Collection[Link]) -> None:
        self._forest = join_links(links)
        self._links: dict[Hashable, list[Link]] = {}
        self._by_address: dict[str, list[Link]] = {}
        for link in links:
            if link.name != "lo":
                self._links.setdefault(self._find(link.ref), []).append(link)
            for text in link.addresses or ():
                self._by_address.setdefault(text.split("/")[0], []).append(link)

    def _find(self, ref: LinkRef) -> Hashable:
        """The representative of a link's segment."""
        return self._forest.find(ref)

    def all_with_namespaces(self) -> list[list[Link]]:
        """The links of each segment that has a link in a namespace, or one of this collection."""
        return [
            links
            for links in self._links.values()
            if any(link.netns or link.owner is not None for link in links)
        ]

    def links_with(self, ref: LinkRef) -> list[Link]:
        """All links on the segment of a link, that link included."""
        return self._links.get(self._find(ref), [])

    def are_joined(self, ref: LinkRef, other: LinkRef) -> bool:
        """Whether two links are on one segment."""
        return self._find(ref) == self._find(other)

    def holders_of(self, address: str) -> list[Link]:
        """All links that have an address, on any segment."""
        return self._by_address.get(address, [])

    def find_holder(self, ref: LinkRef, address: str) -> Link | None:
        """The link that answers for an address on the segment of ``ref``.

        If none there has the address and only one link elsewhere does, it is that one.
        """
        holders = self.holders_of(address)
        on_segment = [link for link in holders if self.are_joined(link.ref, ref)]
        if on_segment:
            return on_segment[0]
        return holders[0] if len(holders) == 1 else None

    def entry_link(self, ref: LinkRef, holder: Link) -> Link:
        """The link by which packets from the segment of ``ref`` reach the holder's namespace."""
        candidates = [
            link for link in self.links_with(ref) if link.netns == holder.netns and not link.bridge
        ]
        return holder if holder in candidates or not candidates else candidates[0]
