# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The processes of a topology."""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING

from ..._model.processes import RUNNING, LabProcess
from ..findings import Location, format_ref, netns_location
from . import dispatch

if TYPE_CHECKING:
    from ..._model.changes import Change
    from ..._model.current_state import CurrentState
    from ..._model.desired_state import DesiredState


@dispatch.describe_subject.register(LabProcess)
def _describe_subject(resource: LabProcess) -> str:
    return format_ref((resource.netns, resource.name))


@dispatch.find_checks.register(LabProcess)
def _find_checks(_resource: LabProcess, change: Change) -> list[str]:
    before = change.before
    if change.after is None:
        return ["not_declared"]
    is_running = isinstance(before, LabProcess) and before.state == RUNNING
    return ["differs" if is_running else "process_missing"]


dispatch.affected_locations.register(LabProcess, dispatch.affect_nothing)


@dispatch.required_locations.register(LabProcess)
def _required_locations(resource: LabProcess, _desired: DesiredState) -> frozenset[Location]:
    return frozenset({netns_location(resource.netns)} if resource.netns else ())


@dispatch.show_command.register(LabProcess)
def _show_command(resource: LabProcess, _current: CurrentState) -> str:
    if resource.unit is not None:
        return f"systemctl status {quote(resource.unit)}"
    return f"ip netns pids {quote(resource.netns)}" if resource.netns else "ps -e"
