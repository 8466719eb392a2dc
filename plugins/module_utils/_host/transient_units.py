# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Starts and ends transient units of systemd, which run processes."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from .._model.errors import Failed
from .._model.lazy_pattern import compile_lazily
from .._model.process_units import escape_command, list_properties
from .._model.processes import END_PATIENCE, RESTART_PAUSE
from .netns_view import list_netns_files
from .programs import run
from .state_directory import STATE_DIRECTORY, remove_state_file, replace_state_file
from .systemd import stop_unit
from .transient_unit_states import read_units

if TYPE_CHECKING:
    from .._model.processes import LabProcess

_CONSTANT = (
    f"RestartSec={RESTART_PAUSE}",
    "StartLimitIntervalSec=0",
    f"TimeoutStopSec={END_PATIENCE}",
)
"""The properties of all units."""
_FILE_NAME = compile_lazily(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")


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
