# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Units that files of this collection put into namespaces, and what is wrong with them. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .fast_typing import NamedTuple
from .service_units import path_of_drop_in
from .services import ELSEWHERE, NOWHERE, UNKNOWN, path_of_unit_netns

if TYPE_CHECKING:
    from .unit_states import UnitState

FAULTS = NETNS, MISSING, ALTERED, FAILED, MISPLACED, OUTDATED = (
    "service_without_netns",
    "service_missing",
    "service_altered",
    "service_failed",
    "service_misplaced",
    "service_outdated",
)
"""Kinds of faults, causes before their effects."""


class DeclaredService(NamedTuple):
    """A unit that a task put into a namespace."""

    unit: str
    netns: str | None
    """None if the file that names it is gone."""
    options: dict[str, Any]
    """The options of module netns_service that declare it."""
    state: UnitState
    sockets: tuple[UnitState, ...] = ()
    """The sockets that publish its ports."""
    has_netns: bool = True
    is_altered: bool = False
    """Whether its drop-in is another one than module netns_service would write."""


class ServiceFault(NamedTuple):
    """Why a unit does not run where it should."""

    kind: str
    subject: str
    """The unit, or a socket that publishes a port of it."""
    text: str
    """What follows the name of the unit in a sentence."""


def find_fault(service: DeclaredService) -> ServiceFault | None:
    """The first fault of a unit; None if it has none, or if systemd cannot be asked."""
    state, unit = service.state, service.unit
    if service.netns is None:
        text = f"has no {path_of_drop_in(unit)} any more, which put it into a namespace"
        return ServiceFault(ALTERED, unit, text)
    if not service.has_netns:
        text = f"cannot start: namespace {service.netns} does not exist"
        return ServiceFault(NETNS, unit, text)
    if state.load == "not-found":
        return ServiceFault(MISSING, unit, "does not exist")
    if state.load not in ("loaded", ""):
        return ServiceFault(MISSING, unit, f"cannot start: it is {state.load}")
    return _find_other_files(service) or _find_state(service)


def _find_other_files(service: DeclaredService) -> ServiceFault | None:
    """A fault of the files of a unit."""
    state, unit = service.state, service.unit
    wanted = path_of_unit_netns(service.netns or "")
    is_loaded = state.load == "loaded"
    if is_loaded and state.configured != wanted and state.needs_reload:
        text = f"is not put into namespace {service.netns} yet: systemd has not read its files"
        return ServiceFault(ALTERED, unit, text)
    if is_loaded and state.configured != wanted:
        named = f"NetworkNamespacePath={state.configured}"
        return ServiceFault(ALTERED, unit, f"has other files, by which systemd sets {named}")
    joined = state.explain_joined(service.netns or "")
    if joined:
        return ServiceFault(ALTERED, unit, joined)
    if state.lost_settings:
        text = f"has other files, which take back {' and '.join(state.lost_settings)}"
        return ServiceFault(ALTERED, unit, text)
    if service.is_altered:
        text = f"has a {path_of_drop_in(unit)} that differs from what was declared"
        return ServiceFault(ALTERED, unit, text)
    return None


def _find_state(service: DeclaredService) -> ServiceFault | None:
    """A fault of what runs."""
    state, unit = service.state, service.unit
    if state.has_failed:
        cause = f": it could not enter namespace {service.netns}" if state.lost_netns else ""
        return ServiceFault(FAILED, unit, f"has failed{cause}")
    if state.place not in (service.netns, UNKNOWN, NOWHERE):
        return ServiceFault(MISPLACED, unit, f"runs {_describe_place(service)}")
    if state.sees_other_files:
        text = f"sees other files in /etc than those of /etc/netns/{service.netns}"
        return ServiceFault(OUTDATED, unit, text)
    for socket in service.sockets:
        if socket.load and not socket.is_active:
            text = f"is not reached at a published port: {socket.name} is not active"
            return ServiceFault(FAILED, socket.name, text)
    return None


def _describe_place(service: DeclaredService) -> str:
    place = service.state.place
    if place is None:
        return f"on the host, not in namespace {service.netns}"
    if place == ELSEWHERE:
        return f"in another namespace than {service.netns}, which may be a former one of that name"
    return f"in namespace {place}, not in {service.netns}"
