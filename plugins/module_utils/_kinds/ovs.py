# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bridges of Open vSwitch and their ports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._host.ovs_socket import is_reachable
from .._observe import kinds as observed
from .._planned.ovs import load_renderers

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import ModuleType

    from .._host.netns_handles import Handles
    from .._model.current_state import CurrentState
    from .._model.scope import Scope

__all__ = ["load_appliers", "load_renderers"]


def load_appliers() -> tuple[ModuleType, ...]:
    """See ``Kind``."""
    from .._apply import ovs

    return (ovs,)


def _observe_ovs(
    scope: Scope, on_record: Mapping[str, str], handles: Handles, current: CurrentState
) -> None:
    if scope.ovs or on_record or is_reachable():
        from .._observe.ovs import observe_ovs

        observe_ovs(scope, on_record, handles, current)


observed.steps.observe_ovs = _observe_ovs
