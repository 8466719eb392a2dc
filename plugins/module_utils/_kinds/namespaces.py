# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Namespaces, with their kernel parameters and their files in /etc/netns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._observe.kinds import steps
from .._planned.namespaces import load_renderers

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType

    from .._host.netns import NetnsIdentity
    from .._host.netns_handles import Handles
    from .._model.current_state import CurrentState, Process
    from .._model.netns import Sysctl


__all__ = ["load_appliers", "load_renderers"]


def load_appliers() -> tuple[ModuleType, ...]:
    """See ``Kind``."""
    from .._apply import namespaces, netns_files, sysctls

    return (namespaces, netns_files, sysctls)


def _find_sysctl_faults(wanted: Sequence[Sysctl], handles: Handles, current: CurrentState) -> None:
    from .._observe.sysctl_faults import find_sysctl_faults

    find_sysctl_faults(wanted, handles, current)


def _find_processes(names: dict[NetnsIdentity, str]) -> dict[str, list[Process]]:
    from .._host.processes import find_processes

    return find_processes(names)


steps.find_sysctl_faults = _find_sysctl_faults
steps.find_processes = _find_processes
