# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Applies changes of Open vSwitch in one transaction. An MTU that is undone needs one before it."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from .._host.ovs import OvsRefused, change
from .._model.fast_replace import replace
from .._model.ovs import OvsBridge, OvsPort
from .._model.ovs_arguments import (
    compose_bridge_commands,
    compose_mtu_commands,
    compose_port_commands,
)
from .._netlink.offloads import offload_checksums
from . import dispatch
from .naming import naming

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .._host.netns_handles import NetnsHandles
    from .._model.changes import Change
    from .._model.current_state import CurrentState
    from .._model.ovs_arguments import Command
    from .._model.resources import OvsResource


@dispatch.apply_together.register(OvsBridge)
@dispatch.apply_together.register(OvsPort)
def _apply_changes(
    resource: OvsResource,
    changes: Sequence[Change],
    journal: list[Change],
    handles: NetnsHandles,
) -> None:
    commands = [command for each in changes for command in _compose_commands(each)]
    with naming(changes[0]):
        try:
            for transaction in filter(None, (_compose_first(changes), commands)):
                change(transaction)
            for each in changes:
                _apply_offload(*_ports_of(each), handles)
        except OvsRefused:
            raise
        except BaseException:
            journal += changes
            raise
    journal += changes


def _compose_first(changes: Sequence[Change]) -> list[Command]:
    """What has to be done in a transaction of its own, before all else."""
    return [command for each in changes for command in compose_mtu_commands(*_bridges_of(each))]


def _bridges_of(change: Change) -> tuple[OvsBridge | None, OvsBridge | None]:
    before, after = change.before, change.after
    return (
        before if isinstance(before, OvsBridge) else None,
        after if isinstance(after, OvsBridge) else None,
    )


def _compose_commands(change: Change) -> list[Command]:
    if isinstance(change.resource, OvsBridge):
        return compose_bridge_commands(*_bridges_of(change))
    return compose_port_commands(*_ports_of(change))


def _ports_of(change: Change) -> tuple[OvsPort | None, OvsPort | None]:
    before, after = change.before, change.after
    return (
        before if isinstance(before, OvsPort) else None,
        after if isinstance(after, OvsPort) else None,
    )


def _apply_offload(before: OvsPort | None, after: OvsPort | None, handles: NetnsHandles) -> None:
    """Have the other ends of veth pairs compute their checksums, or not any more."""
    former, wanted = (None if port is None else port.unoffloaded for port in (before, after))
    if former is not None and former != wanted:
        with contextlib.suppress(OSError):  # It may be gone already.
            offload_checksums(handles.get(former[0]).socket, former[1], True)
    if wanted is not None and former != wanted:
        offload_checksums(handles.get(wanted[0]).socket, wanted[1], False)


@dispatch.list_namespaces.register(OvsBridge)
@dispatch.list_namespaces.register(OvsPort)
def _list_namespaces(_resource: OvsResource) -> list[str | None]:
    return []


@dispatch.find_state.register(OvsBridge)
def _find_bridge(bridge: OvsBridge, current: CurrentState) -> object:
    return None if current.ovs is None else current.ovs.bridges.get(bridge.name)


@dispatch.find_state.register(OvsPort)
def _find_port(port: OvsPort, current: CurrentState) -> object:
    found = None if current.ovs is None else current.ovs.ports.get(port.name)
    return None if found is None else replace(found, error=None)


dispatch.invert.register(OvsBridge, dispatch.swap)
dispatch.invert.register(OvsPort, dispatch.swap)
