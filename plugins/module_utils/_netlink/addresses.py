# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Addresses: requests, and reading the kernel's replies."""

from __future__ import annotations

import socket
from functools import cache
from typing import TYPE_CHECKING

from .._model.fast_typing import NamedTuple
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
from .headers import ADDRESS_ATTRIBUTES, BODY, IFADDRMSG, IFINFOMSG
from .socket import Request

if TYPE_CHECKING:
    from collections.abc import Sequence

_HOST_SCOPE = uapi.ROUTE_SCOPES["host"]
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


def delete_known_address(index: int, message: bytes) -> Request:
    """Remove an address that the kernel described, also one that has a peer."""
    family, length, _flags, _scope, _index = IFADDRMSG.unpack_from(message, BODY)
    attributes = read_attributes(message, ADDRESS_ATTRIBUTES)
    body = IFADDRMSG.pack(family, length, 0, 0, index) + b"".join(
        pack_attribute(number, attributes[number])
        for number in (uapi.IFA_LOCAL, uapi.IFA_ADDRESS)
        if number in attributes
    )
    return Request(uapi.RTM_DELADDR, body)


def keep_secondaries(index: int, removals: Sequence[Request]) -> list[Request]:
    """Remove the first IPv4 address of a network so that the kernel keeps its other addresses.

    It keeps them only where promote_secondaries is on, which is off before and afterwards.
    """
    return [
        _set_promotion(index, 1),
        *(removal._replace(joined=True) for removal in removals),
        _set_promotion(index, 0)._replace(joined=True),
    ]


def _set_promotion(index: int, value: int) -> Request:
    setting = pack_u32(uapi.IPV4_DEVCONF_PROMOTE_SECONDARIES, value)
    inet = pack_attribute(socket.AF_INET, pack_attribute(uapi.IFLA_INET_CONF, setting))
    header = IFINFOMSG.pack(0, 0, index, 0, 0)
    return Request(uapi.RTM_SETLINK, header + pack_attribute(uapi.IFLA_AF_SPEC, inet))


@cache  # Each of a thousand namespaces is asked.
def dump_addresses() -> Request:
    """Ask for the addresses of all links."""
    return Request(uapi.RTM_GETADDR, IFADDRMSG.pack(0, 0, 0, 0, 0))


class AddressReply(NamedTuple):
    """An address of a link. ``is_listed``: it is permanent and global.

    ``peer`` is the network of the peer of an address of a single host, None if it has none.
    """

    ifindex: int
    address: str
    is_listed: bool
    peer: str | None


def read_address(data: bytes) -> AddressReply:
    """An address, as ADDRESS/LENGTH."""
    _family, length, short_flags, scope, index = IFADDRMSG.unpack_from(data, BODY)
    attributes = read_attributes(data, ADDRESS_ATTRIBUTES)
    address = attributes.get(uapi.IFA_ADDRESS)
    local = attributes.get(uapi.IFA_LOCAL) or address
    flags = read_number(attributes.get(uapi.IFA_FLAGS))
    is_permanent = (short_flags if flags is None else flags) & uapi.IFA_F_PERMANENT
    return AddressReply(
        index,
        f"{read_ip(local)}/{length}",
        bool(is_permanent) and scope in _GLOBAL_SCOPES,
        _read_peer(local, address, length),
    )


def read_local_address(data: bytes) -> tuple[int, bool] | None:
    """(link's index, whether it is of IPv4) if its scope is host; None for any other.

    Only the header is read, which is quick: most addresses of many namespaces are of loopbacks.
    """
    family, _length, _flags, scope, index = IFADDRMSG.unpack_from(data, BODY)
    return (index, family == socket.AF_INET) if scope == _HOST_SCOPE else None


def _read_peer(local: bytes | None, peer: bytes | None, length: int) -> str | None:
    if local is None or peer in (None, local) or length != 8 * len(local):
        return None
    return f"{read_ip(peer)}/{length}"


def is_automatic_address(data: bytes, mac: str | None) -> bool:
    """Whether an address is the link-local one that the kernel gives to a link by itself."""
    family, _length, _flags, scope, _index = IFADDRMSG.unpack_from(data, BODY)
    if family != socket.AF_INET6 or scope != uapi.ROUTE_SCOPES["link"]:
        return False
    attributes = read_attributes(data, ADDRESS_ATTRIBUTES)
    if read_number(attributes.get(uapi.IFA_PROTO)) == uapi.IFAPROT_KERNEL_LL:
        return True
    if (read_number(attributes.get(uapi.IFA_FLAGS)) or 0) & uapi.IFA_F_STABLE_PRIVACY:
        return True
    own = bytes.fromhex((mac or "").replace(":", ""))
    interface = bytes((own[0] ^ 2, *own[1:3], 0xFF, 0xFE, *own[3:])) if len(own) == 6 else b"?"
    return attributes.get(uapi.IFA_ADDRESS, b"").endswith(interface)


def read_dad_failure(data: bytes) -> tuple[int, str] | None:
    """(link's index, address) if duplicate address detection failed for it; None for any other."""
    family, _length, flags, _scope, index = IFADDRMSG.unpack_from(data, BODY)
    if family != socket.AF_INET6 or not flags & uapi.IFA_F_DADFAILED:
        return None
    address = read_ip(read_attributes(data, ADDRESS_ATTRIBUTES).get(uapi.IFA_ADDRESS))
    return None if address is None else (index, address)


def read_host_scope(data: bytes) -> tuple[int, str] | None:
    """(link's index, ADDRESS/LENGTH) if it has the scope host and is of IPv4; None for others."""
    family, length, _flags, scope, index = IFADDRMSG.unpack_from(data, BODY)
    if family != socket.AF_INET or scope != _HOST_SCOPE:
        return None
    address = read_ip(read_attributes(data, ADDRESS_ATTRIBUTES).get(uapi.IFA_LOCAL))
    return None if address is None else (index, f"{address}/{length}")
