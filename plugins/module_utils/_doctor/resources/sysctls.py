# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Kernel parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._model.forwarding import FORWARDING_OFF
from ..._model.netns import Sysctl
from ..commands import sysctl_command
from ..findings import Location, format_ref, ruleset_location
from . import dispatch

if TYPE_CHECKING:
    from ..._model.changes import Change
    from ..._model.current_state import CurrentState
    from ..._model.desired_state import DesiredState


def _is_forwarding(sysctl: Sysctl) -> bool:
    return sysctl.key_path.endswith("/forwarding")


@dispatch.describe_subject.register(Sysctl)
def _describe_subject(resource: Sysctl) -> str:
    subject = resource.key_path
    if _is_forwarding(resource):
        _net, family, _conf, interface = resource.key_path.split("/")[:4]
        subject = f"{family}:{interface}"
    return format_ref((resource.netns, subject))


@dispatch.find_checks.register(Sysctl)
def _find_checks(resource: Sysctl, change: Change) -> list[str]:
    enables_forwarding = _is_forwarding(resource) and resource.value != FORWARDING_OFF
    return dispatch.unless_removed(change, "forwarding_off" if enables_forwarding else "differs")


dispatch.affected_locations.register(Sysctl, dispatch.affect_nothing)


@dispatch.required_locations.register(Sysctl)
def _required_locations(resource: Sysctl, _desired: DesiredState) -> frozenset[Location]:
    """Forwarding is set for the rules of the namespace."""
    return frozenset({ruleset_location(resource.netns)})


@dispatch.show_command.register(Sysctl)
def _show_command(resource: Sysctl, _current: CurrentState) -> str:
    return sysctl_command(resource.netns, resource.key_path)
