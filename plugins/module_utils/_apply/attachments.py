# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Attaches namespaces to networks of CNI, and detaches them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from .._host.cni_attachments import attach, detach
from .._model.changes import Change
from .._model.cni import INCOMPLETE, CniAttachment
from .._model.errors import Failed
from .._model.fast_replace import replace
from .._netlink.link_queries import dump_links
from .._netlink.link_replies import read_link
from .._netlink.link_requests import alter_link
from . import dispatch

if TYPE_CHECKING:
    from collections.abc import Collection

    from .._host.netns_handles import NetnsHandles
    from .._model.current_state import CurrentState
    from .dispatch import LocalHost


@dispatch.apply_locally.register(CniAttachment)
def _apply_locally(
    attachment: CniAttachment,
    before: CniAttachment | None,
    after: CniAttachment | None,
    host: LocalHost,
) -> None:
    if before is not None:
        detach(before, host.handles)
    if after is not None:
        attach(after, host.handles)
        _isolate_ports(after.closed_bridges, host.handles)


@dispatch.invert.register(CniAttachment)
def _invert(attachment: CniAttachment, change: Change, current: CurrentState) -> list[Change]:
    """What was not attached any more is not attached again."""
    before = change.before
    if isinstance(before, CniAttachment) and not (before.in_place and before.state != INCOMPLETE):
        return []
    return [Change(change.after, change.before)]


@dispatch.find_state.register(CniAttachment)
def _find_state(attachment: CniAttachment, current: CurrentState) -> object:
    return current.attachments.get(attachment.key)


dispatch.list_namespaces.register(CniAttachment, dispatch.list_own_namespace)


def _isolate_ports(bridges: Collection[str], handles: NetnsHandles) -> None:
    """Isolate the ports of bridges of the host.

    :raises Failed: the kernel refused.
    """
    if not bridges:
        return
    socket = handles.get(None).socket
    replies = [read_link(None, data) for data in socket.dump(dump_links())]
    masters = {reply.ifindex: reply.link.name for reply in replies if reply.link.name in bridges}
    ports = [
        replace(reply.link, bridge=masters[reply.master])
        for reply in replies
        if reply.master in masters
    ]
    requests = [
        request
        for port in ports
        for request in alter_link(port, replace(port, isolated=True), master=None)
    ]
    for reply in socket.send(requests):
        if reply.errno:
            names = ", ".join(sorted(bridges))
            raise Failed(f"isolate the ports of {names}: {os.strerror(reply.errno)}")
