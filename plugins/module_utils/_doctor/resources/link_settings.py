# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What resources that belong to one link have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Union

from ..._model.bridge_vlans import PortVlans
from ..._model.impairments import Impairment
from ..findings import Location, format_ref, netns_location
from . import dispatch

if TYPE_CHECKING:
    from ..._model.changes import Change
    from ..._model.desired_state import DesiredState

_LinkSetting = Union[PortVlans, Impairment]


def link_locations(netns: str | None, link: str) -> frozenset[Location]:
    """The locations that a setting of a link requires."""
    if netns is None:
        return frozenset({(netns, link)})
    return frozenset({netns_location(netns), (netns, link)})


@dispatch.describe_subject.register(PortVlans)
@dispatch.describe_subject.register(Impairment)
def _describe_subject(resource: _LinkSetting) -> str:
    return format_ref((resource.netns, resource.link))


@dispatch.find_checks.register(PortVlans)
@dispatch.find_checks.register(Impairment)
def _find_checks(_resource: _LinkSetting, _change: Change) -> list[str]:
    return ["differs"]


dispatch.affected_locations.register(PortVlans, dispatch.affect_nothing)
dispatch.affected_locations.register(Impairment, dispatch.affect_nothing)


@dispatch.required_locations.register(PortVlans)
@dispatch.required_locations.register(Impairment)
def _required_locations(resource: _LinkSetting, _desired: DesiredState) -> frozenset[Location]:
    return link_locations(resource.netns, resource.link)
