# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Renders changes of sysctls."""

from __future__ import annotations

from .._describe.resources import describe_resource
from .._model.netns import Sysctl
from .dispatch import compose_commands, describe_action, describe_details
from .iproute2 import sysctl_command


@describe_action.register(Sysctl)
def _describe_action(sysctl: Sysctl, before: Sysctl | None, after: Sysctl | None) -> str:
    return f"set {describe_resource(sysctl)}"


@compose_commands.register(Sysctl)
def _compose_commands(sysctl: Sysctl, before: Sysctl | None, after: Sysctl | None) -> list[str]:
    if sysctl.value is None:
        return []
    return [sysctl_command(sysctl.netns, {sysctl.key_path: sysctl.value})]


@describe_details.register(Sysctl)
def _describe_details(sysctl: Sysctl) -> list[str]:
    return []
