# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads what can drop packets at the place where one was lost, besides the packet filters."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from ..._host.netns import inside_netns
from ..._host.sysctl import read_sysctl
from ..._model.fast_typing import NamedTuple
from ..._netlink.link_filters import (
    FdbEntry,
    dump_filters,
    read_fdb_entry,
    read_link_filters,
    read_qdisc,
)
from ..._netlink.link_queries import dump_links
from ..._netlink.losing_filters import LosingFilter, read_losing_filter
from ..._netlink.raw_objects import dump_fdb, dump_qdiscs
from ..._netlink.traffic_control import (
    dump_classes,
    is_ingress,
    read_class,
    read_qdisc_parents,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..._host.netns_handles import NetnsHandle
    from ..._model.links import LinkRef
    from ..._netlink.socket import Request

_SYSCTLS = (
    "net/ipv4/icmp_echo_ignore_all",
    "net/ipv6/icmp/echo_ignore_all",
    "net/ipv4/ip_default_ttl",
)
_HARMLESS_QDISCS = ("", "noqueue", "pfifo_fast", "fq_codel", "fq", "mq", "clsact", "ingress")


class DropSettings(NamedTuple):
    """What was found in the namespaces of a lost packet.

    ``filters`` has what can lose packets on a link, by direction; ``qdiscs`` the queueing
    discipline that was attached to it. ``static_entries`` are the ports to which a bridge is told
    to forward a MAC address.
    """

    xdp: dict[LinkRef, str]
    port_flags: dict[LinkRef, dict[str, bool]]
    qdiscs: dict[LinkRef, str]
    filters: dict[tuple[LinkRef, str], list[LosingFilter]]
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
        for parent in read_qdisc_parents(data)[1]:
            _read_filters(handle, found, ref, parent)
        if kind not in _HARMLESS_QDISCS:
            for message in _dump(handle, dump_classes(index)):
                known = read_class(message)
                if known is not None:
                    _read_filters(handle, found, ref, known[0])


def _read_filters(handle: NetnsHandle, found: DropSettings, ref: LinkRef, parent: int) -> None:
    for data in _dump(handle, dump_filters(handle.indexes[ref[1]], parent)):
        losing = read_losing_filter(parent, data)
        if losing is not None:
            direction = "ingress" if is_ingress(parent) else "egress"
            known = found.filters.setdefault((ref, direction), [])
            if losing not in known:
                known.append(losing)


def _dump(handle: NetnsHandle, request: Request) -> list[bytes]:
    try:
        return handle.socket.dump(request)
    except OSError:
        return []  # no such place on this link


def _read_static_entries(handle: NetnsHandle, found: DropSettings) -> None:
    names = handle.indexes.names
    for data in handle.socket.dump(dump_fdb()):
        entry: FdbEntry | None = read_fdb_entry(data)
        if entry is not None and not entry.is_own and entry.mac:
            key = (handle.netns, entry.mac)
            ports = (*found.static_entries.get(key, ()), names.get(entry.ifindex, ""))
            found.static_entries[key] = ports
