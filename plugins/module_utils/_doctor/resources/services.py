# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Units of systemd in namespaces."""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING

from ..._model.services import Service
from . import dispatch

if TYPE_CHECKING:
    from ..._model.changes import Change
    from ..._model.current_state import CurrentState


@dispatch.describe_subject.register(Service)
def _describe_subject(resource: Service) -> str:
    return resource.unit


@dispatch.find_checks.register(Service)
def _find_checks(_resource: Service, change: Change) -> list[str]:
    return dispatch.unless_removed(change, "differs")


dispatch.affected_locations.register(Service, dispatch.affect_nothing)


dispatch.required_locations.register(Service, dispatch.require_nothing)


@dispatch.show_command.register(Service)
def _show_command(resource: Service, _current: CurrentState) -> str:
    return f"systemctl show -p NetworkNamespacePath {quote(resource.unit)}"
