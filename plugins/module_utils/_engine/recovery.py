# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plays back the journal of a run that was killed. Others do not load what does that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._apply.playback import Playback, describe_unfinished
from .._host.journal_file import damaged, read_journal, remove_journal
from .._host.state_directory import path_of_journal
from .._model.errors import Failed
from .._observe.raw_selection import check_objects

if TYPE_CHECKING:
    from .._host.netns_handles import NetnsHandles


def recover(handles: NetnsHandles, check: bool) -> list[str]:
    """Play back what a killed run has left; in check mode, say so.

    :returns: what was done, or would be, in words.
    :raises Failed: the journal cannot be used, or not yet.
    """
    state = read_journal(handles.host_identity)
    if state is None:
        if not check:
            remove_journal(handles.host_identity)
        return []
    try:
        for raw in state.raw:
            check_objects(raw)
    except ValueError as error:
        raise damaged(handles.host_identity) from error
    if check:
        return [describe_unfinished(state, path_of_journal(handles.host_identity))]
    playback = Playback(handles, state)
    playback.run()
    if playback.postponed:
        raise Failed(
            "what a task that was killed had changed cannot be restored yet: "
            f"{'; '.join(playback.postponed)}. Nothing else was done; run the task again"
        )
    remove_journal(handles.host_identity)
    warnings: list[str] = []
    if playback.restored:
        warnings.append(
            "a task that was killed had changed what is not of this collection; it was restored "
            f"first: {'; '.join(playback.restored)}"
        )
    if playback.failed:
        warnings.append(
            "what a task that was killed had changed could not be restored: "
            f"{'; '.join(playback.failed)}"
        )
    return warnings
