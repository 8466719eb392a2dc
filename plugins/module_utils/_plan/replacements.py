# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The links of a topology that have to be replaced: they are where it wants something else."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from .._model.changes import links_in
from .._model.links import Link, LinkRef, Veth, type_name

if TYPE_CHECKING:
    from .._model.current_state import CurrentState
    from .._model.desired_state import DesiredState


def find_replacements(desired: DesiredState, current: CurrentState) -> list[Link]:
    """The links to remove before the wanted ones are created; of a pair one end.

    Without ``purge`` only ends of half a veth pair, of the very pair that is wanted there.
    """
    found: dict[LinkRef, Link] = {}
    search = _Search(desired, current)
    for resource in desired.present:
        links: list[Link] = []
        if isinstance(resource, Veth):
            links = search.in_place_of_pair(resource)
        elif isinstance(resource, Link) and desired.purge:
            links = search.in_place_of_link(resource)
        for link in links:
            if link.peer not in found:
                found[link.ref] = link
    return list(found.values())


class _Search:
    """Compares wanted links with the topology's own links that are in their place."""

    def __init__(self, desired: DesiredState, current: CurrentState) -> None:
        self._lab = desired.lab
        self._purge = desired.purge
        self._links = current.links
        self._present = desired.present

    @cached_property
    def _wanted(self) -> frozenset[LinkRef]:
        return frozenset(link.ref for link in links_in(self._present))

    def _own_link(self, ref: LinkRef) -> Link | None:
        """The topology's own link of that name; not one whose peer is someone else's."""
        link = self._links.get(ref)
        if link is None or link.owner != self._lab or link.name == "lo":
            return None
        peer = self._links.get(link.peer) if link.peer else None
        if peer is None or link.saved is not None or peer.owner == self._lab:
            return link
        return None

    def in_place_of_link(self, wanted: Link) -> list[Link]:
        """The link that has to be removed for a wanted link: one of another type."""
        link = self._own_link(wanted.ref)
        if link is None or (wanted.kind is None and wanted.saved is None):
            return []
        if wanted.saved is not None or link.saved is not None:
            is_same = wanted.saved is not None and link.saved is not None
        else:
            is_same = type_name(link) == type_name(wanted)
        return [] if is_same else [link]

    def in_place_of_pair(self, wanted: Veth) -> list[Link]:
        """The links that have to be removed for a wanted veth pair."""
        end = self._own_link(wanted.end.ref)
        if end is not None and end.kind == "veth" and end.peer == wanted.peer.ref:
            return []
        peer = self._own_link(wanted.peer.ref)
        to_replace: list[Link] = []
        if end is not None and not self._is_end_of(wanted.peer, end):
            to_replace.append(end)
        if peer is not None and not self._is_end_of(wanted.end, peer):
            to_replace.append(peer)
        if not self._purge:
            return [
                link
                for link in to_replace
                if self._is_half_of_pair(link, peer if link is end else end)
            ]
        if not to_replace and end is not None and peer is not None:
            # Both are ends of such a pair, of two different ones. One is moved to where the other
            # is.
            return [peer]
        return to_replace

    def _is_end_of(self, peer: Link, link: Link) -> bool:
        """Whether a link is an end of the wanted pair, whose peer end is merely in another place.

        Nothing else is wanted in that place.
        """
        return (
            link.kind == "veth"
            and link.saved is None
            and link.peer is not None
            and link.peer[1] == peer.name
            and link.peer not in self._wanted
        )

    def _is_half_of_pair(self, link: Link, peer: Link | None) -> bool:
        """Whether a veth end is alone in the place of a pair.

        Its own peer, where that is known, is not in the place of anything that is wanted.
        """
        if link.kind != "veth" or link.saved is not None:
            return False
        return link.peer is None or (peer is None and link.peer not in self._wanted)
