# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which links need the option allow_overlap: what they share with others would be refused. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._model.link_types import OWN_MAC
from .._model.links import type_of
from .._model.overlaps import find_overlaps
from .._model.segments import VlanSegments

if TYPE_CHECKING:
    from .._model.current_state import CurrentState
    from .._model.links import Link, LinkRef


def find_overlapping(current: CurrentState) -> set[LinkRef]:
    """The links with networks that overlap, or with an address that another one also has."""
    in_namespaces = {
        link.ref for pair in find_overlaps(current.links.values()) for _network, link in pair
    }
    return in_namespaces | _find_on_segments(current)


def _find_on_segments(current: CurrentState) -> set[LinkRef]:
    """Those with an address, or a MAC address, that another link has on the same segment."""
    by_value: dict[str, list[Link]] = {}
    for link in current.links.values():
        for text in link.addresses or ():
            by_value.setdefault(text.partition("/")[0], []).append(link)
        if link.mac and link.kind != "bridge" and _has_own_mac(link):
            by_value.setdefault(link.mac, []).append(link)
    repeated = [links for links in by_value.values() if len(links) > 1]
    if not repeated:
        return set()
    segments = VlanSegments(current.links, current.vlans)
    found: set[LinkRef] = set()
    for links in repeated:
        on_segment: dict[object, list[Link]] = {}
        for link in links:
            on_segment.setdefault(segments.segment_of(link), []).append(link)
        for holders in on_segment.values():
            if len(holders) > 1:
                found |= {link.ref for link in holders}
    return found


def _has_own_mac(link: Link) -> bool:
    link_type = type_of(link)
    is_passthru = getattr(link.options, "mode", None) == "passthru"
    return link_type is None or (link_type.mac == OWN_MAC and not is_passthru)
