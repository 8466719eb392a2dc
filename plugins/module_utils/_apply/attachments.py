# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Attaches namespaces to networks of CNI, and detaches them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._host.cni_attachments import attach, detach
from .._model.changes import Change
from .._model.cni import INCOMPLETE, CniAttachment
from . import dispatch

if TYPE_CHECKING:
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
