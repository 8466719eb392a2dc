# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads what is in the way of links that are going to be moved."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._host.kernel_features import find_netns_local_reason
from .._netlink.link_queries import get_link
from .._netlink.link_replies import is_immutable
from .traffic_control import read_traffic_control

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .._host.netns_handles import Handles, NetnsHandle
    from .._model.current_state import CurrentState
    from .._model.links import LinkRef


def observe_bound_links(names: Iterable[str], host: NetnsHandle, current: CurrentState) -> None:
    """Read which links the kernel binds to the host, and why, as the end of a sentence."""
    for name in names:
        (reply,) = host.socket.send([get_link(name)])
        is_bound = bool(reply.messages) and is_immutable(reply.messages[0])
        reason = "is bound to its network namespace" if is_bound else find_netns_local_reason(name)
        if reason is not None:
            current.netns_local[name] = reason


def observe_traffic_control(
    refs: Iterable[LinkRef], handles: Handles, current: CurrentState
) -> None:
    """Read the classes and filters of links."""
    for ref in refs:
        current.traffic_control[ref] = read_traffic_control(handles[ref[0]], ref[1])
