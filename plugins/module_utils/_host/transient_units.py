# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Transient units of systemd that run processes."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from .._model.errors import Failed
from .._model.fast_typing import NamedTuple
from .._model.host_units import BOOTED
from .._model.lazy_pattern import compile_lazily
from .._model.process_units import escape_command, list_properties
from .._model.processes import END_PATIENCE, RESTART_PAUSE
from .netns_view import list_netns_files
from .programs import run
from .state_directory import STATE_DIRECTORY, remove_state_file, replace_state_file
from .systemd import Properties, first_value, has_manager, show_units, stop_unit

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .._model.processes import LabProcess

_SHOWN = (
    "Description",
    "ActiveState",
    "Result",
    "ExecMainStatus",
    "NRestarts",
    "ControlGroup",
    "MainPID",
)
_CONSTANT = (
    f"RestartSec={RESTART_PAUSE}",
    "StartLimitIntervalSec=0",
    f"TimeoutStopSec={END_PATIENCE}",
)
"""The properties of all units."""
_FILE_NAME = compile_lazily(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")


class Unit(NamedTuple):
    """What systemd says of a unit."""

    description: str
    state: str
    result: str
    status: str
    restarts: int
    cgroup: str
    main_pid: int
    """0 if none runs."""


def runs_systemd() -> bool:
    """Whether systemd manages this host, and answers."""
    return has_manager() and os.path.isdir(BOOTED)


def describe_unit(process: LabProcess, token: str) -> str:
    """The description by which the unit is recognized that was started for a process."""
    return f"Process {process.name} of topology {process.owner} (redblue.netns {token})"


def start_unit(process: LabProcess, token: str) -> None:
    """Start a process as a unit.

    :raises Failed: systemd did not start it.
    """
    unit = process.unit or ""
    properties = [*list_properties(process), *_CONSTANT]
    if process.netns is not None:
        properties += [
            f"BindReadOnlyPaths={own}:{over}"
            for own, over in list_netns_files(process.netns)
            if _FILE_NAME.fullmatch(os.path.basename(own))
        ]
    if process.environment:
        name = _name_environment(token)
        replace_state_file(name, _compose_environment(process).encode())
        properties.append(f"EnvironmentFile={os.path.join(STATE_DIRECTORY, name)}")
    arguments = [f"--unit={unit}", f"--description={describe_unit(process, token)}", "--quiet"]
    arguments += ["--service-type=exec", *(f"--property={text}" for text in properties), "--"]
    answer = run("systemd-run", [*arguments, *escape_command(process)])
    if answer.code:
        raise Failed(answer.complaint)


def _name_environment(token: str) -> str:
    return f"environment-{token}"


def _compose_environment(process: LabProcess) -> str:
    """A file of systemd.exec(5). Anybody could read the variables if they were properties."""
    lines = []
    for name, value in process.environment or ():
        escaped = re.sub(r'(["\\`$])', r"\\\1", value)
        lines.append(f'{name}="{escaped}"\n')
    return "".join(lines)


def end_unit(unit: str, token: str) -> None:
    """Stop a unit, and have systemd forget it.

    :raises Failed: it could not be stopped.
    """
    found = read_units([unit]).get(unit)
    if found is not None and token in found.description:
        stop_unit(unit)
        run("systemctl", ["reset-failed", "--", unit])  # It fails if the unit has been forgotten.
    remove_state_file(_name_environment(token))


def read_units(units: Iterable[str]) -> dict[str, Unit]:
    """What systemd says of units that it knows.

    :raises Failed: it does not answer.
    """
    names = list(units)
    if not runs_systemd():
        return {}
    return {name: _read_unit(shown) for name, shown in zip(names, show_units(names, _SHOWN))}


def _read_unit(shown: Properties) -> Unit:
    description, state, result, status, restarts, cgroup, main_pid = (
        first_value(shown, name) for name in _SHOWN
    )
    numbers = [int(text) if text.isdecimal() else 0 for text in (restarts, main_pid)]
    return Unit(description, state, result, status, numbers[0], cgroup, numbers[1])
