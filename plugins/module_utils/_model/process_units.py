# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The units of systemd that run processes of topologies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .services import path_of_unit_netns

if TYPE_CHECKING:
    from .processes import LabProcess


def name_unit(owner: str, name: str) -> str:
    """The unit of a process."""
    return f"redblue-netns-{owner}-{name}.service"


def list_properties(process: LabProcess) -> list[str]:
    """The properties of a unit that follow from the options of its process."""
    properties = [f"Restart={process.restart}"]
    if process.netns is not None:
        properties.append(f"NetworkNamespacePath={path_of_unit_netns(process.netns)}")
    if process.user is not None:
        properties.append(f"User={process.user}")
    if process.log is not None:
        properties.append(f"StandardOutput=append:{process.log}")
    return properties


def escape_command(process: LabProcess) -> list[str]:
    """A command in which systemd expands no variables, see systemd.service(5)."""
    return [argument.replace("$", "$$") for argument in process.command]
