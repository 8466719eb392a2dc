# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The kinds of resources that the running module carries.

Ansible sends with a module every file that it imports, wherever the import stands. So no stage
imports the files of all kinds: a kind is a module of ``_kinds``, and a module carries those kinds
that it can meet.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Callable, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType


class Kind(Protocol):
    """Where the functions of a kind are. To import the kind itself registers its planners."""

    @property
    def load_appliers(self) -> Callable[[], Sequence[ModuleType]]:
        """Imports the files that register functions with ``_apply.dispatch``."""

    @property
    def load_renderers(self) -> Callable[[], Sequence[ModuleType]]:
        """Imports the files that register functions with ``_render.dispatch``."""


Load = Callable[[Kind], "Sequence[ModuleType]"]
_carried: list[Kind] = []
_stages: list[Load] = []
"""The stages that were loaded. A kind that is carried later is loaded at once."""


def carry(*kinds: Kind) -> None:
    """Note the kinds that this process carries."""
    for kind in kinds:
        if kind not in _carried:
            _carried.append(kind)
            for load in _stages:
                load(kind)


def load_appliers() -> list[ModuleType]:
    """Load what applies and rolls back resources of the carried kinds."""
    return _load_stage(_load_appliers_of)


def load_renderers() -> list[ModuleType]:
    """Load what renders resources of the carried kinds."""
    return _load_stage(_load_renderers_of)


def _load_appliers_of(kind: Kind) -> Sequence[ModuleType]:
    return kind.load_appliers()


def _load_renderers_of(kind: Kind) -> Sequence[ModuleType]:
    return kind.load_renderers()


def _load_stage(load: Load) -> list[ModuleType]:
    if load not in _stages:
        _stages.append(load)
    return [file for kind in _carried for file in load(kind)]
