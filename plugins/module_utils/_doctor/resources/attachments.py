# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Diagnoses attachments to networks of CNI."""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING

from ..._model.cni import ATTACHED, CniAttachment
from ..findings import Location, format_ref, netns_location
from . import dispatch

if TYPE_CHECKING:
    from ..._model.changes import Change
    from ..._model.current_state import CurrentState
    from ..._model.desired_state import DesiredState


@dispatch.describe_subject.register(CniAttachment)
def _describe_subject(resource: CniAttachment) -> str:
    return format_ref((resource.netns, resource.ifname))


@dispatch.find_checks.register(CniAttachment)
def _find_checks(_resource: CniAttachment, change: Change) -> list[str]:
    before = change.before
    if change.after is None and isinstance(before, CniAttachment) and before.state == ATTACHED:
        return ["not_declared"]
    return ["attachment_broken"]


dispatch.affected_locations.register(CniAttachment, dispatch.affect_nothing)


@dispatch.required_locations.register(CniAttachment)
def _required_locations(resource: CniAttachment, _desired: DesiredState) -> frozenset[Location]:
    return frozenset({netns_location(resource.netns)})


@dispatch.show_command.register(CniAttachment)
def _show_command(resource: CniAttachment, _current: CurrentState) -> str:
    return f"ip -n {quote(resource.netns)} addr show dev {quote(resource.ifname)}"
