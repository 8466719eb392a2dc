# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The resolv.conf of namespaces."""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING

from ..._model.netns import Resolver
from ..._model.resolv_conf import resolver_path
from ..findings import Location, ruleset_location
from . import dispatch

if TYPE_CHECKING:
    from ..._model.changes import Change
    from ..._model.current_state import CurrentState
    from ..._model.desired_state import DesiredState


@dispatch.describe_subject.register(Resolver)
def _describe_subject(resource: Resolver) -> str:
    return resource.netns


@dispatch.find_checks.register(Resolver)
def _find_checks(_resource: Resolver, change: Change) -> list[str]:
    return dispatch.unless_removed(change, "differs")


@dispatch.affected_locations.register(Resolver)
def _affected_locations(_resource: Resolver) -> frozenset[Location]:
    return dispatch.NOWHERE


@dispatch.required_locations.register(Resolver)
def _required_locations(resource: Resolver, _desired: DesiredState) -> frozenset[Location]:
    return frozenset({ruleset_location(resource.netns)})


@dispatch.show_command.register(Resolver)
def _show_command(resource: Resolver, _current: CurrentState) -> str:
    return f"cat {quote(resolver_path(resource.netns))}"
