# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The kinds of resources that the running module carries.

Ansible sends with a module every file that it imports, wherever the import stands. So no stage
imports the files of all kinds: a kind is a module of ``_kinds``, and a module carries those kinds
that it can meet.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Callable, Generic, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType


class PlannedKind(Protocol):
    """Where the functions of a kind are that change nothing.

    To import the kind itself registers its planners.
    """

    @property
    def load_renderers(self) -> Callable[[], Sequence[ModuleType]]:
        """Imports the files that register functions with ``_render.dispatch``."""


class Kind(PlannedKind, Protocol):
    """Where all functions of a kind are."""

    @property
    def load_appliers(self) -> Callable[[], Sequence[ModuleType]]:
        """Imports the files that register functions with ``_apply.dispatch``."""


_AnyKind = TypeVar("_AnyKind", bound=PlannedKind)


class _Stage(Generic[_AnyKind]):
    """The kinds that a stage knows. One that is carried after it was loaded is loaded at once."""

    def __init__(self, load: Callable[[_AnyKind], Sequence[ModuleType]]) -> None:
        self._load = load
        self._kinds: list[_AnyKind] = []
        self._is_loaded = False

    def carry(self, kinds: Sequence[_AnyKind]) -> None:
        for kind in kinds:
            if kind not in self._kinds:
                self._kinds.append(kind)
                if self._is_loaded:
                    self._load(kind)

    def load(self) -> list[ModuleType]:
        self._is_loaded = True
        return [file for kind in self._kinds for file in self._load(kind)]


_appliers = _Stage[Kind](lambda kind: kind.load_appliers())
_renderers = _Stage[PlannedKind](lambda kind: kind.load_renderers())


def carry(*kinds: Kind) -> None:
    """Note the kinds that this process carries."""
    _appliers.carry(kinds)
    _renderers.carry(kinds)


def carry_planned(*kinds: PlannedKind) -> None:
    """Note the kinds of which this process plans and renders changes, and applies none."""
    _renderers.carry(kinds)


def load_appliers() -> list[ModuleType]:
    """Load what applies and rolls back resources of the carried kinds."""
    return _appliers.load()


def load_renderers() -> list[ModuleType]:
    """Load what renders resources of the carried kinds."""
    return _renderers.load()
