# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads the units that a task puts into namespaces, and their files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._host.persistent_files import list_labs
from .._host.service_files import read_service_files
from .._host.units import explain_no_units, find_proxy, read_units
from .._model.host_units import name_lab_unit
from .._model.service_units import find_publication

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .._host.netns_handles import NetnsHandle
    from .._model.current_state import CurrentState


def observe_services(
    services: Mapping[str, str | None],
    handles: Mapping[str | None, NetnsHandle],
    current: CurrentState,
) -> None:
    """Read units with their files.

    :param services: the namespace of each unit that a task names; None if it wants it in none.
    :param handles: those of the namespaces, and of the host.
    """
    current.no_units_reason = explain_no_units()
    current.socket_proxy = find_proxy()
    current.persistent_labs = frozenset(list_labs())
    units: dict[str, str | None] = {}
    for unit, netns in services.items():
        files = read_service_files(unit)
        current.files.update(files)
        units.update(dict.fromkeys([unit, *_list_published_units(files)], netns))
        owner = current.namespaces[netns].owner if netns in current.namespaces else None
        if owner in current.persistent_labs:
            units[name_lab_unit(owner or "")] = netns
    if current.no_units_reason is None:
        current.units = read_units(units, handles)


def _list_published_units(files: Mapping[str, object]) -> list[str]:
    found = filter(None, map(find_publication, files))
    return sorted({f"{name}.{suffix}" for name, suffix in found})
