# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Units in namespaces: as options of netns_service, and what they do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._host.declared_services import read_declared_services
from .._model.declared_services import find_fault
from .._model.errors import Refused
from .._model.services import ELSEWHERE, NOWHERE, UNKNOWN
from .._params.names import check_netns_name
from .._params.unit_names import check_unit_name
from .items import HOST, Item

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .._host.netns_handles import NetnsHandle
    from .._model.declared_services import DeclaredService
    from .._model.netns import Netns


def read_services(
    handles: Mapping[str | None, NetnsHandle], namespaces: Mapping[str, Netns]
) -> list[Item]:
    """The units that files of this collection put into namespaces.

    :param handles: those of the namespaces to look at, and of the host.
    :param namespaces: those that exist.
    :raises Failed: the files, or what systemd says, cannot be read.
    """
    services = read_declared_services(handles, namespaces)
    return [_compose_service(service) for service in services if _is_valid(service)]


def _is_valid(service: DeclaredService) -> bool:
    """Whether the names are those of a unit and of a namespace, as its task would require."""
    try:
        check_unit_name("name", service.unit)
        check_netns_name("netns", service.netns or "")
    except Refused:
        return False
    return True


def _compose_service(service: DeclaredService) -> Item:
    state, fault = service.state, find_fault(service)
    place = None if state.place in (NOWHERE, UNKNOWN, ELSEWHERE) else state.place or HOST
    return {
        "options": {**service.options, "name": service.unit, "netns": service.netns},
        "active": state.is_active,
        "runs_in": place,
        "in_place": state.place == service.netns and not state.sees_other_files,
        "fault": None if fault is None else f"{service.unit} {fault.text}",
    }
