# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The journal of a run: written before its first change, removed at its end, or played back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._apply.playback import Playback, describe_unfinished
from .._host.journal_file import damaged, read_journal, remove_journal, write_journal
from .._host.state_directory import path_of_journal
from .._model.changes import list_leaving_links
from .._model.errors import Failed
from .._observe.raw_selection import check_objects, select_endangered
from .._plan.foreign_effects import select_foreign

if TYPE_CHECKING:
    from .._host.netns_handles import NetnsHandles
    from .._model.links import LinkRef
    from .host import Intent


def record(handles: NetnsHandles, intent: Intent) -> bool:
    """Write what the changes are about that others made.

    :returns: whether there is anything.
    :raises Failed: it cannot be written. Nothing has been changed.
    """

    def find_index(ref: LinkRef) -> int:
        return handles.get(ref[0]).indexes[ref[1]]

    changes = intent.changes
    state = select_foreign(changes, intent.current, find_index)
    state.raw = select_endangered(intent.states, changes, intent.current)
    if not state:
        return False
    foreign = {foreign.link.ref for foreign in state.links}
    leaving = {link.ref for change in changes for link in list_leaving_links(change)}
    state.sysctls[:0] = [
        sysctl
        for sysctl in intent.lost
        if (sysctl.netns, sysctl.key_path.split("/")[3]) in foreign & leaving
    ]
    for netns in state.list_namespaces():
        state.namespaces[netns] = handles.get(netns).identity
    write_journal(handles.host_identity, state)
    return True


def forget(handles: NetnsHandles) -> None:
    """Remove the journal: the run has come to its end."""
    remove_journal(handles.host_identity)


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
