# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads the files of persistent topologies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._host.network_managers import find_network_managers
from .._host.persistent_files import (
    explain_no_persistence,
    find_metrics_files,
    list_labs,
    read_file,
)
from .._model.host_units import list_paths
from .._model.metrics_units import list_metrics_paths

if TYPE_CHECKING:
    from .._model.current_state import CurrentState


def observe_persistence(lab: str, prometheus: str | None, current: CurrentState) -> None:
    """Read the files of a topology, and those that all persistent topologies share.

    :param prometheus: the file that it is to have for its metrics.
    """
    current.no_persistence_reason = explain_no_persistence()
    current.network_managers = find_network_managers()
    current.persistent_labs = frozenset(list_labs())
    current.metrics_files = find_metrics_files()
    metrics = filter(None, {current.metrics_files.get(lab), prometheus})
    for path in (*list_paths(lab), *list_metrics_paths(lab), *metrics):
        file = read_file(path)
        if file is not None:
            current.files[path] = file
