# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads routes and neighbours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._model.current_state import Neighbour
from .._netlink.neighbours import dump_neighbours, dump_proxies, read_neighbour
from .._netlink.routes import LOCAL_ROUTES, dump_routes, read_route

if TYPE_CHECKING:
    from .._host.netns_handles import NetnsHandle
    from .._model.routes import Route
    from .._netlink.socket import Request


def read_routes(handle: NetnsHandle, with_local: bool) -> tuple[Route, ...]:
    """The routes of all tables; ``with_local`` those too that the kernel keeps in table local."""
    names = handle.indexes.names
    found: list[Route] = []
    for data in handle.socket.dump(dump_routes(), None if with_local else LOCAL_ROUTES):
        route = read_route(handle.netns, names, data)
        if route is not None:
            found.append(route)
    return tuple(found)


def read_neighbours(handle: NetnsHandle) -> list[Neighbour]:
    """The entries of the ARP and NDP tables."""
    return _read_entries(handle, dump_neighbours())


def read_proxies(handle: NetnsHandle) -> list[Neighbour]:
    """The addresses for which a namespace answers in the place of others, each on a link."""
    return _read_entries(handle, dump_proxies())


def _read_entries(handle: NetnsHandle, request: Request) -> list[Neighbour]:
    names = handle.indexes.names
    found: list[Neighbour] = []
    for data in handle.socket.dump(request):
        entry = read_neighbour(data)
        if entry.address is not None:
            device = names.get(entry.ifindex, "")
            found.append(
                Neighbour(handle.netns, entry.address, device, entry.mac, entry.state, entry.router)
            )
    return found
