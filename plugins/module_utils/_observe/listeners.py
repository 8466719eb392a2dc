# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads which sockets listen, where something is wanted at their ports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._host.listeners import read_listeners
from .._host.netns import inside_netns

if TYPE_CHECKING:
    from .._host.netns_handles import Handles
    from .._model.current_state import CurrentState
    from .._model.scope import Scope


def observe_listeners(scope: Scope, handles: Handles, current: CurrentState) -> None:
    """Read the listening sockets of the namespaces that the scope names."""
    for netns in scope.listeners & handles.keys():
        with inside_netns(handles[netns].descriptor):
            current.listeners[netns] = read_listeners()
