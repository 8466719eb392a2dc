# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan for processes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._describe.resources import describe_resource
from .._model.errors import Conflict, Refused
from .._model.fast_replace import replace
from .._model.process_units import name_unit
from .._model.processes import Environment
from .phases import Phase

if TYPE_CHECKING:
    from .._model.processes import LabProcess
    from .projection import Projection


def plan_process(projection: Projection, wanted: LabProcess) -> None:
    """Plan to start a process, or to start it anew if it was started with something else.

    :raises Refused: if its namespace or its user does not exist.
    :raises Conflict: if its unit is that of a process of another topology.
    """
    projection.need_netns(wanted.netns, describe_resource(wanted))
    current = projection.current.lab_processes.get(wanted.key)
    wanted = _complete(projection, wanted, current)
    if current is not None and current.runs_as(wanted):
        if current.ready != wanted.ready:
            projection.replace(current, wanted, Phase.START_PROCESS)
        return
    reason = projection.current.unusable_users.get(wanted.user or "")
    if reason is not None:
        rule = f"{describe_resource(wanted)} cannot run as this user: {reason}"
        raise Refused("user", wanted.user, rule)
    if wanted.serves is not None:
        from .name_servers import check_server

        check_server(projection, wanted, current)
    for other in projection.current.lab_processes.values():
        if other.key != wanted.key and wanted.unit is not None and other.unit == wanted.unit:
            rule = f"its unit {other.unit} is that of {describe_resource(other)} of topology "
            raise Conflict("name", wanted.name, f"{rule}{other.owner}; choose another name")
    projection.replace(current, wanted, Phase.START_PROCESS)


def _complete(projection: Projection, wanted: LabProcess, current: LabProcess | None) -> LabProcess:
    environment = wanted.environment
    if environment is None:
        known = None if current is None else current.environment
        environment = Environment() if known is None else known
    runs_systemd = projection.current.runs_systemd
    unit = name_unit(wanted.owner, wanted.name) if runs_systemd else None
    return replace(wanted, environment=environment, unit=unit)


def plan_no_process(projection: Projection, unwanted: LabProcess) -> None:
    """Plan to end a process, if it is on record."""
    current = projection.current.lab_processes.get(unwanted.key)
    if current is not None:
        projection.remove(current, Phase.END_PROCESS)
