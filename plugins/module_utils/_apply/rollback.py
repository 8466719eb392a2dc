# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Undoes changes, the newest first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from .._model.errors import describe_exception
from .._model.routes import Route
from .kinds import find_state, invert

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .._model.changes import Change
    from .._model.current_state import CurrentState


class ChangeApplier(Protocol):
    """A host to which changes are applied."""

    def apply(self, changes: Sequence[Change], journal: list[Change]) -> None: ...


def inverses(change: Change, current: CurrentState) -> list[Change]:
    """The changes that undo a change, in order. ``current`` is the state before all changes."""
    return invert(change.resource, change, current)


def differs(change: Change, current: CurrentState, now: CurrentState) -> bool:
    """Whether the resource of a change is not as it was.

    A change in doubt is undone even if it was not made. Then undoing it fails, and nothing differs.
    """
    return find_state(change.resource, current) != find_state(change.resource, now)


def roll_back(
    host: ChangeApplier, journal: Sequence[Change], current: CurrentState
) -> list[tuple[Change, str]]:
    """Undo the changes of a journal.

    :param current: the state before any change.
    :return: the changes that failed, each with its error.
    """
    failed: list[tuple[Change, str]] = []
    remaining: list[Change] = []
    for change in reversed(journal):
        try:
            remaining += inverses(change, current)
        except Exception as error:
            failed.append((change, describe_exception(error)))
    # With an address the kernel removes routes. They are added after all addresses.
    remaining.sort(key=lambda change: isinstance(change.after, Route))
    while remaining:
        undone: list[Change] = []
        try:
            host.apply(remaining, undone)
            return failed
        except Exception as error:  # whatever it is, all other changes must be undone
            # Changes are applied in order: the first that is not undone is the one that failed.
            done = set(map(id, undone))
            remaining = [change for change in remaining if id(change) not in done]
            if remaining:
                failed.append((remaining[0], describe_exception(error)))
                remaining = remaining[1:]
    return failed
