# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads the routing of the host, and how it reaches the SSH client and its default gateways."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._host.ssh_connection import find_ssh_socket
from .._model.addresses import address_of
from .._model.errors import Failed, describe_error
from .._model.host_paths import (
    Flow,
    HostAddress,
    HostPaths,
    Path,
    Target,
    find_default_routes,
    is_own_route,
)
from .._model.routes import Nexthop
from .._netlink.addresses import dump_addresses, read_address
from .._netlink.routes import find_route, read_path
from .link_states import read_policy_rules
from .routes import read_routes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from .._host.netns_handles import NetnsHandle
    from .._model.links import Link, LinkRef
    from .._model.routes import Route
    from .._model.ssh_connection import SshConnection

_NO_PATH = Path("unreachable", None, None)


def read_host_paths(
    handle: NetnsHandle, links: Mapping[LinkRef, Link], connection: SshConnection | None
) -> HostPaths:
    """The routing of the host, and the places that it has to reach.

    :param connection: the SSH connection that the environment names. Without one it is searched
        for in the sockets of sshd.
    :raises Failed: they cannot be read.
    """
    try:
        return _read_host_paths(handle, links, connection)
    except OSError as error:
        raise _describe_failure(error) from error


def ask_paths(handle: NetnsHandle, flows: Sequence[Flow]) -> list[Path]:
    """The kernel's answers by which routes these packets would leave.

    :raises Failed: it gives none.
    """
    try:
        return _ask_paths(handle, flows)
    except OSError as error:
        raise _describe_failure(error) from error


def _describe_failure(error: OSError) -> Failed:
    return Failed(f"the routes of this host cannot be read: {describe_error(error)}")


def _read_host_paths(
    handle: NetnsHandle, links: Mapping[LinkRef, Link], connection: SshConnection | None
) -> HostPaths:
    names = handle.indexes.names
    found = map(read_address, handle.socket.dump(dump_addresses()))
    addresses = tuple(HostAddress(names.get(reply.ifindex, ""), reply.address) for reply in found)
    routes = read_routes(handle, with_local=False)
    targets = [*_find_gateways(handle, links, routes)]
    connection = connection or find_ssh_socket()
    client = None if connection is None else _find_client(handle, links, addresses, connection)
    if client is not None:
        targets.insert(0, client)
    return HostPaths(read_policy_rules(handle), routes, addresses, tuple(targets))


def _ask_paths(handle: NetnsHandle, flows: Sequence[Flow]) -> list[Path]:
    requests = [
        find_route(
            flow.destination,
            handle.indexes[flow.vrf] if flow.vrf else 0,
            flow.source,
            flow.ports,
        )
        for flow in flows
    ]
    names = handle.indexes.names
    return [
        read_path(names, reply.messages[0]) if reply.messages else _NO_PATH
        for reply in handle.socket.send(requests)
    ]


def _is_link_local(address: str) -> bool:
    parsed = address_of(address)
    return parsed.version == 6 and parsed.is_link_local


def _find_client(
    handle: NetnsHandle,
    links: Mapping[LinkRef, Link],
    addresses: Sequence[HostAddress],
    connection: SshConnection,
) -> Target | None:
    """The client of an SSH connection; None if it is on this host, or not reached from it."""
    own = {address.address.split("/")[0]: address.device for address in addresses}
    if connection.client in own:
        return None
    inbound = own.get(connection.server or "")
    if _is_link_local(connection.client):
        device = connection.zone or inbound
        flow = Flow(connection.client, connection.server)
        return None if device is None else Target(flow, None, device, inbound)
    link = links.get((None, inbound or ""))
    flow = Flow(
        connection.client,
        connection.server if inbound is not None else None,
        (connection.server_port, connection.client_port),
        link.vrf or None if link is not None else None,
    )
    (path,) = _ask_paths(handle, [flow])
    device = path.device or inbound
    return None if device is None or path.type == "local" else Target(flow, path, device, inbound)


def _find_gateways(
    handle: NetnsHandle, links: Mapping[LinkRef, Link], routes: tuple[Route, ...]
) -> Iterator[Target]:
    """The next hops of the default routes, but not of those into a lab."""
    for default in (*find_default_routes(4, routes), *find_default_routes(6, routes)):
        for hop in default.nexthops or (Nexthop(default.gateway, default.device),):
            link = links.get((None, hop.device or ""))
            if link is None or (is_own_route(default) and link.owner is not None):
                continue
            flow, path = Flow(hop.gateway or ""), None
            if hop.gateway is not None and not _is_link_local(hop.gateway):
                (path,) = _ask_paths(handle, [flow])
            yield Target(flow, path, link.name, default=default)
