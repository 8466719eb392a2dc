# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan for the units that write the metrics of a topology."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._model.metrics_units import compose_metrics_units, list_metrics_paths
from .phases import Phase

if TYPE_CHECKING:
    from .._model.persistence import HostFile
    from .projection import Projection


def list_metrics_units(lab: str, prometheus: str | None) -> list[HostFile]:
    """The units for a topology; none if it has no file for metrics."""
    return [] if prometheus is None else compose_metrics_units(lab, prometheus)


def plan_no_metrics(projection: Projection, lab: str) -> None:
    """Plan to remove these units, what starts them first."""
    for path in list_metrics_paths(lab):
        file = projection.current.files.get(path)
        if file is not None and file.is_ours:
            projection.remove(file, Phase.PERSIST)
