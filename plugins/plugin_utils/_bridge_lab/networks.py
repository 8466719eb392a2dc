# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The networks of a lab, and the addresses of its namespaces. Pure."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Union

from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Refused
from ansible_collections.redblue.netns.plugins.module_utils._params.addresses import (
    check_gateway,
    check_interface_address,
    check_network,
)

from .options import read_list, read_text

if TYPE_CHECKING:
    from .namespaces import LabNamespace

Network = Union[ipaddress.IPv4Network, ipaddress.IPv6Network]

Gateways = Mapping[int, str]
"""The gateway's address by IP version."""


def read_networks(value: Any) -> list[Network]:
    """The networks of a lab: one, or one of each address family.

    :raises Refused: there are none, or two of one family, or one is not valid.
    """
    networks: list[Network] = []
    for given in read_list("network", value):
        text = read_text("network", given)
        network = ipaddress.ip_network(check_network("network", text))
        if "/" not in text:
            raise Refused("network", text, f"has no prefix length; write {text}/LENGTH")
        if any(network.version == other.version for other in networks):
            raise Refused(
                "network",
                value,
                f"contains two IPv{network.version} networks; a lab has one of each family",
            )
        networks.append(network)
    if not networks:
        raise Refused("network", value, "is empty; a lab needs at least one network")
    return networks


def read_gateways(value: Any, networks: Sequence[Network]) -> dict[int, str]:
    """The gateways, at most one in each network.

    :raises Refused: an address is not valid or in no network, or a network has two gateways.
    """
    gateways: dict[int, str] = {}
    for given in read_list("gateway", value):
        address = check_gateway("gateway", read_text("gateway", given))
        containing = (found for found in networks if ipaddress.ip_address(address) in found)
        network = next(containing, None)
        if network is None:
            names = ", ".join(map(str, networks))
            raise Refused("gateway", address, f"is not in a network of the lab: {names}")
        if network.version in gateways:
            raise Refused(
                "gateway",
                address,
                f"is a second gateway of {network}; the first is {gateways[network.version]}",
            )
        check_interface_address("gateway", f"{address}/{network.prefixlen}")
        gateways[network.version] = address
    return gateways


def assign_addresses(
    namespaces: Sequence[LabNamespace], networks: Sequence[Network], gateways: Gateways
) -> None:
    """Give each namespace without addresses the next free address of each network.

    :raises Refused: an address is used twice, or a network has no free address.
    """
    used = list_used(namespaces, gateways)
    free: list[tuple[Network, Iterator[Any]]] = [
        (network, (host for host in network.hosts() if str(host) not in used))
        for network in networks
    ]
    for namespace in namespaces:
        if namespace.addresses is None:
            namespace.addresses = []
            for network, hosts in free:
                host = next(hosts, None)
                if host is None:
                    raise Refused(
                        "network",
                        str(network),
                        f"has no free address for namespace {namespace.name}",
                    )
                namespace.addresses.append(f"{host}/{network.prefixlen}")


def list_used(namespaces: Sequence[LabNamespace], gateways: Gateways) -> set[str]:
    """The addresses that are in use, without prefix lengths."""
    used = set(gateways.values())
    for index, namespace in enumerate(namespaces):
        for number, text in enumerate(namespace.addresses or ()):
            address = text.split("/")[0]
            if address in used:
                raise Refused(
                    f"namespaces[{index}].addresses[{number}]",
                    text,
                    "is already used by the gateway or another namespace",
                )
            used.add(address)
    return used
