# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Undoes changes, the newest first."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Callable, Protocol

from .._model.changes import Change, links_in
from .._model.errors import describe_exception
from .._model.forwarding import FORWARDING_ON_BY_US
from .._model.links import Link, Veth
from .._model.netns import Netns, Sysctl
from .._model.resources import RulesetPart
from .._model.routes import Route
from .kinds import find_state, invert, list_namespaces
from .naming import ChangeFailed

if TYPE_CHECKING:
    from collections.abc import Sequence

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
    A kernel parameter that was not observed counts as different.
    """
    sysctl = change.resource
    if isinstance(sysctl, Sysctl) and (sysctl.netns, sysctl.key_path) not in current.sysctls:
        return True
    return find_state(change.resource, current) != find_state(change.resource, now)


def roll_back(
    host: ChangeApplier,
    journal: Sequence[Change],
    current: CurrentState,
    observe: Callable[[], CurrentState],
) -> list[tuple[Change, str]]:
    """Undo the changes of a journal.

    What fails is tried once more when all else is undone.

    :param current: the state before any change.
    :param observe: returns the state now.
    :return: the changes that failed, each with its error.
    """
    namespaces = [change for change in journal if isinstance(change.before, Netns)]
    failed, remaining = _invert_all(namespaces, current)
    again = [change for change, _reason in _apply_each(host, remaining)]
    others = [change for change in journal if not isinstance(change.before, Netns)]
    if namespaces:
        # A namespace that was kept has its contents still.
        with contextlib.suppress(Exception):  # Then all contents are restored one by one.
            now = observe()
            restored = {
                change.before.name for change in namespaces if isinstance(change.before, Netns)
            }
            others = [change for change in others if not _has_remained(change, restored, now)]
    failures, remaining = _invert_all(others, current)
    failed += failures
    # With an address the kernel removes routes. They are added after all addresses.
    remaining.sort(key=lambda change: isinstance(change.after, Route))
    again += [change for change, _reason in _apply_each(host, remaining)]
    if any(isinstance(change.after, (Link, Veth)) for change in again):
        # The parameters of a link that was not there yet went nowhere.
        again += [change for change in remaining if isinstance(change.after, Sysctl)]
    failed += _apply_each(host, again)
    with contextlib.suppress(Exception):  # Then the next run creates links again.
        host.apply([], [])  # It completes links after changes that failed.
    return failed


def _invert_all(
    journal: Sequence[Change], current: CurrentState
) -> tuple[list[tuple[Change, str]], list[Change]]:
    """(what cannot be inverted, the inverses of the others), the newest change first."""
    failed: list[tuple[Change, str]] = []
    inverted: list[Change] = []
    for change in reversed(journal):
        try:
            inverted += inverses(change, current)
        except Exception as error:
            failed.append((change, describe_exception(error)))
    return failed, inverted


def _has_remained(change: Change, restored: set[str], now: CurrentState) -> bool:
    """Whether what was to go with a namespace exists nevertheless, because that was kept.

    What is elsewhere may be one that this run created under the same name.
    """
    if not change.implied or change.after is not None:
        return False
    resource = change.resource
    if restored.isdisjoint(filter(None, list_namespaces(resource))):
        return False
    if isinstance(resource, (Link, Veth)):
        return all(link.ref in now.links for link in links_in([resource]))
    if isinstance(resource, Sysctl):
        return now.sysctls.get((resource.netns, resource.key_path)) == resource.value
    if isinstance(resource, RulesetPart):
        ruleset = now.rulesets.get(resource.netns)
        return ruleset is not None and resource in ruleset.resources
    return bool(find_state(resource, now))


def _apply_each(host: ChangeApplier, changes: Sequence[Change]) -> list[tuple[Change, str]]:
    """Apply changes. One that fails does not keep the others from being applied.

    :return: the changes that failed, each with its error.
    """
    failed: list[tuple[Change, str]] = []
    remaining = list(changes)
    unguarded: set[str | None] = set()
    """Where rules could not be restored. Without them, forwarding stays off there."""
    while remaining:
        open_doors = [change for change in remaining if _opens(change, unguarded)]
        failed += [(change, "the rules that guard it are missing") for change in open_doors]
        remaining = [change for change in remaining if change not in open_doors]
        undone: list[Change] = []
        try:
            host.apply(remaining, undone)
            return failed
        except Exception as error:  # whatever it is, all other changes must be undone
            done = set(map(id, undone))
            change = _find_failed(error, remaining, done)
            remaining = [
                other for other in remaining if other is not change and id(other) not in done
            ]
            if change is not None:
                failed.append((change, describe_exception(error)))
                if id(change) in done:
                    _remove_half(host, change)
                if isinstance(change.resource, RulesetPart):
                    unguarded.add(change.resource.netns)
    return failed


def _find_failed(error: Exception, changes: Sequence[Change], done: set[int]) -> Change | None:
    """The change that failed. One that is in doubt is among those that are done."""
    if isinstance(error, ChangeFailed) and any(change is error.change for change in changes):
        return error.change
    # Changes are applied in order: the first that is not done is the one that failed.
    return next((change for change in changes if id(change) not in done), None)


def _remove_half(host: ChangeApplier, change: Change) -> None:
    """Remove a link that was created and not completed. Without a mark nobody would find it."""
    if change.before is None and isinstance(change.after, (Link, Veth)):
        with contextlib.suppress(Exception):  # There is none.
            host.apply([Change(change.after, None)], [])


def _opens(change: Change, places: set[str | None]) -> bool:
    """Whether a change enables forwarding for rules of ours, in one of these namespaces."""
    sysctl = change.after
    return (
        isinstance(sysctl, Sysctl)
        and sysctl.netns in places
        and sysctl.value == FORWARDING_ON_BY_US
    )
