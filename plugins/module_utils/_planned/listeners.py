# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Listening sockets, which are in the way of port forwarding and of others that listen."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .._host.netns_handles import Handles
    from .._model.current_state import CurrentState
    from .._model.scope import Scope


def observe_listeners(scope: Scope, handles: Handles, current: CurrentState) -> None:
    """Read them. It is the step of the observer of each kind that has listeners in its scope."""
    from .._observe.listeners import observe_listeners

    observe_listeners(scope, handles, current)
