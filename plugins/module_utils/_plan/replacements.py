# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A lab's own links that stand where it wants something else: they go first."""

from __future__ import annotations

from typing import Dict, List, Optional, Set

from .._model.changes import links_in
from .._model.current_state import CurrentState
from .._model.desired_state import DesiredState
from .._model.links import Link, LinkRef, Veth, type_name


def find_replacements(desired: DesiredState, current: CurrentState) -> List[Link]:
    """Of a pair one end. Without ``purge`` only what cannot be anything but a half of the very cable that is wanted there."""
    found: Dict[LinkRef, Link] = {}
    search = _Search(desired, current)
    for resource in desired.present:
        if isinstance(resource, Veth):
            misfits = search.of_pair(resource)
        else:
            misfits = (
                search.of_link(resource) if isinstance(resource, Link) and desired.purge else []
            )
        for link in misfits:
            if link.peer not in found:
                found[link.ref] = link
    return list(found.values())


class _Search:
    """What is there, and bears the mark of the lab that wishes."""

    def __init__(self, desired: DesiredState, current: CurrentState) -> None:
        self._lab, self._sweeps, self._links = desired.lab, desired.purge, current.links
        self._wanted: Set[LinkRef] = {link.ref for link in links_in(desired.present)}

    def _own(self, place: LinkRef) -> Optional[Link]:
        """The lab's own link at that place; not a cable that is half somebody else's."""
        link = self._links.get(place)
        if link is None or link.owner != self._lab or link.name == "lo":
            return None
        far = self._links.get(link.peer) if link.peer else None
        return link if far is None or link.saved is not None or far.owner == self._lab else None

    def of_link(self, wanted: Link) -> List[Link]:
        link = self._own(wanted.ref)
        if link is None or (wanted.kind is None and wanted.saved is None):
            return []
        same = (
            link.saved is not None
            if wanted.saved is not None
            else link.saved is None and type_name(link) == type_name(wanted)
        )
        return [] if same else [link]

    def of_pair(self, wanted: Veth) -> List[Link]:
        end, peer = self._own(wanted.end.ref), self._own(wanted.peer.ref)
        if (
            end is None
            and peer is None
            or (end is not None and end.kind == "veth" and end.peer == wanted.peer.ref)
        ):
            return []
        misfits = [
            link
            for link, other in ((end, wanted.peer), (peer, wanted.end))
            if link is not None and not self._serves(link, other)
        ]
        if not misfits and end is not None and peer is not None and self._sweeps:
            return [peer]  # The other end of one of the two has to come to where the other is.
        return (
            misfits
            if self._sweeps
            else [link for link in misfits if self._is_half(link, peer if link is end else end)]
        )

    def _serves(self, link: Link, other: Link) -> bool:
        """Whether it is an end of this cable, of which the other end only lies elsewhere, and nothing else is wanted there."""
        return (
            link.kind == "veth"
            and link.saved is None
            and link.peer is not None
            and link.peer[1] == other.name
            and link.peer not in self._wanted
        )

    def _is_half(self, link: Link, beside: Optional[Link]) -> bool:
        """Whether it stands at one end of the cable alone, and its own other end, if that is to be seen, nowhere where something is wanted."""
        if link.kind != "veth" or link.saved is not None:
            return False
        return link.peer is None or (beside is None and link.peer not in self._wanted)
