# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which addresses are announced after a run, so that neighbours do not use outdated entries.

A neighbour keeps the MAC address of an address for minutes, and a bridge the port of a MAC address.
No neighbour has an entry of an address on a segment that is new: a new lab announces nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Optional

from .._model.addresses import Address
from .._model.announcements import Announcement

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from .._model.changes import Change
    from .._model.links import Link, LinkRef

_Location = tuple[Optional[str], object]
"""Where packets to an address go: to a MAC address, and by which cable."""

_MAX_ADDED = 64
"""So many addresses that were nowhere before are announced. Each announcement reaches every port of
a bridge, and those of a thousand links would keep a host busy for seconds."""


def list_announcements(
    before: Mapping[LinkRef, Link], after: Mapping[LinkRef, Link], changes: Iterable[Change]
) -> list[Announcement]:
    """The addresses to announce.

    These have moved to another MAC address or cable, or are behind a bridge port that is no longer
    isolated: until then the host may have answered for them. Others were added on a segment that
    had been there: they may come from another machine, from a place that was not observed, or from
    a link that an earlier run removed.

    :param before: the links as they were observed before the changes.
    :param after: the links as they are.
    """
    if before is after:
        return []  # Only rules changed, so links were not read again.
    locations, remaining = _locate(before), _locate(after)
    moved = []
    for link in after.values():
        if not _has_neighbours(link):
            continue
        location = _location_of(link, after)
        was_isolated = _is_behind_isolated(link, before) and not _is_behind_isolated(link, after)
        has_other_mac = _has_other_mac(before.get(link.ref), link)
        for text in link.addresses or ():
            address = text.partition("/")[0]
            if has_other_mac and ":" in address:
                continue
            old = locations.get(address)
            has_moved = old is not None and location not in old and old - remaining[address]
            if has_moved or was_isolated:
                moved.append(_announce(link, address))
        if has_other_mac:
            moved.append(_announce(link, ""))
    added = [
        _announce(after[ref], address)
        for ref, address in _list_added(changes)
        if ref in after and _has_neighbours(after[ref]) and _is_on_old_segment(ref, before, after)
        if address not in locations
    ]
    return [*moved, *added] if len(added) <= _MAX_ADDED else moved


def _list_added(changes: Iterable[Change]) -> list[tuple[LinkRef, str]]:
    """The addresses that changes add, each with its link."""
    return [
        ((change.after.netns, change.after.link), change.after.address.partition("/")[0])
        for change in changes
        if isinstance(change.after, Address) and change.before is None
    ]


def _is_on_old_segment(
    ref: LinkRef, before: Mapping[LinkRef, Link], after: Mapping[LinkRef, Link]
) -> bool:
    """Whether a link, or the bridge or the parent by which it is connected, had been there."""
    link = after[ref]
    peer = after.get(link.peer) if link.peer is not None else None
    bridge = (peer.netns, peer.bridge) if peer is not None and peer.bridge else None
    return ref in before or bridge in before or link.parent in before


def _announce(link: Link, address: str) -> Announcement:
    return Announcement(link.netns, link.name, link.mac or "", address)


def _has_neighbours(link: Link) -> bool:
    """Whether others ask for the MAC address of a link."""
    return bool(link.up and link.mac and link.arp is not False and link.name != "lo")


def _has_other_mac(before: Link | None, link: Link) -> bool:
    return before is not None and bool(before.up and before.mac) and before.mac != link.mac


def _locate(links: Mapping[LinkRef, Link]) -> dict[str, set[_Location]]:
    """Where packets to each address go."""
    found: dict[str, set[_Location]] = {}
    for link in links.values():
        if link.addresses and _has_neighbours(link):
            location = _location_of(link, links)
            for text in link.addresses:
                found.setdefault(text.partition("/")[0], set()).add(location)
    return found


def _is_behind_isolated(link: Link, links: Mapping[LinkRef, Link]) -> bool:
    """Whether the bridge port to a link is isolated."""
    peer = links.get(link.peer) if link.peer is not None else None
    return peer is not None and bool(peer.bridge and peer.isolated)


def _location_of(link: Link, links: Mapping[LinkRef, Link]) -> _Location:
    """A MAC address, and the port or the parent behind which it is.

    A link that gets another name or namespace, or whose peer does, stays where it is.
    """
    peer = links.get(link.peer) if link.peer is not None else None
    if peer is not None and peer.bridge:
        return link.mac, (peer.ref, peer.bridge)
    return link.mac, link.parent


def list_moved_back(
    announced: Sequence[Announcement], links: Mapping[LinkRef, Link]
) -> list[Announcement]:
    """What has to be announced once more after a rollback: the addresses where they are again."""
    addresses = {announcement.address for announcement in announced} - {""}
    macs = {(entry.netns, entry.link) for entry in announced if not entry.address}
    return [
        *(
            _announce(link, text.partition("/")[0])
            for link in links.values()
            if _has_neighbours(link)
            for text in link.addresses or ()
            if text.partition("/")[0] in addresses
        ),
        *(
            _announce(links[ref], "")
            for ref in macs
            if ref in links and _has_neighbours(links[ref])
        ),
    ]
