# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Addresses."""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING

from ..._model.addresses import Address
from ..commands import ip_command
from ..findings import Location, format_ref
from . import dispatch
from .link_settings import link_locations

if TYPE_CHECKING:
    from ..._model.changes import Change
    from ..._model.current_state import CurrentState
    from ..._model.desired_state import DesiredState


@dispatch.describe_subject.register(Address)
def _describe_subject(resource: Address) -> str:
    return format_ref((resource.netns, resource.address))


@dispatch.find_checks.register(Address)
def _find_checks(_resource: Address, change: Change) -> list[str]:
    return dispatch.unless_removed(change, "address_missing")


@dispatch.affected_locations.register(Address)
def _affected_locations(resource: Address) -> frozenset[Location]:
    return frozenset({(resource.netns, resource.link)})


@dispatch.required_locations.register(Address)
def _required_locations(resource: Address, _desired: DesiredState) -> frozenset[Location]:
    return link_locations(resource.netns, resource.link)


@dispatch.show_command.register(Address)
def _show_command(resource: Address, _current: CurrentState) -> str:
    return f"{ip_command(resource.netns)} addr show dev {quote(resource.link)}"
