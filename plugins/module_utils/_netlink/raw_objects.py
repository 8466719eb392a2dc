# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Objects of the kernel as messages: from what describes one to what creates the same again.

A dump and a request have the same attributes, also those that no other file here knows. Only what
the kernel counts or decides itself is left out, and the indexes of links are translated: a link
that was deleted and created again has another one.
"""

from __future__ import annotations

import socket
import struct
from typing import TYPE_CHECKING, Callable

from .._model.fast_typing import NamedTuple
from .._model.impairments import HANDLES
from . import uapi
from .attributes import align, pack_attribute, read_attributes
from .headers import BODY, NDMSG, NEIGHBOUR_ATTRIBUTES, NHMSG, NLATTR, QDISC_ATTRIBUTES, TCMSG
from .socket import Request

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_INDEX = struct.Struct("=I")

_NEXTHOP_ATTRIBUTES = frozenset(
    (
        uapi.NHA_ID,
        uapi.NHA_GROUP,
        uapi.NHA_GROUP_TYPE,
        uapi.NHA_BLACKHOLE,
        uapi.NHA_OIF,
        uapi.NHA_GATEWAY,
        uapi.NHA_ENCAP_TYPE,
        uapi.NHA_ENCAP,
        uapi.NHA_FDB,
    )
)
_QDISC_ATTRIBUTES = frozenset((uapi.TCA_KIND, uapi.TCA_OPTIONS, uapi.TCA_STAB))
_COUNTED_OF_NEIGHBOURS = frozenset((uapi.NDA_CACHEINFO, uapi.NDA_PROBES))


class Rebuilt(NamedTuple):
    """An object as requests that create it again.

    ``identity``: what it must not share with another object. ``content`` is what is compared.
    ``removal`` takes away what is in its place.
    """

    identity: bytes
    content: bytes
    requests: Sequence[Request]
    removal: Request | None = None


class LinkIndexes:
    """The indexes that links have now, by those that they had in a message."""

    def __init__(self, indexes: Mapping[int, int]) -> None:
        self._indexes = indexes

    def translate(self, index: int) -> int:
        """The index of a link; 0 is no link.

        :raises LookupError: there is no such link any more.
        """
        return self._indexes[index] if index else 0

    def translate_payload(self, payload: bytes) -> bytes:
        """An attribute that is the index of a link."""
        (index,) = _INDEX.unpack(payload)
        return _INDEX.pack(self.translate(index))


Rebuild = Callable[[bytes, LinkIndexes, int], "Sequence[Rebuilt]"]
"""From a message, whose lifetimes are older by a number of seconds, to its objects; to none if the
kernel adds it by itself.

