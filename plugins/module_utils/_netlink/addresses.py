# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Addresses: requests, and reading the kernel's replies."""

from __future__ import annotations

import socket

from . import uapi
from .attributes import (
    address_bytes,
    family_number,
    pack_attribute,
    pack_u32,
    read_attributes,
    read_ip,
    read_number,
)
from .headers import ADDRESS_ATTRIBUTES, BODY, IFADDRMSG
from .socket import Request

_GLOBAL_SCOPES = (uapi.ROUTE_SCOPES["global"], uapi.ROUTE_SCOPES["site"])


def _pack(index: int, text: str) -> bytes:
    address, length = text.split("/")
    packed = address_bytes(address)
    header = IFADDRMSG.pack(family_number(address), int(length), 0, 0, index)
    if len(packed) == 4:
        return (
            header
            + pack_attribute(uapi.IFA_ADDRESS, packed)
            + pack_attribute(uapi.IFA_LOCAL, packed)
        )
    return (
        header
        + pack_attribute(uapi.IFA_ADDRESS, packed)
        + pack_u32(uapi.IFA_FLAGS, uapi.IFA_F_NODAD)
    )


def add_address(index: int, text: str) -> Request:
    """Add ADDRESS/LENGTH to the link of that index.

    An IPv6 address is added without duplicate address detection, so that it can be used at once.
    """
    return Request(uapi.RTM_NEWADDR, _pack(index, text), uapi.NLM_F_CREATE | uapi.NLM_F_EXCL)


def delete_address(index: int, text: str) -> Request:
    """Remove ADDRESS/LENGTH from the link of that index."""
    return Request(uapi.RTM_DELADDR, _pack(index, text))


def dump_addresses() -> Request:
    """Ask for the addresses of all links."""
    return Request(uapi.RTM_GETADDR, IFADDRMSG.pack(0, 0, 0, 0, 0))


def read_address(data: bytes) -> tuple[int, str] | None:
    """(link's index, ADDRESS/LENGTH) of a permanent global address; None for any other."""
    _family, length, short_flags, scope, index = IFADDRMSG.unpack_from(data, BODY)
    if scope not in _GLOBAL_SCOPES:
        return None
    attributes = read_attributes(data, ADDRESS_ATTRIBUTES)
    flags = read_number(attributes.get(uapi.IFA_FLAGS))
    if not (short_flags if flags is None else flags) & uapi.IFA_F_PERMANENT:
        return None
    address = read_ip(attributes.get(uapi.IFA_LOCAL)) or read_ip(attributes.get(uapi.IFA_ADDRESS))
    return index, f"{address}/{length}"


def read_dad_failure(data: bytes) -> tuple[int, str] | None:
    """(link's index, address) if duplicate address detection failed for it; None for any other."""
    family, _length, flags, _scope, index = IFADDRMSG.unpack_from(data, BODY)
    if family != socket.AF_INET6 or not flags & uapi.IFA_F_DADFAILED:
        return None
    address = read_ip(read_attributes(data, ADDRESS_ATTRIBUTES).get(uapi.IFA_ADDRESS))
    return None if address is None else (index, address)
