# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The owners of what stands on a host that has no record of owners.

It was removed, or an earlier release built what stands. Then the marks are believed which root of a
namespace cannot have made: those of virtual links on the host, and those in namespaces whose names
this collection created. No mark is believed that says how a link was on the host.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._host.netns_names import find_own_names
from .._model.link_alias import names_host_link, read_alias_owner
from .._model.owner_records import LinkRecord, NetnsRecord, OwnerRecords

if TYPE_CHECKING:
    from .._host.netns_handles import Handles, NetnsHandle
    from .._model.links import Link, LinkRef


def infer_records(handles: Handles, links: dict[LinkRef, Link]) -> OwnerRecords:
    """The record that the marks on a host justify.

    :param links: as the kernel describes them, without owners.
    """
    records = OwnerRecords()
    if None in handles:
        records.links[None] = _infer_links(handles[None], links)
    named = {name for name, handle in handles.items() if name is not None and handle.has_name}
    for name in find_own_names(is_created=True) & named:
        owner = _infer_owner(name, links)
        if owner is not None:
            records.namespaces[name] = NetnsRecord(owner, handles[name].evidence)
            records.links[name] = _infer_links(handles[name], links)
    return records


def _infer_links(handle: NetnsHandle, links: dict[LinkRef, Link]) -> tuple[LinkRecord, ...]:
    found = []
    for name, ifindex in handle.indexes.items():
        link = links[handle.netns, name]
        owner = read_alias_owner(link.alias)
        # Hardware was on the host, and comes back with the alias that it has got in a namespace.
        if owner is not None and link.kind and not names_host_link(link.alias):
            found.append(LinkRecord(owner, name, link.kind, ifindex))
    return tuple(found)


def _infer_owner(name: str, links: dict[LinkRef, Link]) -> str | None:
    """The owner that the loopback of a namespace names, unless links on the host contradict it."""
    loopback = links.get((name, "lo"))
    owner = None if loopback is None else read_alias_owner(loopback.alias)
    marked = (
        read_alias_owner(link.alias)
        for link in links.values()
        if link.netns is None and link.peer is not None and link.peer[0] == name
    )
    leading_here = {other for other in marked if other is not None}
    return owner if not leading_here or owner in leading_here else None
