# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan for the files of a persistent topology."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .._model.errors import Refused
from .._model.host_units import (
    compose_shared_files,
    compose_start_link,
    compose_watch_link,
    list_own_paths,
)
from .._model.persistence import (
    FORMAT,
    RESTORE,
    RUNNER,
    HostFile,
    compose_lab_file,
    path_of_lab,
    read_declared,
)
from .host_files import plan_file
from .metrics_units import check_metrics_file, list_metrics_units, plan_no_metrics
from .network_managers import plan_manager_files
from .phases import Phase

if TYPE_CHECKING:
    from .._model.current_state import CurrentState
    from .._model.persistence import Persistence
    from .projection import Projection


def plan_persistence(projection: Projection) -> None:
    """Plan the files that bring a topology back, as the task asks for them.

    :raises Refused: if nothing on this host can bring it back.
    :raises Conflict: if a file of someone else is in the way.
    """
    desired, current = projection.request.desired, projection.current
    persistence, name = desired.persistence, desired.lab
    if persistence is None or name is None:
        return
    if persistence.wanted is None:
        _compare_file(projection, name, persistence)
    elif persistence.wanted:
        if current.no_persistence_reason is not None:
            raise Refused("persist", True, current.no_persistence_reason)
        check_metrics_file(projection, name, persistence.prometheus)
        for file in _list_wanted(name, persistence, current):
            plan_file(projection, file, "persist", True)
        _plan_no_watch(projection, name, persistence)
        plan_no_metrics(projection, name, persistence.prometheus)
        plan_manager_files(projection, name, is_persistent=True)
    else:
        _plan_no_files(projection, name)
        plan_no_metrics(projection, name)
        plan_manager_files(projection, name, is_persistent=False)


def _compare_file(projection: Projection, name: str, persistence: Persistence) -> None:
    """Warn if the next boot would bring back something else than the task declares."""
    file = projection.current.files.get(path_of_lab(name))
    if file is None:
        return
    declared = read_declared(file)
    if declared is None or declared[:2] != (FORMAT, persistence.declared):
        restored = " and restored at once" if declared and declared.watch == RESTORE else ""
        projection.builder.warnings.append(
            f"topology {name} is persistent, and {file.path}, which is applied at boot{restored}, "
            "declares something else than this task; set persist: true to replace the file, or "
            "persist: false to remove it"
        )


def _list_wanted(name: str, persistence: Persistence, current: CurrentState) -> list[HostFile]:
    """The files in the order in which they are written: a killed run leaves none without use."""
    own = [compose_lab_file(name, persistence), compose_start_link(name)]
    if persistence.watch is not None:
        own.append(compose_watch_link(name))
    own += list_metrics_units(name, persistence.prometheus)
    runner = persistence.runner
    installed = current.files.get(RUNNER)
    shared = compose_shared_files()
    if installed is not None and is_newer(installed.version, persistence.applied.get("version")):
        # An older controller leaves the command and the units of a newer one.
        return [*(file for file in shared if file.path not in current.files), *own]
    return [*([] if runner is None else [runner]), *shared, *own]


def _plan_no_watch(projection: Projection, name: str, persistence: Persistence) -> None:
    link = projection.current.files.get(compose_watch_link(name).path)
    if link is not None and persistence.watch is None:
        projection.remove(link, Phase.PERSIST)


def is_newer(version: str | None, other: str | None) -> bool:
    """Whether a version of this collection is newer than another."""
    return _parse_version(version) > _parse_version(other)


def _parse_version(version: str | None) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", (version or "").partition("-")[0])]


def _plan_no_files(projection: Projection, name: str) -> None:
    """Plan to remove the files of a topology, and with the last one those that all share."""
    current = projection.current
    for path in list_own_paths(name):
        if path in current.files:
            # First of all: a killed run must not leave a topology half removed and started at boot.
            projection.remove(current.files[path], Phase.FORGET)
    if current.persistent_labs - {name}:
        return
    shared = [file.path for file in compose_shared_files()]
    for path in (*reversed(shared), RUNNER):
        file = current.files.get(path)
        if file is not None and file.is_ours:
            projection.remove(file, Phase.PERSIST)
