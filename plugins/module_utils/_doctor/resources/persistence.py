# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files of persistent topologies."""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING

from ..._model.persistence import RUNNER, HostFile
from . import dispatch

if TYPE_CHECKING:
    from ..._model.changes import Change
    from ..._model.current_state import CurrentState


@dispatch.describe_subject.register(HostFile)
def _describe_subject(resource: HostFile) -> str:
    return resource.path


@dispatch.find_checks.register(HostFile)
def _find_checks(_resource: HostFile, change: Change) -> list[str]:
    return dispatch.unless_removed(change, "differs")


dispatch.affected_locations.register(HostFile, dispatch.affect_nothing)


dispatch.required_locations.register(HostFile, dispatch.require_nothing)


@dispatch.show_command.register(HostFile)
def _show_command(resource: HostFile, _current: CurrentState) -> str:
    shows = "ls -l" if resource.target is not None or resource.path == RUNNER else "cat"
    return f"{shows} {quote(resource.path)}"
