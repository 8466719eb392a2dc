# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Entries of the ARP and NDP tables: requests, and reading the kernel's replies."""

from __future__ import annotations

import socket

from .._model.fast_typing import NamedTuple
from . import uapi
from .attributes import family_number, pack_address, read_attributes, read_ip, read_mac, read_number
from .headers import (
    BODY,
    NDMSG,
    NDT_CONFIG_ENTRIES,
    NDTMSG,
    NEIGHBOUR_ATTRIBUTES,
    NEIGHBOUR_TABLE_ATTRIBUTES,
)
from .socket import Request

_NOT_SET = (uapi.NDTPA_IFINDEX, uapi.NDTPA_REFCNT, uapi.NDTPA_REACHABLE_TIME)
"""Parameters that the kernel counts or draws."""


class NeighbourReply(NamedTuple):
    """An entry, on the link of that index. ``state`` is iproute2's word in small letters."""

    ifindex: int
    address: str | None
    mac: str | None
    state: str
    router: bool


class NeighbourTableReply(NamedTuple):
    """How full a table is that all namespaces share: its family (4 or 6), entries and limit."""

    family: int
    entries: int
    limit: int


def dump_neighbours() -> Request:
    """Ask for all entries."""
    return Request(uapi.RTM_GETNEIGH, NDMSG.pack(0, 0, 0, 0, 0))


def dump_proxies() -> Request:
    """Ask for the addresses for which the kernel answers in the place of others."""
    return Request(uapi.RTM_GETNEIGH, NDMSG.pack(0, 0, 0, uapi.NTF_PROXY, 0))


def dump_neighbour_tables() -> Request:
    """Ask for the parameters and the sizes of the tables."""
    return Request(uapi.RTM_GETNEIGHTBL, NDTMSG.pack(0))


def delete_neighbour(index: int, address: str) -> Request:
    """Delete an entry, as if the kernel had never looked for that address."""
    header = NDMSG.pack(family_number(address), index, 0, 0, 0)
    return Request(uapi.RTM_DELNEIGH, header + pack_address(uapi.NDA_DST, address))


def _pack_proxy(index: int, address: str) -> bytes:
    header = NDMSG.pack(family_number(address), index, 0, uapi.NTF_PROXY, 0)
    return header + pack_address(uapi.NDA_DST, address)


def add_proxy(index: int, address: str) -> Request:
    """Have the kernel answer for an address by a link."""
    return Request(uapi.RTM_NEWNEIGH, _pack_proxy(index, address), uapi.NLM_F_CREATE)


def delete_proxy(index: int, address: str) -> Request:
    """Have the kernel no longer answer for an address by a link."""
    return Request(uapi.RTM_DELNEIGH, _pack_proxy(index, address))


def probe_neighbour(index: int, address: str) -> Request:
    """Have the kernel resolve an address as if there were a packet for it (NTF_USE)."""
    header = NDMSG.pack(family_number(address), index, 0, uapi.NTF_USE, 0)
    return Request(
        uapi.RTM_NEWNEIGH, header + pack_address(uapi.NDA_DST, address), uapi.NLM_F_CREATE
    )


def confirm_neighbour(index: int, address: str) -> Request:
    """Have the kernel ask again for the MAC address of an entry that it has.

    It asks the neighbour that it knows, and the entry fails if that does not answer.
    """
    header = NDMSG.pack(family_number(address), index, uapi.NUD_PROBE, 0, 0)
    return Request(uapi.RTM_NEWNEIGH, header + pack_address(uapi.NDA_DST, address))


def read_neighbour(data: bytes) -> NeighbourReply:
    """An entry as the kernel sent it."""
    _family, index, state, flags, _type = NDMSG.unpack_from(data, BODY)
    attributes = read_attributes(data, NEIGHBOUR_ATTRIBUTES)
    return NeighbourReply(
        index,
        read_ip(attributes.get(uapi.NDA_DST)),
        read_mac(attributes.get(uapi.NDA_LLADDR)),
        uapi.NEIGHBOUR_STATES.get(state, "none"),
        bool(flags & uapi.NTF_ROUTER),
    )


def read_neighbour_parameters(data: bytes) -> tuple[int, tuple[tuple[int, bytes], ...]] | None:
    """(index of a link, what is set for its entries); None for a message about a whole table."""
    parameters = read_attributes(
        read_attributes(data, NEIGHBOUR_TABLE_ATTRIBUTES).get(uapi.NDTA_PARMS, b"")
    )
    index = read_number(parameters.get(uapi.NDTPA_IFINDEX))
    if not index:
        return None
    for number in _NOT_SET:
        parameters.pop(number, None)
    return index, tuple(parameters.items())


def read_neighbour_table(data: bytes) -> NeighbourTableReply | None:
    """The size of a table; None for a message about the parameters of a single link."""
    attributes = read_attributes(data, NEIGHBOUR_TABLE_ATTRIBUTES)
    limit, config = read_number(attributes.get(uapi.NDTA_THRESH3)), attributes.get(uapi.NDTA_CONFIG)
    if limit is None or config is None:
        return None
    (entries,) = NDT_CONFIG_ENTRIES.unpack_from(config)
    return NeighbourTableReply(6 if data[BODY] == socket.AF_INET6 else 4, entries, limit)
