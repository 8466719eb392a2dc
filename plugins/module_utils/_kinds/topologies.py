# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a topology owns and does not list any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._plan.kinds import steps

if TYPE_CHECKING:
    from types import ModuleType

    from .._model.current_state import CurrentState
    from .._model.desired_state import DesiredState
    from .._plan.kinds import Unwanted


def _list_unwanted(desired: DesiredState, current: CurrentState) -> Unwanted:
    from .._plan.unwanted import list_unwanted

    return list_unwanted(desired, current)


steps.list_unwanted = _list_unwanted


def load_appliers() -> tuple[ModuleType, ...]:
    """See ``Kind``. All that it removes is of other kinds."""
    return ()


load_renderers = load_appliers
