# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Renders changes of where units run."""

from __future__ import annotations

import shlex

from .._describe.places import describe_location
from .._model.services import ELSEWHERE, NOWHERE, UNKNOWN, Service
from .dispatch import compose_commands, describe_action, describe_details


@describe_action.register(Service)
def _describe_action(service: Service, before: Service | None, after: Service | None) -> str:
    place = describe_location(None if service.netns in (ELSEWHERE, UNKNOWN) else service.netns)
    if after is None or after.netns == NOWHERE:
        return f"stop {service.unit}"
    verb = "start" if before is None or before.netns == NOWHERE else "restart"
    return f"{verb} {service.unit} {place}"


@compose_commands.register(Service)
def _compose_commands(service: Service, before: Service | None, after: Service | None) -> list[str]:
    verb = "stop" if after is None or after.netns == NOWHERE else "restart"
    return [f"systemctl {verb} {shlex.quote(service.unit)}"]


@describe_details.register(Service)
def _describe_details(service: Service) -> list[str]:
    if service.netns == NOWHERE:
        return ["  does not run"]
    if service.netns == UNKNOWN:
        return []
    place = "in another namespace" if service.netns == ELSEWHERE else None
    return [f"  runs {place or describe_location(service.netns)}"]
