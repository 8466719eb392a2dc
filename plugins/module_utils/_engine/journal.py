# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The journal of a run: written before its first change, removed at its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._host.journal_file import remove_journal, write_journal
from .._model.changes import list_leaving_links
from .._observe.raw_selection import select_endangered
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
