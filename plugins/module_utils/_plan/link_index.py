# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An index of links by namespace and by parent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping

from .._model.links import Link, LinkRef


class Links(MutableMapping[LinkRef, Link]):
    """Links by (netns, name).

    A plan for a thousand namespaces must not search all links for each of them.
    """

    def __init__(self, links: Mapping[LinkRef, Link]) -> None:
        self._by_netns: dict[str | None, dict[str, Link]] = {}
        self._children: dict[LinkRef, dict[LinkRef, None]] = {}
        self.update(links)

    def __getitem__(self, ref: LinkRef) -> Link:
        return self._by_netns[ref[0]][ref[1]]

    def __setitem__(self, ref: LinkRef, link: Link) -> None:
        self._by_netns.setdefault(ref[0], {})[ref[1]] = link
        if link.parent is not None:
            self._children.setdefault(link.parent, {})[ref] = None

    def __delitem__(self, ref: LinkRef) -> None:
        del self._by_netns[ref[0]][ref[1]]

    def __iter__(self) -> Iterator[LinkRef]:
        return ((netns, name) for netns, links in self._by_netns.items() for name in links)

    def __len__(self) -> int:
        return sum(map(len, self._by_netns.values()))

    def in_netns(self, netns: str | None) -> list[Link]:
        """The links of a namespace, or of the host."""
        return list(self._by_netns.get(netns, {}).values())

    def children(self, parent: LinkRef) -> Iterator[Link]:
        """The links that sit on a link."""
        # A child that was moved or removed stays in the index, so each is looked up again.
        for ref in tuple(self._children.get(parent, ())):
            link = self.get(ref)
            if link is not None and link.parent == parent:
                yield link
