# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The desired state of a unit in a namespace: from the options of netns_service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._model.errors import Refused
from .._model.services import Publication, Service
from .._params.addresses import parse_address, refuse_not_unicast
from .._params.names import check_netns_name, check_optional, check_range
from .._params.unit_names import check_unit_name
from .common import desired_state_for

if TYPE_CHECKING:
    from .._model.desired_state import DesiredState
    from .._params.specs.netns_service import NetnsServiceParams, PublicationParams


def parse_netns_service(params: NetnsServiceParams) -> DesiredState:
    """Return the desired state of a task of the module netns_service.

    :raises Refused: an option breaks a rule.
    """
    unit = check_unit_name("name", params["name"])
    netns = check_optional(check_netns_name, "netns", params["netns"])
    published = _parse_publish(params["publish"] or [])
    if published and unit.endswith(".socket"):
        rule = "is only for services; publish the port of the service that the socket starts"
        raise Refused("publish", len(published), rule)
    if params["state"] == "absent":
        service = Service(unit, None, restart=params["restart"])
    else:
        service = Service(unit, netns, published, params["restart"])
    return desired_state_for(params["state"], [service])


def _parse_publish(items: list[PublicationParams]) -> tuple[Publication, ...]:
    published: list[Publication] = []
    for index, item in enumerate(items):
        path = f"publish[{index}]"
        one = _parse_publication(item, path)
        ends = [(other.address, other.host_port) for other in published]
        if (one.address, one.host_port) in ends:
            place = ends.index((one.address, one.host_port))
            rule = f"port {one.host_port} of {one.address} is already listed at publish[{place}]"
            raise Refused(f"{path}.host_port", one.host_port, rule)
        published.append(one)
    return tuple(published)


def _parse_publication(item: PublicationParams, path: str) -> Publication:
    port = _check_port(f"{path}.port", item["port"])
    host_port = port
    if item["host_port"] is not None:
        host_port = _check_port(f"{path}.host_port", item["host_port"])
    address = parse_address(f"{path}.address", item["address"], item["address"])
    if not address.is_loopback:
        rule = "is no loopback address of the host; dnat forwards ports of other addresses"
        raise Refused(f"{path}.address", address.text, rule)
    target = parse_address(f"{path}.to", item["to"], item["to"])
    refuse_not_unicast(f"{path}.to", item["to"], target)
    return Publication(port, host_port, address.text, target.text)


def _check_port(parameter: str, value: int) -> int:
    return check_range(parameter, value, 1, 65535) or value
