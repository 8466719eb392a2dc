# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Links that are not veth pairs, and changes of any link."""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING

from ..._model.links import Link
from ..._model.ovs import OVS_KIND
from ..commands import ip_command
from ..findings import Location, netns_location, subject_of
from . import dispatch

if TYPE_CHECKING:
    from ..._model.changes import Change
    from ..._model.current_state import CurrentState
    from ..._model.desired_state import DesiredState


@dispatch.describe_subject.register(Link)
def _describe_subject(resource: Link) -> str:
    return subject_of(resource)


def _check_of_state(link: Link) -> str:
    if link.name == "lo":
        return "loopback_down"
    return "bridge_down" if link.kind in ("bridge", OVS_KIND) else "link_down"


def _find_checks_of_update(before: Link, after: Link) -> list[str]:
    found = []
    if before.netns != after.netns:
        found.append("link_misplaced")
    if after.up and not before.up:
        found.append(_check_of_state(before))
    if after.bridge != before.bridge:
        found.append("port_missing" if after.bridge else "not_declared")
    if (after.vrf or "") != (before.vrf or ""):
        found.append("vrf_missing" if after.vrf else "not_declared")
    if after.arp and before.arp is False:
        found.append("arp_off")
    return found or ["differs"]


@dispatch.find_checks.register(Link)
def _find_checks(resource: Link, change: Change) -> list[str]:
    if isinstance(change.before, Link) and isinstance(change.after, Link):
        return _find_checks_of_update(change.before, change.after)
    missing = "bridge_missing" if resource.kind == "bridge" else "link_missing"
    return dispatch.unless_removed(change, missing)


@dispatch.affected_locations.register(Link)
def _affected_locations(resource: Link) -> frozenset[Location]:
    return frozenset({resource.ref})


@dispatch.required_locations.register(Link)
def _required_locations(resource: Link, _desired: DesiredState) -> frozenset[Location]:
    if resource.netns is None:
        return frozenset({resource.ref})
    return frozenset({netns_location(resource.netns), resource.ref})


@dispatch.show_command.register(Link)
def _show_command(resource: Link, _current: CurrentState) -> str:
    return f"{ip_command(resource.netns)} -d link show dev {quote(resource.name)}"
