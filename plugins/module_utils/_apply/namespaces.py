# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Applies changes of namespaces."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from .._host.netns_mounts import create_netns, name_netns, remove_netns
from .._host.process_netns import open_process_netns
from .._model.errors import Failed
from .._model.links import Link
from .._model.netns import Netns, StaleName
from .._netlink.link_requests import mark_link
from .._netlink.socket import Socket
from . import dispatch

if TYPE_CHECKING:
    from .._host.netns_handles import NetnsHandle, NetnsHandles
    from .._model.current_state import CurrentState
    from .._model.netns import Attachment
    from .dispatch import LocalHost


@dispatch.apply_locally.register(Netns)
@dispatch.apply_locally.register(StaleName)
def _apply_locally(
    resource: Netns | StaleName,
    before: Netns | StaleName | None,
    after: Netns | StaleName | None,
    host: LocalHost,
) -> None:
    is_attached = isinstance(after, Netns) and after.attached is not None
    expected = host.handles.take(resource.name) if is_attached else None
    if before is not None:
        try:
            _remove(before, host)
        except BaseException:
            if expected is not None:
                expected.close()
            raise
    if isinstance(after, Netns):
        removed = host.handles.find_removed(after.name)
        if expected is None and removed is not None and removed.descriptor is not None:
            name_netns(after.name, removed.descriptor, not is_attached)
            host.handles.reuse_removed(after.name)
            return
        if after.attached is not None:
            _attach(after.name, after.attached, expected, host.handles)
            return
        owner = after.owner
        descriptor, socket = create_netns(after.name, lambda: open_marked_socket(owner))
        try:
            host.handles.add(after.name, descriptor, socket).indexes["lo"] = 1
        except BaseException:
            host.handles.forget(after.name)
            remove_netns(after.name)
            raise


def _attach(
    name: str, attached: Attachment, expected: NetnsHandle | None, handles: NetnsHandles
) -> None:
    """Give the namespace that was observed its name.

    Without one it is that of the process, which a rollback attaches again.
    """
    handle = _open_again(name, attached, handles) if expected is None else expected
    handles.put(name, handle)
    try:
        name_netns(name, handle.descriptor or 0, is_created=False)
    except BaseException:
        handles.forget(name)
        raise


def _open_again(name: str, attached: Attachment, handles: NetnsHandles) -> NetnsHandle:
    found = open_process_netns(attached.pid)
    if found is not None and found.start_time == attached.start_time:
        return handles.add(name, found.descriptor)
    if found is not None:
        os.close(found.descriptor)
    raise Failed(f"process {attached.pid} has ended, and its namespace with it")


def _remove(resource: Netns | StaleName, host: LocalHost) -> None:
    """Remove a name. Its namespace is kept until the run cannot be rolled back any more."""
    name = resource.name
    descriptor = None
    if isinstance(resource, Netns):
        host.handles.note_removal(name)
        removed = host.handles.find_removed(name)
        descriptor = None if removed is None else removed.descriptor
    host.expect_deletion(name)
    try:
        remove_netns(name, descriptor)
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
    found = current.namespaces.get(resource.name)
    attached = None if found is None else found.attached
    return (found is not None, attached, current.unusable_names.get(resource.name))


dispatch.invert.register(Netns, dispatch.swap)
dispatch.invert.register(StaleName, dispatch.swap)
