# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files of namespaces in /etc/netns."""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING

from ..._model.netns import HostsFile, NetnsFile, Resolver
from ..._model.netns_files import path_of
from ..findings import Location, ruleset_location
from . import dispatch

if TYPE_CHECKING:
    from ..._model.changes import Change
    from ..._model.current_state import CurrentState
    from ..._model.desired_state import DesiredState


@dispatch.describe_subject.register(Resolver)
@dispatch.describe_subject.register(HostsFile)
def _describe_subject(resource: NetnsFile) -> str:
    return resource.netns


@dispatch.find_checks.register(Resolver)
@dispatch.find_checks.register(HostsFile)
def _find_checks(_resource: NetnsFile, change: Change) -> list[str]:
    return dispatch.unless_removed(change, "differs")


dispatch.affected_locations.register(Resolver, dispatch.affect_nothing)
dispatch.affected_locations.register(HostsFile, dispatch.affect_nothing)


@dispatch.required_locations.register(Resolver)
@dispatch.required_locations.register(HostsFile)
def _required_locations(resource: NetnsFile, _desired: DesiredState) -> frozenset[Location]:
    return frozenset({ruleset_location(resource.netns)})


@dispatch.show_command.register(Resolver)
@dispatch.show_command.register(HostsFile)
def _show_command(resource: NetnsFile, _current: CurrentState) -> str:
    return f"cat {quote(path_of(resource))}"
