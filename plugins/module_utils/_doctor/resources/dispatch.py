# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the check of drift needs to know about each kind of resource.

Each function is implemented for a kind in the file of that kind in this package.
"""

from __future__ import annotations

from functools import singledispatch
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..._model.changes import Change
    from ..._model.current_state import CurrentState
    from ..._model.desired_state import DesiredState
    from ..._model.resources import Resource
    from ..findings import Location


@singledispatch
def describe_subject(resource: Resource) -> str:
    """The subject of a finding about the resource."""
    raise TypeError(f"not a resource: {resource!r}")


@singledispatch
def find_checks(resource: Resource, change: Change) -> list[str]:
    """The identifiers of the checks that find a planned change of the resource."""
    raise TypeError(f"not a resource: {resource!r}")


@singledispatch
def affected_locations(resource: Resource) -> frozenset[Location]:
    """The locations that do not work while the resource is missing or different."""
    raise TypeError(f"not a resource: {resource!r}")


@singledispatch
def required_locations(resource: Resource, desired: DesiredState) -> frozenset[Location]:
    """The locations without which the resource cannot exist."""
    raise TypeError(f"not a resource: {resource!r}")


@singledispatch
def show_command(resource: Resource, current: CurrentState) -> str:
    """The command that shows the current state of the resource."""
    raise TypeError(f"not a resource: {resource!r}")


def affect_nothing(_resource: Resource) -> frozenset[Location]:
    """The implementation of ``affected_locations`` for what nothing else needs."""
    return frozenset()


def require_nothing(_resource: Resource, _desired: DesiredState) -> frozenset[Location]:
    """The implementation of ``required_locations`` for what needs nothing else."""
    return frozenset()


def unless_removed(change: Change, check: str) -> list[str]:
    """The check, or ``not_declared`` for a change that removes the resource."""
    return ["not_declared" if change.after is None else check]
