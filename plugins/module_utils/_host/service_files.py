# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Finds the files by which units are in namespaces."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._model.host_units import UNIT_DIRECTORY, WANTS_DIRECTORY
from .._model.service_units import (
    DROP_IN,
    PUBLISH_PREFIX,
    is_of_lab,
    path_of_drop_in,
)
from .persistent_files import list_units, read_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._model.persistence import HostFile


def read_service_files(unit: str) -> dict[str, HostFile]:
    """The files by path that put a unit into a namespace, and those that publish ports."""
    files = map(read_file, _list_paths(unit))
    return {file.path: file for file in files if file is not None}


def _list_paths(unit: str) -> Iterator[str]:
    yield path_of_drop_in(unit)
    for name in list_units():
        path = f"{UNIT_DIRECTORY}/{name}"
        if is_of_lab(name):
            yield f"{path}/{unit}.conf"
        elif name.startswith(PUBLISH_PREFIX):
            yield path
            if name.endswith(".socket"):
                yield f"{WANTS_DIRECTORY}/{name}"


def read_drop_ins() -> list[HostFile]:
    """The drop-ins by which units are in namespaces."""
    directories = [name for name in list_units() if name.endswith(".d")]
    files = (read_file(f"{UNIT_DIRECTORY}/{name}/{DROP_IN}") for name in directories)
    return [file for file in files if file is not None]
