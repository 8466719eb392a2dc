# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a topology owns and does not list any more, its files and its probes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._observe import kinds as observed
from .._planned.topologies import load_renderers

if TYPE_CHECKING:
    from types import ModuleType

    from .._model.current_state import CurrentState

__all__ = ["load_appliers", "load_renderers"]


def load_appliers() -> tuple[ModuleType, ...]:
    """See ``Kind``. What it removes besides is of other kinds."""
    from .._apply import persistence

    return (persistence,)


def _observe_persistence(lab: str, prometheus: str | None, current: CurrentState) -> None:
    from .._observe.persistence import observe_persistence

    observe_persistence(lab, prometheus, current)


observed.steps.observe_persistence = _observe_persistence
