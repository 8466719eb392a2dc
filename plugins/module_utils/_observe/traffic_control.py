# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads the classes and filters of links that are going to be moved."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._netlink.link_filters import dump_filters
from .._netlink.raw_objects import is_added_qdisc
from .._netlink.traffic_control import dump_classes, read_class, read_filter, read_qdisc_parents
from .raw_state import dump_supported, list_objects

if TYPE_CHECKING:
    from .._host.netns_handles import NetnsHandle


def read_traffic_control(handle: NetnsHandle, name: str) -> tuple[str, ...]:
    """The classes and filters that others gave a link, as tc(8) calls them."""
    index = handle.indexes[name]
    parents: list[int] = []
    for data in list_objects(handle, "queueing discipline"):
        link, places = read_qdisc_parents(data)
        if link == index and is_added_qdisc(data):
            parents += places
    if not parents:
        return ()
    classes = [read_class(data) for data in dump_supported(handle, dump_classes(index))]
    found = dict(item for item in classes if item is not None)
    filters = [
        read_filter(parent, data)
        for parent in (*parents, *found)
        for data in dump_supported(handle, dump_filters(index, parent))
    ]
    return tuple(dict.fromkeys((*found.values(), *filters)))
