# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Refuses a plan after which the host could not be reached, or could not reach its gateway."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._describe.routes import DEFAULTS
from .._model.addresses import family_of
from .._model.errors import Refused
from .._model.fast_typing import NamedTuple
from .._model.host_paths import is_own_route
from .._model.links import Link
from .._model.routes import MAIN_TABLE, Route
from .lost_paths import HostOutlook

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .._model.changes import Change
    from .._model.current_state import CurrentState
    from .._model.desired_state import DesiredState
    from .._model.host_paths import HostPaths, Target
    from .host_state import HostState

_FORCED_KINDS = ("link", "veth", "route", "netns")
"""The kinds of resources whose ``force`` is about what the host uses."""


class ExpectedPath(NamedTuple):
    """A place that is reached after the plan, by one of these interfaces."""

    target: Target
    devices: frozenset[str]


def check_lockout(
    desired: DesiredState,
    changes: Sequence[Change],
    current: CurrentState,
    after: HostState,
    paths: HostPaths,
) -> tuple[list[ExpectedPath], list[str]]:
    """Check that the host still reaches the SSH client and its default gateways after a plan.

    Only a task that undoes itself unless it is confirmed may cut off its own SSH connection. The
    default gateway may be given up by ``force`` too, and by a task that is about the default route.

    :returns: how each place is reached afterwards, and warnings of what is lost.
    :raises Refused: if one is not.
    """
    outlook = HostOutlook(changes, current, after, paths)
    expected = []
    warnings = []
    for target in paths.targets:
        if target.default is not None and _may_lose_default(desired, changes, target.default):
            continue
        loss = outlook.find_loss(target)
        if loss is not None:
            rule = f"{loss.reason}, and {_describe_loss(target)}"
            if desired.confirm_timeout is not None:
                warnings.append(f"{rule}; confirm_timeout permits it")
                continue
            if desired.lab is not None:
                rule += "; with confirm_timeout the run is undone unless a new connection works"
            if target.default is not None and _has_force(desired):
                rule += "; set force: true to do it anyway"
            raise Refused(loss.parameter, loss.value, rule)
        expected.append(ExpectedPath(target, outlook.devices_to(target)))
    return expected, warnings


def _describe_loss(target: Target) -> str:
    if target.default is None:
        client = target.flow.destination
        return f"the SSH connection of this task (client {client}) would be cut off"
    where = target.flow.destination or f"dev {target.device}"
    return f"this host would lose its default route (IPv{_family(target)}, {where})"


def _family(target: Target) -> int:
    return family_of(target.default.destination) if target.default is not None else 0


def _has_force(desired: DesiredState) -> bool:
    """Whether something in a task has the option."""
    return desired.lab is not None or any(
        isinstance(resource, Route) or (isinstance(resource, Link) and resource.kind != "bridge")
        for resource in (*desired.present, *desired.absent)
    )


def _may_lose_default(desired: DesiredState, changes: Sequence[Change], default: Route) -> bool:
    """Whether the user wants the default route to change, or permits it."""
    if desired.force or any(
        option == "force" and key[0] in _FORCED_KINDS for option, key in desired.allowed
    ):
        return True
    wanted = {
        resource.key
        for resource in (*desired.present, *desired.absent)
        if isinstance(resource, Route) and resource.destination in DEFAULTS
    }
    return any(_is_meant(change, default, wanted) for change in changes)


def _is_meant(change: Change, default: Route, wanted: set[tuple[object, ...]]) -> bool:
    """Whether a change of a default route is what a task asks for, or removes one of a task."""
    route = change.resource
    if (
        not isinstance(route, Route)
        or route.netns is not None
        or route.table != MAIN_TABLE
        or route.destination != default.destination
        or change.implied
    ):
        return False
    return route.key in wanted or (change.after is None and is_own_route(route))
