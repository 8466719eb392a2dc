# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""VLANs of bridge ports."""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING

from ..._model.bridge_vlans import PortVlans
from ..commands import iproute2_command
from ..findings import Location, format_ref
from .dispatch import (
    NOWHERE,
    affected_locations,
    describe_subject,
    find_checks,
    required_locations,
    show_command,
)
from .link_settings import link_locations

if TYPE_CHECKING:
    from ..._model.changes import Change
    from ..._model.current_state import CurrentState
    from ..._model.desired_state import DesiredState


@describe_subject.register(PortVlans)
def _describe_subject(resource: PortVlans) -> str:
    return format_ref((resource.netns, resource.link))


@find_checks.register(PortVlans)
def _find_checks(_resource: PortVlans, _change: Change) -> list[str]:
    return ["differs"]


@affected_locations.register(PortVlans)
def _affected_locations(_resource: PortVlans) -> frozenset[Location]:
    return NOWHERE


@required_locations.register(PortVlans)
def _required_locations(resource: PortVlans, _desired: DesiredState) -> frozenset[Location]:
    return link_locations(resource.netns, resource.link)


@show_command.register(PortVlans)
def _show_command(resource: PortVlans, _current: CurrentState) -> str:
    return f"{iproute2_command('bridge', resource.netns)} vlan show dev {quote(resource.link)}"
