# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Links that are somewhere else than they are wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .._host.netns_handles import Handles
    from .._model.current_state import CurrentState
    from .._model.scope import Scope


def observe_moved_links(scope: Scope, handles: Handles, current: CurrentState) -> None:
    """Read which links the kernel binds to the host, and classes and filters of those that move.

    It is the step of the observer of each kind that has such links in its scope.
    """
    known = current.links.keys()
    peers = {peer for ref in scope.veth_ends & known if (peer := current.links[ref].peer)}
    names = scope.takes | {name for _netns, name in scope.veth_ends - known}
    moved = ({(None, name) for name in names} | (peers - scope.veth_ends)) & known
    if scope.takes or moved:
        from .._observe.moved_links import observe_bound_links, observe_traffic_control

        if None in handles:
            observe_bound_links(scope.takes, handles[None], current)
        observe_traffic_control(moved, handles, current)
