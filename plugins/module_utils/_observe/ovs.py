# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads the bridges of Open vSwitch, and which links are theirs."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from .._host import programs
from .._host.ovs import explain_unusable, read_state
from .._host.ovs_socket import is_reachable
from .._model.errors import Failed
from .._model.fast_replace import replace
from .._model.ovs import KERNEL_SWITCH, NO_OVS, OF_DAEMON, OVS_KIND, SWITCHES
from .._netlink.offloads import offloads_checksums

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .._host.netns_handles import Handles
    from .._model.current_state import CurrentState
    from .._model.links import Link
    from .._model.ovs import OvsState
    from .._model.scope import Scope


def observe_ovs(
    scope: Scope, on_record: Mapping[str, str], handles: Handles, current: CurrentState
) -> None:
    """Read the database, if there is one, and correct the links that are of Open vSwitch.

    :param handles: the namespaces that are observed.
    :param on_record: the owners of bridges of Open vSwitch that are on record.
    :raises Failed: the database cannot be read.
    """
    if not is_reachable():
        current.ovs_on_record = on_record
        if not scope.ovs and not on_record:
            return
        current.no_ovs_reason = explain_unusable()
        if programs.find("ovs-vsctl") is None:
            current.ovs = NO_OVS
        return
    current.ovs = read_state()
    if current.ovs.bridges or scope.ovs:
        current.no_ovs_reason = explain_unusable()
        _correct_links(current)
        _read_offloads(current.ovs, handles, current)


def try_ovs(
    reasons: list[str],
    scope: Scope,
    on_record: Mapping[str, str],
    handles: Handles,
    current: CurrentState,
) -> None:
    """Do the same for a module that changes nothing.

    :param reasons: receives why the database cannot be read.
    """
    try:
        observe_ovs(scope, on_record, handles, current)
    except Failed as error:
        reasons.append(str(error))


def _correct_links(current: CurrentState) -> None:
    """Have the interfaces of bridges one kind and the owner of their bridge."""
    bridges = (current.ovs or NO_OVS).bridges
    for ref, link in list(current.links.items()):
        if ref[0] is not None:
            continue
        if ref[1] in bridges:
            current.links[ref] = _as_interface(link, bridges[ref[1]].owner)
        elif ref[1] in SWITCHES:
            current.links[ref] = _as_interface(link, None)
        elif link.bridge == KERNEL_SWITCH:
            current.links[ref] = replace(link, bridge="")
        else:
            continue
        current.unproven_marks.pop(ref, None)


def _read_offloads(ovs: OvsState, handles: Handles, current: CurrentState) -> None:
    """Find the ends of veth pairs that compute checksums, which the switch of the daemon needs."""
    for name, port in list(ovs.ports.items()):
        link = current.links.get((None, name))
        is_needed = ovs.bridges[port.bridge].datapath == OF_DAEMON and not port.type
        if not is_needed or link is None or link.peer is None or link.peer[0] not in handles:
            continue
        with contextlib.suppress(OSError):  # It has been removed meanwhile.
            if not offloads_checksums(handles[link.peer[0]].socket, link.peer[1]):
                ovs.ports[name] = replace(port, unoffloaded=link.peer)


def _as_interface(link: Link, owner: str | None) -> Link:
    return replace(link, kind=OVS_KIND, options=None, bridge="", owner=owner, alias=None)
