# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Links that a task asks for or removes, with their VLANs and impairments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._observe import kinds as observed
from .._planned.wanted_links import load_renderers
from .kernel_features import observe_features
from .links import load_appliers

if TYPE_CHECKING:
    from .._host.netns_handles import Handles
    from .._model.current_state import CurrentState
    from .._model.scope import Scope

__all__ = ["load_appliers", "load_renderers"]


def _observe_moved_links(scope: Scope, handles: Handles, current: CurrentState) -> None:
    """Which links the kernel binds to the host, and the classes and filters of those that move."""
    known = current.links.keys()
    peers = {peer for ref in scope.veth_ends & known if (peer := current.links[ref].peer)}
    names = scope.takes | {name for _netns, name in scope.veth_ends - known}
    moved = ({(None, name) for name in names} | (peers - scope.veth_ends)) & known
    if scope.takes or moved:
        from .._observe.moved_links import observe_bound_links, observe_traffic_control

        if None in handles:
            observe_bound_links(scope.takes, handles[None], current)
        observe_traffic_control(moved, handles, current)


observed.steps.observe_features = observe_features
observed.steps.observe_moved_links = _observe_moved_links
