# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Applies changes of namespaces."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._host.netns_mounts import create_netns, remove_netns, restore_netns
from .._model.links import Link
from .._model.netns import Netns, StaleName
from .._netlink.link_requests import mark_link
from .._netlink.socket import Socket
from . import dispatch

if TYPE_CHECKING:
    from .._model.current_state import CurrentState
    from .dispatch import LocalHost


@dispatch.apply_locally.register(Netns)
@dispatch.apply_locally.register(StaleName)
def _apply_locally(
    resource: Netns | StaleName,
    before: Netns | StaleName | None,
    after: Netns | StaleName | None,
    host: LocalHost,
) -> None:
    if before is not None:
        _remove(before, host)
    if isinstance(after, Netns):
        removed = host.handles.find_removed(after.name)
        if removed is not None and removed.descriptor is not None:
            restore_netns(after.name, removed.descriptor)
            host.handles.reuse_removed(after.name)
            return
        owner = after.owner
        descriptor, socket = create_netns(after.name, lambda: open_marked_socket(owner))
        try:
            host.handles.add(after.name, descriptor, socket).indexes["lo"] = 1
        except BaseException:
            host.handles.forget(after.name)
            remove_netns(after.name)
            raise


def _remove(resource: Netns | StaleName, host: LocalHost) -> None:
    """Remove a name. Its namespace is kept until the run cannot be rolled back any more."""
    name = resource.name
    if isinstance(resource, Netns):
        host.handles.note_removal(name)
    host.expect_deletion(name)
    try:
        remove_netns(name)
    except BaseException:
        if host.handles.find_removed(name) is not None:
            host.handles.reuse_removed(name)
        raise
    host.forget_netns(name)


def open_marked_socket(owner: str | None) -> Socket:
    """A socket in the calling thread's namespace, a new one, which is marked as the owner's."""
    socket = Socket()
    try:
        if owner is not None:
            socket.send([mark_link(Link(None, "lo", owner=owner))])[0].check()
    except BaseException:
        socket.close()
        raise
    return socket


@dispatch.list_namespaces.register(Netns)
@dispatch.list_namespaces.register(StaleName)
def _list_namespaces(resource: Netns | StaleName) -> list[str | None]:
    return []


@dispatch.find_state.register(Netns)
@dispatch.find_state.register(StaleName)
def _find_state(resource: Netns | StaleName, current: CurrentState) -> object:
    return (resource.name in current.namespaces, current.unusable_names.get(resource.name))


dispatch.invert.register(Netns, dispatch.swap)
dispatch.invert.register(StaleName, dispatch.swap)
