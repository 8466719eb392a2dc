# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a lab has where the user gives nothing: counted from its networks and namespaces. Pure."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Any

from .networks import list_used

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .namespaces import LabNamespace
    from .networks import Network

_WALKTHROUGH = (["red", "blue"], [ipaddress.ip_network("192.168.15.0/24")])
"""The namespaces and the network of the walkthrough. Only this lab publishes a port unasked."""
_GATEWAY_NUMBER = 5


def is_walkthrough(namespaces: Sequence[LabNamespace], networks: Sequence[Network]) -> bool:
    """Whether the lab is that of the walkthrough."""
    return ([namespace.name for namespace in namespaces], list(networks)) == _WALKTHROUGH


def choose_gateways(
    namespaces: Sequence[LabNamespace], networks: Sequence[Network]
) -> dict[int, str]:
    """The fifth address of each network, or else the last one that no namespace has."""
    used = list_used(namespaces, {})
    found: dict[int, str] = {}
    for network in networks:
        candidates = (str(host) for host in _candidates(network) if str(host) not in used)
        gateway = next(candidates, None)
        if gateway is not None:
            found[network.version] = gateway
    return found


def _candidates(network: Network) -> Iterable[Any]:
    count = network.num_addresses
    # The first address is the network's own, and the last one may be that of its broadcast.
    first, last = (1, count - 2) if count > 2 else (0, count - 1)
    for number in (_GATEWAY_NUMBER, *range(last, max(first - 1, last - 1000), -1)):
        if first <= number <= last:
            yield network[number]


def default_routes(networks: Sequence[Network], gateways: Sequence[str]) -> list[Any]:
    """A default route if there is a gateway, and the route of the walkthrough in its network."""
    if gateways and list(networks) == _WALKTHROUGH[1]:
        return ["192.168.1.0/24", "default"]
    return ["default"] if gateways else []


def default_forwards(is_of_walkthrough: bool, gateways: Sequence[str]) -> list[Any]:
    """Nothing is published unless the user asks for it."""
    if is_of_walkthrough and gateways:
        return [{"destination_port": 80, "namespace": "blue"}]
    return []
