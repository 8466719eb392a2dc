# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Keeps what the kernel drops during a run, and gives it back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._apply.dropped import select_to_give_back
from .._model.fast_replace import replace
from .._plan.endangered import find_endangered

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .._model.changes import Change
    from .._model.current_state import CurrentState
    from .._model.raw_state import RawObject, RawState
    from .host import Host


class Preservation:
    """What namespaces had before a run.

    What others change while the run waits, for replies to its probes, stays as they want it: only
    what disappears while changes are applied or undone is given back.
    """

    def __init__(self, host: Host) -> None:
        self._host = host
        self.states: list[RawState] = []
        self._applied: list[frozenset[RawObject]] | None = None

    def capture(self, changes: Sequence[Change], current: CurrentState) -> None:
        """Note what is in the namespaces that the changes endanger.

        :raises Failed: they cannot be read. Nothing has been changed.
        """
        netns = sorted(find_endangered(changes, current), key=lambda name: (name or "", name or 0))
        self.states = [self._host.capture(name) for name in netns]
        current.captured.update(netns)

    def give_back(self, changes: Sequence[Change]) -> list[str]:
        """Give back what the applied changes made the kernel drop, and were not to remove.

        :returns: what the kernel did not accept, in words.
        """
        failed: list[str] = []
        for before in self.states:
            state = select_to_give_back(before, changes)
            missing = self._host.find_missing(state, exact=False) if state.objects else frozenset()
            if missing:
                dropped = tuple(raw for raw in state.objects if raw in missing)
                failed += self._host.restore(replace(state, objects=dropped))
        return failed

    def note_dropped(self) -> None:
        """Note what the applied changes made disappear, before others may change something."""
        self._applied = [self._host.find_missing(state) for state in self.states]

    def exclude_changed_by_others(self) -> None:
        """Forget what disappeared since ``note_dropped``. A rollback begins after this."""
        if self._applied is None:
            return
        for number, (state, dropped) in enumerate(zip(self.states, self._applied)):
            missing = self._host.find_missing(state)
            by_others = missing - dropped
            objects = tuple(raw for raw in state.objects if raw not in by_others)
            self.states[number] = replace(state, objects=objects)

    def restore_addresses(self) -> None:
        """Give addresses back before a rollback removes others.

        The kernel drops the routes through a link with its last address.
        """
        for state in self.states:
            self._host.restore(state, addresses_only=True)

    def restore(self) -> list[str]:
        """Give everything back after a rollback; in words what the kernel did not accept."""
        return [words for state in self.states for words in self._host.restore(state)]
