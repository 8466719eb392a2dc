# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Applies changes of routes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._model.changes import Change
from .._model.routes import Route
from .._netlink.routes import add_route, delete_route, replace_route
from . import dispatch

if TYPE_CHECKING:
    from .._host.netns_handles import NetnsHandles
    from .._model.current_state import CurrentState
    from .batches import Batch
    from .dispatch import PendingMessages


@dispatch.compose_messages.register(Route)
def _compose_messages(
    route: Route, before: Route | None, after: Route | None, handles: NetnsHandles
) -> list[Batch]:
    indexes = handles.get(route.netns).indexes
    if after is None:
        requests = [delete_route(route, indexes)]
    elif before is None:
        requests = [add_route(after, indexes)]
    elif ":" in after.destination and (before.nexthops or after.nexthops):
        # Replacing several IPv6 next hops replaces only the first.
        requests = [delete_route(before, indexes), add_route(after, indexes)]
    else:
        requests = [replace_route(after, indexes)]
    return [(route.netns, requests)]


@dispatch.must_wait.register(Route)
def _must_wait(
    route: Route, before: Route | None, after: Route | None, pending: PendingMessages
) -> bool:
    return pending.has_arrivals or pending.has_removals


@dispatch.find_state.register(Route)
def _find_state(route: Route, current: CurrentState) -> object:
    return [known for known in current.routes.get(route.netns, ()) if known.key == route.key]


dispatch.list_namespaces.register(Route, dispatch.list_own_namespace)


@dispatch.invert.register(Route)
def _invert(route: Route, change: Change, current: CurrentState) -> list[Change]:
    """The route that was there before may be given back as the kernel described it."""
    if change.before is None or route.netns not in current.captured:
        return [Change(change.after, change.before)]
    return [] if change.after is None else [Change(change.after, None)]
