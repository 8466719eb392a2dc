# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Captures what a namespace has, as the kernel describes it."""

from __future__ import annotations

import errno
import time
from typing import TYPE_CHECKING, Callable

from .._model.fast_typing import NamedTuple
from .._model.raw_state import RawObject, RawState
from .._netlink.addresses import dump_addresses
from .._netlink.bridge_vlans import dump_vlans
from .._netlink.link_queries import dump_links
from .._netlink.link_replies import read_index_and_name
from .._netlink.neighbours import dump_neighbours
from .._netlink.raw_objects import (
    Rebuild,
    dump_fdb,
    dump_nexthops,
    dump_proxies,
    dump_qdiscs,
    is_added_fdb_entry,
    is_added_neighbour,
    is_added_qdisc,
    rebuild_fdb_entry,
    rebuild_neighbour,
    rebuild_nexthop,
    rebuild_qdisc,
)
from .._netlink.raw_ports import (
    dump_groups,
    is_port,
    rebuild_groups,
    rebuild_port,
    rebuild_vlans,
)
from .._netlink.raw_routes import is_added_route, rebuild_address, rebuild_route
from .._netlink.routes import dump_routes

if TYPE_CHECKING:
    from .._host.netns_handles import NetnsHandle
    from .._netlink.socket import Request

_UNSUPPORTED = (errno.EOPNOTSUPP, errno.EAFNOSUPPORT, errno.EINVAL)
"""A kernel that lacks a kind of objects has none of them."""


def _always(_message: bytes) -> bool:
    return True


class RawKind(NamedTuple):
    """How objects of a kind are asked for and created again."""

    dump: Callable[[], Request]
    rebuild: Rebuild
    may_be_lost: Callable[[bytes], bool] = _always
    """Whether one is not only the kernel's own; only the header is read."""
    of_bridges: bool = False
    """Whether only a namespace with a bridge or a VXLAN has some."""


RAW_KINDS: dict[str, RawKind] = {
    "port": RawKind(dump_links, rebuild_port, is_port, of_bridges=True),
    "VLANs": RawKind(dump_vlans, rebuild_vlans, of_bridges=True),
    "queueing discipline": RawKind(dump_qdiscs, rebuild_qdisc, is_added_qdisc),
    "address": RawKind(dump_addresses, rebuild_address),
    "nexthop": RawKind(dump_nexthops, rebuild_nexthop),
    "route": RawKind(dump_routes, rebuild_route, is_added_route),
    "neighbour": RawKind(dump_neighbours, rebuild_neighbour, is_added_neighbour),
    "proxy": RawKind(dump_proxies, rebuild_neighbour, is_added_neighbour),
    "forwarding entry": RawKind(dump_fdb, rebuild_fdb_entry, is_added_fdb_entry, of_bridges=True),
    "multicast group": RawKind(dump_groups, rebuild_groups, of_bridges=True),
}
"""By kind, in the order in which they are restored: each may need those before it."""


def capture_state(handle: NetnsHandle) -> RawState:
    """All objects of a namespace that a run may have to restore.

    :raises OSError: the kernel did not answer.
    """
    names = handle.indexes.names
    links = handle.links
    if not names or (handle.has_bridges and not links):
        links = handle.socket.dump(dump_links())
        names = dict(map(read_index_and_name, links))
    objects: list[RawObject] = []
    for kind, raw_kind in RAW_KINDS.items():
        if handle.has_bridges or not raw_kind.of_bridges:
            messages = links if kind == "port" else list_objects(handle, kind)
            objects += [RawObject(kind, data) for data in messages if raw_kind.may_be_lost(data)]
    return RawState(handle.netns, time.monotonic(), names, tuple(objects))


def list_objects(handle: NetnsHandle, kind: str) -> list[bytes]:
    """The messages about all objects of a kind."""
    return dump_supported(handle, RAW_KINDS[kind].dump())


def dump_supported(handle: NetnsHandle, request: Request) -> list[bytes]:
    """The answers to a request; none if the kernel lacks what it asks for."""
    try:
        return handle.socket.dump(request)
    except OSError as error:
        if error.errno in _UNSUPPORTED:
            return []
        raise
