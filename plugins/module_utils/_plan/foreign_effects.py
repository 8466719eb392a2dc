# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a plan changes of others, and how it is before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Callable

from .._model.addresses import Address
from .._model.fast_replace import replace
from .._model.foreign_state import ForeignLink, ForeignState
from .._model.forwarding import FORWARDING_OFF, FORWARDING_ON, FORWARDING_ON_BY_US
from .._model.links import Link
from .._model.nat import SAVED_SYSCTLS
from .._model.netns import Sysctl

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .._model.changes import Change
    from .._model.current_state import CurrentState
    from .._model.links import LinkRef

_GIVEN_BACK, _CLOSED = ("forwarding", FORWARDING_ON), ("forwarding", FORWARDING_OFF)


def select_foreign(
    changes: Sequence[Change], current: CurrentState, find_index: Callable[[LinkRef], int]
) -> ForeignState:
    """What the changes are about that this collection did not make, or that it has to give back.

    What is removed because a task names it is not part of it.

    :param current: the state before all of them.
    :param find_index: returns the index of a link in that state.
    """
    return _Selection(current, find_index).select(changes)


class _Selection:
    """Follows links through a plan, which may move them several times."""

    def __init__(self, current: CurrentState, find_index: Callable[[LinkRef], int]) -> None:
        self._current = current
        self._foreign = {ref for ref, link in current.links.items() if _is_foreign(link)}
        self._find_index = find_index
        self._origins: dict[LinkRef, LinkRef] = {}
        """Where a link was in the beginning, by where it is."""
        self._places: dict[LinkRef, list[LinkRef]] = {}
        """Where a link of others comes to, by where it was."""
        self._sysctls: dict[tuple[str | None, str], tuple[Sysctl, str | None]] = {}
        """Each kernel parameter before all changes, and the last value that it is to get."""

    def select(self, changes: Sequence[Change]) -> ForeignState:
        state = ForeignState()
        for change in changes:
            before, after = change.before, change.after
            if isinstance(before, Link) and isinstance(after, Link):
                self._follow(before.ref, after.ref)
            elif isinstance(after, Address) and before is None:
                origin = self._find_origin((after.netns, after.link))
                if origin is not None:
                    self._places.setdefault(origin, [])
                    state.addresses.append(after)
            elif isinstance(before, Address):
                origin = self._find_origin((before.netns, before.link))
                if origin is not None:
                    self._places.setdefault(origin, [])
            elif isinstance(before, Sysctl):
                self._note_sysctl(before, after)
        for before, value in self._sysctls.values():
            state.sysctls += self._find_due(before, value)
        for ref, places in self._places.items():
            link = self._current.links[ref]
            state.links.append(ForeignLink(link, self._find_index(ref), tuple(places)))
        return state

    def _find_origin(self, ref: LinkRef) -> LinkRef | None:
        """Where a link was; None if it is not one of others."""
        origin = self._origins.get(ref, ref)
        return origin if origin in self._foreign else None

    def _follow(self, ref: LinkRef, to: LinkRef) -> None:
        origin = self._find_origin(ref)
        if origin is None:
            return
        places = self._places.setdefault(origin, [])
        if to != ref:
            self._origins.pop(ref, None)
            self._origins[to] = origin
            places.append(to)

    def _note_sysctl(self, before: Sysctl, after: object) -> None:
        """Follow a kernel parameter: the kernel may set it along before it is set back."""
        place = (before.netns, before.key_path)
        first, value = self._sysctls.get(place, (before, None))
        self._sysctls[place] = (first, after.value if isinstance(after, Sysctl) else value)

    def _find_due(self, before: Sysctl, value: str | None) -> list[Sysctl]:
        """The value that a kernel parameter has, or is to get back, if that is not ours.

        Forwarding that is disabled was enabled by us: it must never be enabled without our rules.
        Where it was off before, it may have to be disabled again.

        :param value: the last value that the changes give to it; None if there is none.
        """
        if before.value is None or not self._is_of_others(before):
            return []
        parameter = before.key_path.rpartition("/")[2]
        if parameter not in SAVED_SYSCTLS:
            return [before]
        if before.value == FORWARDING_ON_BY_US:
            # Only that of a link is given back. The next run finds out what else it has to.
            return [replace(before, value=value)] if (parameter, value) == _GIVEN_BACK else []
        is_closed = (parameter, value) == _CLOSED and before.value != FORWARDING_OFF
        return [] if is_closed else [before]

    def _is_of_others(self, before: Sysctl) -> bool:
        """Whether a kernel parameter belongs to a link or a namespace of others."""
        parts = before.key_path.split("/")
        if len(parts) > 4 and parts[2] in ("conf", "neigh") and parts[3] not in ("all", "default"):
            return (before.netns, parts[3]) in self._foreign
        netns = self._current.namespaces.get(before.netns or "")
        return before.netns is None or (netns is not None and netns.owner is None)


def _is_foreign(link: Link) -> bool:
    """Whether a link was not made by this collection; one that came from the host was not."""
    return link.owner is None or link.saved is not None
