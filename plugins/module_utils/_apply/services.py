# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Applies changes of where units run: by a restart, once their files are written."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from .._host.systemd import reload_units, stop_unit
from .._host.units import restart_unit
from .._model.services import ELSEWHERE, NOWHERE, UNKNOWN, Service
from . import dispatch

if TYPE_CHECKING:
    from .._model.current_state import CurrentState
    from .dispatch import LocalHost


@dispatch.apply_locally.register(Service)
def _apply_locally(
    service: Service, before: Service | None, after: Service | None, host: LocalHost
) -> None:
    if after is None or after.netns == NOWHERE:
        host.at_end(partial(stop_unit, service.unit))
        return
    is_anywhere = after.netns in (None, ELSEWHERE, UNKNOWN)
    identity = None if is_anywhere else host.handles.get(after.netns).identity
    host.at_end(reload_units)  # Once for all units. A rollback writes files after this change.
    host.at_end(partial(restart_unit, service.unit, identity))


@dispatch.list_namespaces.register(Service)
def _list_namespaces(_service: Service) -> list[str | None]:
    """None: after the namespace is gone, a rollback restarts a unit where it may run."""
    return []


@dispatch.find_state.register(Service)
def _find_state(service: Service, current: CurrentState) -> object:
    state = current.units.get(service.unit)
    return None if state is None else (state.is_active, state.place)


dispatch.invert.register(Service, dispatch.swap)
