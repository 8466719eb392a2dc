# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads the bridges of Open vSwitch, and which links are theirs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._host import programs
from .._host.ovs import explain_unusable, read_state
from .._host.ovs_socket import is_reachable
from .._model.errors import Failed
from .._model.fast_replace import replace
from .._model.ovs import NO_OVS, OVS_KIND

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .._model.current_state import CurrentState
    from .._model.links import Link
    from .._model.scope import Scope

_OF_KERNEL, _OF_DAEMON = "ovs-system", "ovs-netdev"
"""The interfaces of the switch itself, in the kernel and in ovs-vswitchd."""


def observe_ovs(scope: Scope, on_record: Mapping[str, str], current: CurrentState) -> None:
    """Read the database, if there is one, and correct the links that are of Open vSwitch.

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


def try_ovs(
    reasons: list[str], scope: Scope, on_record: Mapping[str, str], current: CurrentState
) -> None:
    """Do the same for a module that changes nothing.

    :param reasons: receives why the database cannot be read.
    """
    try:
        observe_ovs(scope, on_record, current)
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
        elif ref[1] in (_OF_KERNEL, _OF_DAEMON):
            current.links[ref] = _as_interface(link, None)
        elif link.bridge == _OF_KERNEL:
            current.links[ref] = replace(link, bridge="")
        else:
            continue
        current.unproven_marks.pop(ref, None)


def _as_interface(link: Link, owner: str | None) -> Link:
    return replace(link, kind=OVS_KIND, options=None, bridge="", owner=owner, alias=None)
