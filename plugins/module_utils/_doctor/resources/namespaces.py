# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Namespaces, and names under /run/netns that are not namespaces."""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING

from ..._model.netns import Netns, StaleName
from ..findings import Location, netns_location
from . import dispatch

if TYPE_CHECKING:
    from ..._model.changes import Change
    from ..._model.current_state import CurrentState


@dispatch.describe_subject.register(Netns)
@dispatch.describe_subject.register(StaleName)
def _describe_subject(resource: Netns | StaleName) -> str:
    return resource.name


@dispatch.find_checks.register(Netns)
def _find_checks(_resource: Netns, change: Change) -> list[str]:
    if isinstance(change.before, StaleName):
        return ["netns_stale"]
    return dispatch.unless_removed(change, "netns_missing")


@dispatch.find_checks.register(StaleName)
def _find_checks_of_stale_name(_resource: StaleName, _change: Change) -> list[str]:
    return ["netns_stale"]


@dispatch.affected_locations.register(Netns)
@dispatch.affected_locations.register(StaleName)
def _affected_locations(resource: Netns | StaleName) -> frozenset[Location]:
    return frozenset({netns_location(resource.name)})


dispatch.required_locations.register(Netns, dispatch.require_nothing)
dispatch.required_locations.register(StaleName, dispatch.require_nothing)


@dispatch.show_command.register(Netns)
@dispatch.show_command.register(StaleName)
def _show_command(resource: Netns | StaleName, _current: CurrentState) -> str:
    return f"ls -l {quote(f'/run/netns/{resource.name}')}"
