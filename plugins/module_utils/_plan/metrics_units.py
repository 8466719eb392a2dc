# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan for the metrics of a topology: the units that write them, and their file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._model.errors import Conflict
from .._model.metrics_units import compose_metrics_units, list_metrics_paths
from .phases import Phase

if TYPE_CHECKING:
    from .._model.persistence import HostFile
    from .projection import Projection


def list_metrics_units(lab: str, prometheus: str | None) -> list[HostFile]:
    """The units for a topology; none if it has no file for metrics."""
    return [] if prometheus is None else compose_metrics_units(lab, prometheus)


def check_metrics_file(projection: Projection, lab: str, path: str | None) -> None:
    """Check that nobody else writes the file for the metrics of a topology.

    :raises Conflict: another topology does, or another program.
    """
    if path is None:
        return
    for other, used in projection.current.metrics_files.items():
        if used == path and other != lab:
            rule = f"the metrics of the topology {other} are in this file; name another file"
            raise Conflict("persist.prometheus", path, rule)
    file = projection.current.files.get(path)
    if file is not None and not file.is_ours:
        rule = "it has something else than metrics of this collection; name another file"
        raise Conflict("persist.prometheus", path, rule)


def plan_no_metrics(projection: Projection, lab: str, prometheus: str | None = None) -> None:
    """Plan to remove the units, what starts them first, and the file that they wrote.

    :param prometheus: the file for metrics that the topology has now, with its units.
    """
    current = projection.current
    for path in list_metrics_paths(lab) if prometheus is None else ():
        file = current.files.get(path)
        if file is not None and file.is_ours:
            projection.remove(file, Phase.PERSIST)
    written = current.metrics_files.get(lab)
    if written is None or written == prometheus or _is_written_by_another(projection, lab, written):
        return
    file = current.files.get(written)
    if file is not None and file.is_ours:
        projection.remove(file, Phase.PERSIST)


def _is_written_by_another(projection: Projection, lab: str, path: str) -> bool:
    files = projection.current.metrics_files
    return any(used == path and other != lab for other, used in files.items())
