# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Addresses and routes of any kind, from the message that describes one to what creates it."""

from __future__ import annotations

import socket
import struct

from .._model.routes import KERNEL_ROUTE
from . import uapi
from .attributes import align, pack_attribute, pack_u32, read_attributes, read_number
from .headers import ADDRESS_ATTRIBUTES, BODY, IFADDRMSG, ROUTE_ATTRIBUTES, RTMSG, RTNEXTHOP
from .raw_objects import LinkIndexes, Rebuilt, rewrite_attributes
from .socket import Request

_LIFETIMES = struct.Struct("=II")
"""linux/if_addr.h: the seconds for which an address is preferred and valid, in ifa_cacheinfo."""
_FOREVER = 0xFFFFFFFF
_EXPIRES = struct.Struct("=8xi")
"""linux/rtnetlink.h: the clock ticks after which a route expires, in rta_cacheinfo."""
_DECIDED_BY_KERNEL = (
    uapi.IFA_F_SECONDARY
    | uapi.IFA_F_OPTIMISTIC
    | uapi.IFA_F_DADFAILED
    | uapi.IFA_F_DEPRECATED
    | uapi.IFA_F_TENTATIVE
    | uapi.IFA_F_PERMANENT
)
_OF_NEXTHOP_OBJECT = frozenset(
    (
        uapi.RTA_OIF,
        uapi.RTA_GATEWAY,
        uapi.RTA_VIA,
        uapi.RTA_MULTIPATH,
        uapi.RTA_ENCAP_TYPE,
        uapi.RTA_ENCAP,
    )
)
"""What the kernel says of a route besides the number of its nexthop object."""
_KERNEL_TYPES = frozenset(
    uapi.ROUTE_TYPES[name] for name in ("local", "broadcast", "anycast", "multicast")
)


def rebuild_address(message: bytes, indexes: LinkIndexes, age: int) -> list[Rebuilt]:
    """An address with its label, peer, metric, flags and lifetimes."""
    family, length, short_flags, scope, index = IFADDRMSG.unpack_from(message, BODY)
    attributes = read_attributes(message, ADDRESS_ATTRIBUTES)
    long_flags = read_number(attributes.get(uapi.IFA_FLAGS))
    flags = short_flags if long_flags is None else long_flags
    if family == socket.AF_INET6 and flags & uapi.IFA_F_TEMPORARY:
        return []
    preferred, valid = _LIFETIMES.unpack_from(
        attributes.get(uapi.IFA_CACHEINFO, _LIFETIMES.pack(_FOREVER, _FOREVER))
    )
    if valid != _FOREVER and valid <= age:
        return []
    kinds = bytes((valid == _FOREVER, preferred == _FOREVER, preferred == 0))

    def rewrite(number: int, payload: bytes) -> bytes | None:
        return None if number in (uapi.IFA_FLAGS, uapi.IFA_CACHEINFO) else payload

    header = IFADDRMSG.pack(family, length, 0, scope, indexes.translate(index))
    content = header + rewrite_attributes(message, ADDRESS_ATTRIBUTES, rewrite)
    flags &= ~_DECIDED_BY_KERNEL
    lifetimes = _LIFETIMES.pack(_shorten(preferred, age), _shorten(valid, age)) + bytes(8)
    body = content + pack_attribute(uapi.IFA_CACHEINFO, lifetimes)
    own = body + pack_u32(uapi.IFA_FLAGS, flags)
    create = uapi.NLM_F_CREATE | uapi.NLM_F_EXCL
    requests = [Request(uapi.RTM_NEWADDR, own, create)]
    if family == socket.AF_INET6 and not flags & uapi.IFA_F_NODAD:
        # It can be used at once: no duplicates are looked for. Then it loses that flag again.
        usable = body + pack_u32(uapi.IFA_FLAGS, flags | uapi.IFA_F_NODAD)
        requests = [
            Request(uapi.RTM_NEWADDR, usable, create),
            Request(uapi.RTM_NEWADDR, own, uapi.NLM_F_REPLACE),
        ]
    local = attributes.get(uapi.IFA_LOCAL, b"")
    identity = header[:2] + header[4:] + attributes.get(uapi.IFA_ADDRESS, b"") + local
    content += bytes((flags & 0xFF, flags >> 8 & 0xFF)) + kinds
    return [Rebuilt(identity, content, requests, Request(uapi.RTM_DELADDR, own))]


def _shorten(seconds: int, age: int) -> int:
    return seconds if seconds == _FOREVER else max(0, seconds - age)


def is_added_route(message: bytes) -> bool:
    """Whether a route is none that the kernel adds with an address and removes with it."""
    family, _length, _source_length, _tos, _table, protocol, _scope, route_type, flags = (
        RTMSG.unpack_from(message, BODY)
    )
    if family not in (socket.AF_INET, socket.AF_INET6) or flags & uapi.RTM_F_CLONED:
        return False
    return bool(protocol != KERNEL_ROUTE or route_type not in _KERNEL_TYPES)


def rebuild_route(message: bytes, indexes: LinkIndexes, age: int) -> list[Rebuilt]:
    """A route with all its attributes, except those that the kernel adds with an address."""
    fields = RTMSG.unpack_from(message, BODY)
    family, length, source_length, tos, table, protocol, scope, route_type, flags = fields
    if not is_added_route(message):
        return []
    attributes = read_attributes(message, ROUTE_ATTRIBUTES)
    is_by_object = uapi.RTA_NH_ID in attributes

    def rewrite(number: int, payload: bytes) -> bytes | None:
        if number == uapi.RTA_CACHEINFO or (is_by_object and number in _OF_NEXTHOP_OBJECT):
            return None
        if number in (uapi.RTA_OIF, uapi.RTA_IIF):
            return indexes.translate_payload(payload)
        if number == uapi.RTA_MULTIPATH:
            return _rewrite_nexthops(payload, indexes)
        return payload

    own_flags = 0 if is_by_object else flags & uapi.RTNH_F_ONLINK
    header = RTMSG.pack(
        family, length, source_length, tos, table, protocol, scope, route_type, own_flags
    )
    content = header + rewrite_attributes(message, ROUTE_ATTRIBUTES, rewrite)
    identity = header[:5] + b"".join(
        attributes.get(number, bytes(4))
        for number in (uapi.RTA_TABLE, uapi.RTA_PRIORITY, uapi.RTA_DST, uapi.RTA_SRC)
    )
    (ticks,) = _EXPIRES.unpack_from(attributes.get(uapi.RTA_CACHEINFO, bytes(12)))
    body = content
    if ticks:
        seconds = ticks // uapi.USER_HZ - age
        if seconds <= 0:
            return []
        body += pack_u32(uapi.RTA_EXPIRES, seconds)
    # IPv4 would put it before others to the same destination.
    order = uapi.NLM_F_APPEND if family == socket.AF_INET else 0
    creation = Request(uapi.RTM_NEWROUTE, body, uapi.NLM_F_CREATE | order)
    return [Rebuilt(identity, content, [creation], Request(uapi.RTM_DELROUTE, content))]


def _rewrite_nexthops(data: bytes, indexes: LinkIndexes) -> bytes:
    packed, offset = b"", 0
    while offset + RTNEXTHOP.size <= len(data):
        length, flags, weight, index = RTNEXTHOP.unpack_from(data, offset)
        attributes = data[offset + RTNEXTHOP.size : offset + length]
        packed += RTNEXTHOP.pack(
            length, flags & uapi.RTNH_F_ONLINK, weight, indexes.translate(index)
        )
        packed += attributes + bytes(-len(attributes) % 4)
        offset += align(length)
    return packed
