# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Selects from a captured state what a plan may make the kernel drop of others."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from .._model.addresses import Address
from .._model.fast_replace import replace
from .._model.links import Link
from .._model.routes import is_foreign_route
from .._netlink import uapi
from .._netlink.attributes import read_attributes
from .._netlink.headers import BODY, NDMSG, NHMSG, ROUTE_ATTRIBUTES
from .._netlink.raw_objects import LinkIndexes
from .._netlink.routes import read_route
from .raw_state import RAW_KINDS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from .._model.changes import Change
    from .._model.current_state import CurrentState
    from .._model.links import LinkRef
    from .._model.raw_state import RawObject, RawState

_GROUP_MEMBER = 8
"""linux/nexthop.h: the size of a nexthop_grp, which begins with an identifier."""
_INDEX = struct.Struct("=I")
_MAX_SOUGHT = 8
"""So many links are sought in the bytes of a message before it is decoded."""
_MAYBE_OURS = ("port", "VLANs", "address", "multicast group")
"""Kinds of objects that this collection or the kernel adds, too, without a mark."""


def select_endangered(
    states: Iterable[RawState], changes: Sequence[Change], current: CurrentState
) -> list[RawState]:
    """The states, each with the objects of links of others that the changes alter.

    And with those of our own links through which others route. A namespace without any is left
    out.
    """
    states = [state for state in states if state.objects]
    if not states:
        return []
    links = _list_altered(changes, current)
    selected: list[RawState] = []
    for state in states:
        names = {name for netns, name in links if netns == state.netns}
        if not names:
            continue
        if any(links[state.netns, name] for name in names) or _has_foreign(state, names):
            objects = tuple(select_belonging_to(state, names))
            selected.append(replace(state, objects=objects))
    return [state for state in selected if state.objects]


def _has_foreign(state: RawState, names: Collection[str]) -> bool:
    """Whether links of these names have objects of others, or others route through them."""
    foreign = tuple(raw for raw in state.objects if _is_foreign(state, raw))
    return bool(foreign and select_belonging_to(replace(state, objects=foreign), names))


def _list_altered(changes: Sequence[Change], current: CurrentState) -> dict[LinkRef, bool]:
    """Whether they are of others: the links that the changes alter, their peers and bridges."""
    found: set[LinkRef] = set()
    for change in changes:
        before, after = change.before, change.after
        if isinstance(before, Link):
            if isinstance(after, Link):
                found.update((before.ref, (after.netns, after.bridge or "")))
                found.update(((before.netns, before.bridge or ""), before.peer or before.ref))
            continue
        for address in (before, after):
            if isinstance(address, Address):
                found.add((address.netns, address.link))
    known = {ref: current.links[ref] for ref in found & current.links.keys()}
    return {ref: link.owner is None or link.saved is not None for ref, link in known.items()}


def select_on(state: RawState, names: Collection[str]) -> list[RawObject]:
    """The objects that name links of these names."""
    if not names:
        return []
    others = LinkIndexes({index: index for index, name in state.links.items() if name not in names})
    selected: list[RawObject] = []
    for raw in _sift(state, names):
        try:
            RAW_KINDS[raw.kind].rebuild(raw.message, others, 0)
        except LookupError:
            selected.append(raw)
    return selected


def _sift(state: RawState, names: Collection[str]) -> Iterable[RawObject]:
    """The objects without most of those that cannot name links of these names.

    A bridge of 1,000 ports has 10,000 objects, and few plans are about more than a few of them.
    """
    if len(names) > _MAX_SOUGHT:
        return state.objects
    indexes = [_INDEX.pack(index) for index, name in state.links.items() if name in names]
    return [raw for raw in state.objects if any(index in raw.message for index in indexes)]


def select_belonging_to(state: RawState, names: Collection[str]) -> list[RawObject]:
    """The objects of links of these names, and what uses their nexthop objects."""
    return add_users(state, select_on(state, names))


def add_users(state: RawState, objects: Iterable[RawObject]) -> list[RawObject]:
    """Objects, and the groups and routes that use the nexthop objects among them."""
    selected = dict.fromkeys(objects)
    identifiers = {_read_nexthop(raw)[0] for raw in selected if raw.kind == "nexthop"}
    if not identifiers:
        return list(selected)
    for raw in state.objects:
        if raw.kind == "nexthop":
            identifier, members = _read_nexthop(raw)
            if not identifiers.isdisjoint(members):
                identifiers.add(identifier)
                selected[raw] = None
    for raw in state.objects:
        if raw.kind == "route" and _read_route_nexthop(raw) in identifiers:
            selected[raw] = None
    return list(selected)


def _read_nexthop(raw: RawObject) -> tuple[bytes, set[bytes]]:
    """The identifier of a nexthop object, and those of its members if it is a group."""
    attributes = read_attributes(raw.message, BODY + NHMSG.size)
    group = attributes.get(uapi.NHA_GROUP, b"")
    members = {group[offset : offset + 4] for offset in range(0, len(group), _GROUP_MEMBER)}
    return attributes[uapi.NHA_ID], members


def _read_route_nexthop(raw: RawObject) -> bytes | None:
    return read_attributes(raw.message, ROUTE_ATTRIBUTES).get(uapi.RTA_NH_ID)


def _is_foreign(state: RawState, raw: RawObject) -> bool:
    if raw.kind == "route":
        route = read_route(state.netns, state.links, raw.message)
        return route is not None and is_foreign_route(route)
    if raw.kind == "forwarding entry":
        _family, _index, state_bits, _flags, _type = NDMSG.unpack_from(raw.message, BODY)
        return bool(state_bits & uapi.NUD_NOARP)  # Others are the kernel's own.
    return raw.kind not in _MAYBE_OURS


def check_objects(state: RawState) -> None:
    """Check that a state can be restored.

    :raises ValueError: a message is none of its kind.
    """
    indexes = LinkIndexes({index: index for index in state.links})
    for raw in state.objects:
        if raw.kind not in RAW_KINDS:
            raise ValueError(f"unknown kind {raw.kind}")
        try:
            RAW_KINDS[raw.kind].rebuild(raw.message, indexes, 0)
        except LookupError:
            continue  # Its link did not exist.
        except struct.error as error:
            raise ValueError(str(error)) from error
