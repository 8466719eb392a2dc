# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Veth pairs."""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING

from ..._model.links import Veth
from ..commands import ip_command
from ..findings import Location, netns_location, subject_of
from . import dispatch

if TYPE_CHECKING:
    from ..._model.changes import Change
    from ..._model.current_state import CurrentState
    from ..._model.desired_state import DesiredState


@dispatch.describe_subject.register(Veth)
def _describe_subject(resource: Veth) -> str:
    return subject_of(resource.end)


@dispatch.find_checks.register(Veth)
def _find_checks(_resource: Veth, change: Change) -> list[str]:
    return dispatch.unless_removed(change, "link_missing")


@dispatch.affected_locations.register(Veth)
def _affected_locations(resource: Veth) -> frozenset[Location]:
    return frozenset({resource.end.ref, resource.peer.ref})


@dispatch.required_locations.register(Veth)
def _required_locations(resource: Veth, _desired: DesiredState) -> frozenset[Location]:
    ends = (resource.end, resource.peer)
    return frozenset(netns_location(end.netns) for end in ends if end.netns)


@dispatch.show_command.register(Veth)
def _show_command(resource: Veth, _current: CurrentState) -> str:
    return f"{ip_command(resource.end.netns)} link show dev {quote(resource.end.name)}"
