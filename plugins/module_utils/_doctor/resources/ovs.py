# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bridges of Open vSwitch and their ports."""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING

from ..._model.ovs import OvsBridge, OvsPort
from ..findings import Location, format_ref
from . import dispatch

if TYPE_CHECKING:
    from ..._model.changes import Change
    from ..._model.current_state import CurrentState
    from ..._model.desired_state import DesiredState


@dispatch.describe_subject.register(OvsBridge)
@dispatch.describe_subject.register(OvsPort)
def _describe_subject(resource: OvsBridge | OvsPort) -> str:
    return format_ref((None, resource.name))


@dispatch.find_checks.register(OvsBridge)
def _find_checks(_resource: OvsBridge, change: Change) -> list[str]:
    return dispatch.unless_removed(change, "link_missing" if change.before is None else "differs")


@dispatch.find_checks.register(OvsPort)
def _find_port_checks(_resource: OvsPort, change: Change) -> list[str]:
    return dispatch.unless_removed(change, "differs")


@dispatch.affected_locations.register(OvsBridge)
@dispatch.affected_locations.register(OvsPort)
def _affected_locations(resource: OvsBridge | OvsPort) -> frozenset[Location]:
    return frozenset({(None, resource.name)})


dispatch.required_locations.register(OvsBridge, dispatch.require_nothing)


@dispatch.required_locations.register(OvsPort)
def _required_locations_of_port(resource: OvsPort, _desired: DesiredState) -> frozenset[Location]:
    bridge: Location = (None, resource.bridge)
    return frozenset({bridge} if resource.type else {bridge, (None, resource.name)})


@dispatch.show_command.register(OvsBridge)
def _show_command(resource: OvsBridge, _current: CurrentState) -> str:
    return f"ovs-vsctl list Bridge {quote(resource.name)}"


@dispatch.show_command.register(OvsPort)
def _show_port_command(resource: OvsPort, _current: CurrentState) -> str:
    return f"ovs-vsctl list Port {quote(resource.name)}"
