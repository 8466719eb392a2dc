# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Applies changes of the VLANs of bridge ports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._model.bridge_vlans import PortVlans
from .._netlink.bridge_vlans import alter_vlans
from . import dispatch

if TYPE_CHECKING:
    from .._host.netns_handles import NetnsHandles
    from .._model.current_state import CurrentState
    from .batches import Batch


@dispatch.compose_messages.register(PortVlans)
def _compose_messages(
    vlans: PortVlans, before: PortVlans, after: PortVlans, handles: NetnsHandles
) -> list[Batch]:
    index = handles.get(vlans.netns).indexes[vlans.link]
    return [(vlans.netns, alter_vlans(index, before, after))]


@dispatch.find_state.register(PortVlans)
def _find_state(vlans: PortVlans, current: CurrentState) -> object:
    return current.vlans.get((vlans.netns, vlans.link))


dispatch.must_wait.register(PortVlans, dispatch.wait_for_link)
dispatch.list_namespaces.register(PortVlans, dispatch.list_own_namespace)
dispatch.invert.register(PortVlans, dispatch.swap)
