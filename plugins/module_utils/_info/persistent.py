# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The topologies of the host that are persistent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .._host.persistent_files import find_metrics_files, list_labs, read_file
from .._model.persistence import FORMAT, path_of_lab, read_applied, read_declared
from .items import Item, drop_none

if TYPE_CHECKING:
    from .._model.persistence import HostFile


def read_persistent() -> list[Item]:
    """Who applied each persistent topology and when, how it is watched, and where its metrics are.

    :raises Failed: the files are not only root's.
    """
    metrics = find_metrics_files()
    found = []
    for name in list_labs():
        file = read_file(path_of_lab(name))
        if file is not None:
            found.append({"name": name, **_compose(file, metrics.get(name))})
    return found


def _compose(file: HostFile, prometheus: str | None) -> Item:
    declared = read_declared(file)
    if declared is None or declared.format != FORMAT:
        return {"readable": False}
    applied: dict[str, Any] = read_applied(file)
    texts: Item = {key: applied[key] for key in ("by", "at", "version") if key in applied}
    return drop_none(
        {"readable": True, "watch": declared.watch or False, "prometheus": prometheus, **texts}
    )
