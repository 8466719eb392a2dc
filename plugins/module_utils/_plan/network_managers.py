# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan for the files by which network managers leave the links of a topology alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._model.changes import links_in
from .._model.errors import Conflict
from .._model.network_managers import DIRECTORIES, compose_manager_files, path_of
from .phases import Phase

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .._model.persistence import HostFile
    from .._model.resources import Resource
    from .projection import Projection


def plan_manager_files(projection: Projection, lab: str, is_persistent: bool) -> None:
    """Plan the files of a persistent topology before its links, and remove what is left of them."""
    current = projection.current
    wanted: dict[str, HostFile] = {}
    if is_persistent:
        desired = projection.request.desired
        links = _list_host_links((*desired.present, *desired.left_out))
        files = compose_manager_files(lab, links, current.network_managers)
        wanted = {file.path: file for file in files}
    for path in (path_of(manager, lab) for manager in DIRECTORIES):
        before, after = current.files.get(path), wanted.get(path)
        if before is not None and not before.is_ours:
            if after is not None:
                rule = f"{path} was not written by this collection; move it away first"
                raise Conflict("persist", True, rule)
        elif after is not None and before != after:
            projection.replace(before, after, Phase.UNMANAGE)
        elif after is None and before is not None:
            projection.remove(before, Phase.PERSIST)


def _list_host_links(resources: Iterable[Resource]) -> list[str]:
    """The links of the host that a topology creates. Hardware is managed by others, too."""
    return [link.name for link in links_in(resources) if link.netns is None and link.kind]
