# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Routes."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from ..._describe.routes import describe_destination, describe_route
from ..._model.addresses import family_of, network_of
from ..._model.changes import Change, links_in
from ..._model.routes import MAIN_TABLE, Route
from ..commands import ip_command
from ..findings import Location, format_ref, netns_location
from . import dispatch

if TYPE_CHECKING:
    from ..._model.current_state import CurrentState
    from ..._model.desired_state import DesiredState
    from ..._model.links import Link


@dispatch.describe_subject.register(Route)
def _describe_subject(resource: Route) -> str:
    return format_ref((resource.netns, describe_route(resource)))


@dispatch.find_checks.register(Route)
def _find_checks(_resource: Route, change: Change) -> list[str]:
    return dispatch.unless_removed(change, "route_missing")


dispatch.affected_locations.register(Route, dispatch.affect_nothing)


def _is_on_link(gateway: str | None, link: Link) -> bool:
    if not gateway:
        return False
    address = ipaddress.ip_address(gateway)
    return any(address in network_of(text) for text in link.addresses or ())


@dispatch.required_locations.register(Route)
def _required_locations(resource: Route, desired: DesiredState) -> frozenset[Location]:
    """The namespace, the devices, and the links on whose networks the gateways are."""
    netns = resource.netns
    hops = [(hop.gateway, hop.device) for hop in resource.nexthops or ()]
    hops = hops or [(resource.gateway, resource.device)]
    found = {netns_location(netns)} if netns else set()
    found |= {(netns, device) for _gateway, device in hops if device}
    for link in links_in(desired.present):
        if link.netns == netns and any(_is_on_link(gateway, link) for gateway, _device in hops):
            found.add(link.ref)
    return frozenset(found)


@dispatch.show_command.register(Route)
def _show_command(resource: Route, _current: CurrentState) -> str:
    ip = ip_command(resource.netns, family_of(resource.destination))
    table = "" if resource.table == MAIN_TABLE else f" table {resource.table}"
    return f"{ip} route show {describe_destination(resource)}{table}"
