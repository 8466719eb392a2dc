# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Applies changes of veth pairs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._model.changes import Change
from .._model.links import Veth
from .._netlink.link_queries import get_link
from .._netlink.link_requests import create_veth
from . import dispatch
from .links import as_created, find_descriptor, mark_requests, remove_link, restore_settings

if TYPE_CHECKING:
    from .._host.netns_handles import NetnsHandles
    from .._model.current_state import CurrentState
    from .batches import Batch
    from .dispatch import PendingMessages


@dispatch.compose_messages.register(Veth)
def _compose_messages(
    pair: Veth, before: Veth | None, after: Veth | None, handles: NetnsHandles
) -> list[Batch]:
    if after is None:
        handles.get(pair.peer.netns).indexes.pop(pair.peer.name, None)
        return remove_link(pair.end, handles)
    end, peer = after.host_end_first
    target = find_descriptor(peer.netns, handles) if peer.netns != end.netns else None
    # Who is root where the peer is can rename it, and fail what follows. So the end on the host is
    # marked before: it is known as ours whatever happens then.
    return [
        (end.netns, [create_veth(end, peer, target), get_link(end.name)]),
        (end.netns, mark_requests(end)),
        (peer.netns, [get_link(peer.name), *mark_requests(peer)]),
    ]


@dispatch.must_wait.register(Veth)
def _must_wait(
    pair: Veth, before: Veth | None, after: Veth | None, pending: PendingMessages
) -> bool:
    # Each may be about an end or a name in the batch of another namespace.
    return pending.has_updates if after is None else pending.has_removals


@dispatch.list_namespaces.register(Veth)
def _list_namespaces(pair: Veth) -> list[str | None]:
    return [pair.end.netns, pair.peer.netns]


@dispatch.find_state.register(Veth)
def _find_state(pair: Veth, current: CurrentState) -> object:
    return (current.links.get(pair.end.ref), current.links.get(pair.peer.ref))


@dispatch.invert.register(Veth)
def _invert(pair: Veth, change: Change, current: CurrentState) -> list[Change]:
    if change.after is not None:
        return [Change(change.after, change.before)]
    created = Veth(as_created(pair.end), as_created(pair.peer))
    return [
        Change(None, created),
        *restore_settings(pair.end),
        *restore_settings(pair.peer),
    ]
