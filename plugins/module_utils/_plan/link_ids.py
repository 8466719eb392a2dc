# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What only one link can have at a time: the id of a VLAN or vxlan, a port, a parent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .._model.fast_replace import replace
from .._model.link_types import EXCLUSIVE_TYPES, NETNS_LINK_KINDS
from .._model.links import Link, type_of
from .._model.netns import Netns
from .default_options import with_default_options
from .link_effects import remove_link
from .phases import Phase

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .._model.current_state import CurrentState
    from .._model.resources import Resource
    from .projection import Projection

LinkId = tuple[Any, ...]


def link_id(link: Link) -> LinkId | None:
    """What only one link can have: its parent, or the namespace of its packets, with an id."""
    link_type = type_of(link)
    if link_type is None or not link_type.unique:
        return None
    where: Any = link.parent
    if link_type.underlay:
        where = link.parent[0] if link.parent else None
    return (where, *(getattr(link.options, option) for option in link_type.unique))


def index_by_id(projection: Projection) -> dict[LinkId, Link]:
    """The links that have an id of which there can be only one, as VLANs on a link."""
    ids = ((link_id(link), link) for link in projection.links.values())
    return {key: link for key, link in ids if key is not None}


def clear_ids(projection: Projection, unwanted: Sequence[Resource]) -> None:
    """Plan to remove early the links whose id, port or parent a wanted link needs.

    With their namespace they would be removed late.
    """
    found = list(_find_ids_in_use(projection.current, projection.request.links))
    keys = {resource.key for resource in unwanted} if found else set()
    for link in found:
        is_removed = link.key in keys or Netns(link.netns or "").key in keys
        if is_removed and link.ref in projection.links:
            remove_link(projection, link, Phase.CLEAR)


def _find_ids_in_use(current: CurrentState, wanted: Sequence[Link]) -> Iterator[Link]:
    """The links that have the id, the port or the parent which a link that is created needs."""
    new = [
        link for link in wanted if link.kind in NETNS_LINK_KINDS and link.ref not in current.links
    ]
    ids = {link_id(_as_created(link)) for link in new} - {None}
    parents = {link.parent for link in new if link.kind in EXCLUSIVE_TYPES}
    parents |= {link.ref for link in wanted if link.bridge}
    needs_port = any(link.kind == "wireguard" for link in wanted)
    if not ids and not parents and not needs_port:
        return
    for link in current.links.values():
        if (
            link_id(link) in ids
            or (link.kind in EXCLUSIVE_TYPES and link.parent in parents)
            or (needs_port and link.kind == "wireguard")
        ):
            yield link


def _as_created(link: Link) -> Link:
    return replace(link, parent=link.parent or (None, ""), options=with_default_options(link, None))
