# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads what can drop packets at the place where one was lost, besides the packet filters."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, NamedTuple

from ..._host.netns import inside_netns
from ..._host.sysctl import read_sysctl
from ..._netlink.link_filters import (
    FILTER_PARENTS,
    FdbEntry,
    dump_filters,
    read_fdb_entry,
    read_link_filters,
    read_qdisc,
)
from ..._netlink.link_queries import dump_links
from ..._netlink.raw_objects import dump_fdb, dump_qdiscs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..._host.netns_handles import NetnsHandle
    from ..._model.links import LinkRef

_SYSCTLS = (
    "net/ipv4/icmp_echo_ignore_all",
    "net/ipv6/icmp/echo_ignore_all",
    "net/ipv4/ip_default_ttl",
)
_HARMLESS_QDISCS = ("", "noqueue", "pfifo_fast", "fq_codel", "fq", "mq", "clsact", "ingress")


class DropSettings(NamedTuple):
    """What was found in the namespaces of a lost packet.

    ``filters`` has the directions in which traffic control filters a link, ``qdiscs`` the queueing
    discipline that was attached to it. ``static_entries`` are the ports to which a bridge is told
    to forward a MAC address.
    """

    xdp: dict[LinkRef, str]
    port_flags: dict[LinkRef, dict[str, bool]]
    qdiscs: dict[LinkRef, str]
    filters: dict[LinkRef, tuple[str, ...]]
    static_entries: dict[tuple[str | None, str], tuple[str, ...]]
    sysctls: dict[tuple[str | None, str], str]


def read_drop_settings(
    handles: Mapping[str | None, NetnsHandle],
    namespaces: set[str | None],
    sysctls: set[tuple[str | None, str]],
) -> DropSettings:
    """What can drop packets in these namespaces.

    :param sysctls: further kernel parameters to read, besides those of ``SYSCTLS``.
    """
    found = DropSettings({}, {}, {}, {}, {}, {})
    for netns in namespaces:
        handle = handles.get(netns)
        if handle is None:
            continue
        names = handle.indexes.names
        for data in handle.socket.dump(dump_links()):
            link = read_link_filters(data)
            ref = (netns, names.get(link.ifindex, ""))
            if link.xdp:
                found.xdp[ref] = link.xdp
            if link.port_flags:
                found.port_flags[ref] = link.port_flags
        with contextlib.suppress(OSError):
            _read_traffic_control(handle, found)
        with contextlib.suppress(OSError):
            _read_static_entries(handle, found)
        with inside_netns(handle.descriptor):
            for key in (*_SYSCTLS, *(key for place, key in sysctls if place == netns)):
                found.sysctls[netns, key] = read_sysctl(key) or ""
    return found


def _read_traffic_control(handle: NetnsHandle, found: DropSettings) -> None:
    names = handle.indexes.names
    for data in handle.socket.dump(dump_qdiscs()):
        index, kind = read_qdisc(data)
        ref = (handle.netns, names.get(index, ""))
        if kind not in _HARMLESS_QDISCS:
            found.qdiscs.setdefault(ref, kind)
        if not kind:
            continue
        for direction, parents in FILTER_PARENTS.items():
            for parent in parents:
                if _has_filters(handle, index, parent):
                    known = found.filters.get(ref, ())
                    found.filters[ref] = tuple(dict.fromkeys((*known, direction)))


def _has_filters(handle: NetnsHandle, index: int, parent: int) -> bool:
    try:
        return bool(handle.socket.dump(dump_filters(index, parent)))
    except OSError:
        return False  # no such place on this link


def _read_static_entries(handle: NetnsHandle, found: DropSettings) -> None:
    names = handle.indexes.names
    for data in handle.socket.dump(dump_fdb()):
        entry: FdbEntry | None = read_fdb_entry(data)
        if entry is not None and not entry.is_own and entry.mac:
            key = (handle.netns, entry.mac)
            ports = (*found.static_entries.get(key, ()), names.get(entry.ifindex, ""))
            found.static_entries[key] = ports
