# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of what a topology may reach of the host itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._model.addresses import is_part, network_of
from .._model.errors import Refused
from .._model.host_access import HostAccess, allows_port
from .nat_networks import connected_networks

if TYPE_CHECKING:
    from .._model.links import Link
    from .._model.resources import NatResource
    from .projection import Projection


def check_host_access(projection: Projection, wanted: NatResource) -> None:
    """Check that no interface of others leads from the topology to the host.

    Nor may the limit close the port of the SSH connection of the task.

    :raises Refused: if one does: its other users would be limited too, and without a limit the
        topology would reach all of the host. Also if no further task would reach the host.
    """
    if not isinstance(wanted, HostAccess):
        return
    link = projection.links.get((wanted.netns, wanted.interface))
    lab = projection.request.lab
    if link is not None and link.owner != lab and _leads_to(projection, link, lab):
        raise Refused(
            "host_access",
            ", ".join(wanted.allowed) or "none",
            f"cannot limit what enters by {link.name}, which this topology did not create; "
            "use a bridge of the topology's own, or omit host_access",
        )
    connection = projection.current.ssh_connection
    if connection is None or allows_port(wanted, "tcp", connection.server_port):
        return
    if wanted.interface == (connection.zone or _find_device(projection, connection.client)):
        raise Refused(
            "host_access",
            ", ".join(wanted.allowed) or "none",
            f"closes port {connection.server_port} for {wanted.interface}, by which the SSH "
            f"connection of this task comes; add {connection.server_port}/tcp",
        )


def _leads_to(projection: Projection, link: Link, lab: str | None) -> bool:
    """Whether a link of the host has ports of a topology, or its other end in a namespace of it."""
    netns = projection.namespaces.get(link.peer[0] or "") if link.peer else None
    return (netns is not None and netns.is_of(lab)) or any(
        port.bridge == link.name and port.owner == lab
        for port in projection.links.in_netns(link.netns)
    )


def _find_device(projection: Projection, address: str) -> str | None:
    """Return the interface of the longest prefix to an address; None without one."""
    wanted = network_of(address)
    found = [
        (network_of(network).prefixlen, device)
        for network, device in connected_networks(projection, None)
        if is_part(wanted, network_of(network))
    ]
    return max(found)[1] if found else None
