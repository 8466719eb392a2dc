# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Units of systemd in namespaces, with their files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._observe import kinds as observed
from .._planned.services import load_renderers

if TYPE_CHECKING:
    from types import ModuleType

    from .._host.netns_handles import Handles
    from .._model.current_state import CurrentState
    from .._model.scope import Scope

__all__ = ["load_appliers", "load_renderers"]


def load_appliers() -> tuple[ModuleType, ...]:
    """See ``Kind``."""
    from .._apply import persistence, services

    return (persistence, services)


def _observe_services(scope: Scope, handles: Handles, current: CurrentState) -> None:
    from .._observe.services import observe_services

    observe_services(dict(scope.services), handles, current)


observed.steps.observe_services = _observe_services
