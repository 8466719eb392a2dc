# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan for one file on the host."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._model.errors import Conflict
from .._model.persistence import LAB_DIRECTORY, HostFile, read_declared
from .phases import Phase

if TYPE_CHECKING:
    from .projection import Projection


def plan_file(projection: Projection, wanted: HostFile, parameter: str, value: object) -> bool:
    """Plan to write a file, unless it is there; whether it has to be written.

    :param parameter: the option that asks for it, with its value, for the message.
    :raises Conflict: if a file of someone else is in the way.
    """
    current = projection.current.files.get(wanted.path)
    if current is not None:
        if _is_same(current, wanted):
            return False
        if not current.is_ours:
            rule = f"{wanted.path} was not written by this collection; move it away first"
            raise Conflict(parameter, value, rule)
    projection.replace(current, wanted, Phase.PERSIST)
    return True


def _is_same(current: HostFile, wanted: HostFile) -> bool:
    if wanted.target is not None or current.target is not None:
        return current.target == wanted.target
    if current.mode != wanted.mode or not current.is_ours:
        return False
    if current.content == wanted.content:
        return True
    # Who applied it and when changes only together with what is declared.
    declares = wanted.path.startswith(LAB_DIRECTORY + "/")
    return declares and read_declared(current) == read_declared(wanted)
