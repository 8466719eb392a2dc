# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads routes and neighbours."""

from __future__ import annotations

from typing import List, Tuple

from .._host.netns_handles import NetnsHandle
from .._model.current_state import Neighbour
from .._model.routes import Route
from .._netlink.rtnl_replies import is_local_route, read_neighbour, read_route
from .._netlink.rtnl_requests import GETNEIGH, GETROUTE, dump_neighbours, dump_routes


def read_routes(handle: NetnsHandle, local: bool) -> Tuple[Route, ...]:
    """The routes of all tables; ``local`` with what the kernel keeps in table local."""
    names = {index: name for name, index in handle.indexes.items()}
    found = []
    for data in handle.socket.dump(GETROUTE, dump_routes()):
        route = read_route(handle.netns, names, data) if local or not is_local_route(data) else None
        if route is not None:
            found.append(route)
    return tuple(found)


def read_neighbours(handle: NetnsHandle) -> List[Neighbour]:
    """The ARP and NDP entries."""
    names = {index: name for name, index in handle.indexes.items()}
    found = []
    for data in handle.socket.dump(GETNEIGH, dump_neighbours()):
        index, values = read_neighbour(data)
        if values["address"] is not None:
            found.append(Neighbour(handle.netns, device=names.get(index, ""), **values))
    return found