It raises LookupError if a link of the object does not exist any more.
"""


def rewrite_attributes(
    data: bytes, offset: int, rewrite: Callable[[int, bytes], bytes | None]
) -> bytes:
    """The attributes from an offset on with other payloads; those for which that is None go."""
    packed = b""
    while offset + NLATTR.size <= len(data):
        length, number = NLATTR.unpack_from(data, offset)
        if length < NLATTR.size:
            break
        payload = rewrite(number & uapi.NLA_TYPE_MASK, data[offset + NLATTR.size : offset + length])
        if payload is not None:
            packed += pack_attribute(number, payload)
        offset += align(length)
    return packed


def is_ipv6(message: bytes) -> bool:
    """Whether an address, route, nexthop or neighbour is of IPv6: all begin with their family."""
    return message[BODY] == socket.AF_INET6


def dump_nexthops() -> Request:
    """Ask for all nexthop objects (``ip nexthop``)."""
    return Request(uapi.RTM_GETNEXTHOP, NHMSG.pack(0, 0, 0, 0, 0))


def is_nexthop_group(kind: str, message: bytes) -> bool:
    """Whether an object is a group of nexthops, which a request replaces as a whole."""
    return kind == "nexthop" and uapi.NHA_GROUP in read_attributes(message, BODY + NHMSG.size)


def rebuild_nexthop(message: bytes, indexes: LinkIndexes, _age: int) -> list[Rebuilt]:
    """A nexthop object, or a group of them."""
    family, _scope, protocol, _reserved, flags = NHMSG.unpack_from(message, BODY)

    def rewrite(number: int, payload: bytes) -> bytes | None:
        if number not in _NEXTHOP_ATTRIBUTES:
            return None
        return indexes.translate_payload(payload) if number == uapi.NHA_OIF else payload

    header = NHMSG.pack(family, 0, protocol, 0, flags & uapi.RTNH_F_ONLINK)
    body = header + rewrite_attributes(message, BODY + NHMSG.size, rewrite)
    identity = read_attributes(message, BODY + NHMSG.size)[uapi.NHA_ID]
    flags = uapi.NLM_F_CREATE | uapi.NLM_F_REPLACE
    return [Rebuilt(identity, body, [Request(uapi.RTM_NEWNEXTHOP, body, flags)])]


def dump_proxies() -> Request:
    """Ask for the addresses for which this host answers (``ip neigh show proxy``)."""
    return Request(uapi.RTM_GETNEIGH, NDMSG.pack(0, 0, 0, uapi.NTF_PROXY, 0))


def is_added_neighbour(message: bytes) -> bool:
    """Whether an entry of the ARP or NDP table was added, and not resolved."""
    _family, _index, state, flags, _type = NDMSG.unpack_from(message, BODY)
    return bool(state & uapi.NUD_PERMANENT or flags & (uapi.NTF_PROXY | uapi.NTF_EXT_LEARNED))


def rebuild_neighbour(message: bytes, indexes: LinkIndexes, _age: int) -> list[Rebuilt]:
    """An entry of the ARP or NDP table that is permanent, a proxy, or was added by a daemon."""
    if not is_added_neighbour(message):
        return []
    family, index, state, flags, _type = NDMSG.unpack_from(message, BODY)
    header = NDMSG.pack(family, indexes.translate(index), state, flags, 0)
    return _rebuild_entry(message, header, indexes, uapi.NLM_F_CREATE | uapi.NLM_F_REPLACE)


def dump_fdb() -> Request:
    """Ask for the forwarding entries of bridges, of their ports and of VXLANs."""
    return Request(uapi.RTM_GETNEIGH, NDMSG.pack(socket.AF_BRIDGE, 0, 0, 0, 0))


def is_added_fdb_entry(message: bytes) -> bool:
    """Whether a forwarding entry was added, and not learned."""
    _family, _index, state, flags, _type = NDMSG.unpack_from(message, BODY)
    return bool(state & (uapi.NUD_PERMANENT | uapi.NUD_NOARP) or flags & uapi.NTF_EXT_LEARNED)


def rebuild_fdb_entry(message: bytes, indexes: LinkIndexes, _age: int) -> list[Rebuilt]:
    """A forwarding entry that was not learned."""
    _family, index, state, flags, _type = NDMSG.unpack_from(message, BODY)
    attributes = read_attributes(message, NEIGHBOUR_ATTRIBUTES)
    address = attributes.get(uapi.NDA_LLADDR, b"")
    is_own = bool(flags & uapi.NTF_SELF)
    if is_own and address[:1] and address[0] & 1:
        return []  # A multicast group, which the kernel joins.
    if not is_added_fdb_entry(message):
        return []
    if not is_own:
        (master,) = _INDEX.unpack(attributes.get(uapi.NDA_MASTER, bytes(4)))
        flags |= uapi.NTF_SELF if master == index else uapi.NTF_MASTER
    header = NDMSG.pack(socket.AF_BRIDGE, indexes.translate(index), state, flags, 0)
    return _rebuild_entry(message, header, indexes, uapi.NLM_F_CREATE | uapi.NLM_F_APPEND)


def dump_qdiscs() -> Request:
    """Ask for the queueing disciplines of all links."""
    return Request(uapi.RTM_GETQDISC, TCMSG.pack(0, 0, 0, 0, 0))


def is_added_qdisc(message: bytes) -> bool:
    """Whether a queueing discipline was attached by others."""
    _family, _index, handle, _parent, _info = TCMSG.unpack_from(message, BODY)
    return bool(handle) and handle >> 16 not in HANDLES.values()


def rebuild_qdisc(message: bytes, indexes: LinkIndexes, _age: int) -> list[Rebuilt]:
    """A queueing discipline, without its classes and filters."""
    if not is_added_qdisc(message):
        return []
    _family, index, handle, parent, _info = TCMSG.unpack_from(message, BODY)
    header = TCMSG.pack(0, indexes.translate(index), handle, parent, 0)
    body = header + rewrite_attributes(
        message,
        QDISC_ATTRIBUTES,
        lambda number, payload: payload if number in _QDISC_ATTRIBUTES else None,
    )
    request = Request(uapi.RTM_NEWQDISC, body, uapi.NLM_F_CREATE | uapi.NLM_F_REPLACE)
    return [Rebuilt(header[:8] + header[12:16], body, [request])]


def _rebuild_entry(
    message: bytes, header: bytes, indexes: LinkIndexes, flags: int
) -> list[Rebuilt]:
    def rewrite(number: int, payload: bytes) -> bytes | None:
        if number in _COUNTED_OF_NEIGHBOURS or number == uapi.NDA_MASTER:
            return None
        return indexes.translate_payload(payload) if number == uapi.NDA_IFINDEX else payload

    body = header + rewrite_attributes(message, NEIGHBOUR_ATTRIBUTES, rewrite)
    return [Rebuilt(body, body, [Request(uapi.RTM_NEWNEIGH, body, flags)])]
