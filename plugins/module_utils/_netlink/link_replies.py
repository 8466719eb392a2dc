# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Links as the kernel sends them by route netlink: unpacked into our type.

A link has sixty attributes in nests of nests, and there may be thousands of links; but they come in few shapes. Where an
attribute stands is found out once for each shape, and what links of one shape say alike is read once.
"""

from __future__ import annotations

import socket
import struct
import sys
from functools import lru_cache
from operator import itemgetter
from typing import Any, Dict, List, NamedTuple, Optional, Tuple

from .._model.fast_replace import replace
from .._model.impairments import HANDLES
from .._model.link_alias import read_alias
from .._model.link_types import LINK_TYPES
from .._model.links import IPV6_SETTINGS, Link
from . import nla_tables as words
from .link_info_data import read_data, read_parent
from .rtnl_requests import (
    HALF_MADE_GROUP,
    IFF_LOWER_UP,
    IFF_NOARP,
    IFF_PROMISC,
    IFF_RUNNING,
    IFF_UP,
    IFLA_PORT_FLAGS,
    NO_LINK_LOCAL,
)
from .socket import Attributes, read_attributes, walk_attributes

_BODY = 16
"""Where a message begins, behind its header."""
_LINK = struct.Struct("=BxHiII")
_NETNS_IMMUTABLE = 67
_INET_CONF = 1
_DISABLE_IPV6 = slice(4 * 26, 4 * 27)
"""DEVCONF_DISABLE_IPV6 (linux/ipv6.h) among the kernel parameters of a link."""
_MOST_KNOWN = 1000
_OUR_ALIAS = frozenset(LINK_TYPES)
"""Others may be up and not at work for long, as a port that waits to be let in by 802.1X."""

Path = Tuple[int, ...]
"""An attribute's number, behind those of the nests in which it is."""

OWN = ("name", "mac", "relative", "relative_netns", "master")
"""What hardly two links have in common."""


@lru_cache(maxsize=1)
def _paths() -> Dict[str, Path]:
    """The attributes that somebody asks for."""
    link, info, port, inet6 = (
        table.numbers for table in (words.LINK, words.LINK_INFO, words.PORT, words.LINK_INET6)
    )
    of_info, of_inet6 = link["IFLA_LINKINFO"], (link["IFLA_AF_SPEC"], int(socket.AF_INET6))
    return {
        "name": (link["IFLA_IFNAME"],),
        "mac": (link["IFLA_ADDRESS"],),
        "relative": (link["IFLA_LINK"],),
        "relative_netns": (link["IFLA_LINK_NETNSID"],),
        "master": (link["IFLA_MASTER"],),
        "mtu": (link["IFLA_MTU"],),
        "txqueuelen": (link["IFLA_TXQLEN"],),
        "queues": (link["IFLA_NUM_TX_QUEUES"],),
        "alias": (link["IFLA_IFALIAS"],),
        "group": (link["IFLA_GROUP"],),
        "qdisc": (link["IFLA_QDISC"],),
        "kind": (of_info, info["IFLA_INFO_KIND"]),
        "data": (of_info, info["IFLA_INFO_DATA"]),
        "master_kind": (of_info, info["IFLA_INFO_SLAVE_KIND"]),
        **{
            name: (of_info, info["IFLA_INFO_SLAVE_DATA"], port[attribute])
            for name, attribute in IFLA_PORT_FLAGS.items()
        },
        "generation": (*of_inet6, inet6["IFLA_INET6_ADDR_GEN_MODE"]),
        "settings": (*of_inet6, inet6["IFLA_INET6_CONF"]),
        "inet": (link["IFLA_AF_SPEC"], int(socket.AF_INET), _INET_CONF),
    }


def _number(data: Optional[bytes]) -> Optional[int]:
    return None if data is None else int.from_bytes(data, sys.byteorder)


def _text(data: Optional[bytes]) -> Optional[str]:
    return None if data is None else data.rstrip(b"\0").decode(errors="replace")


class SharedAttributes(NamedTuple):
    """What links say alike.

    ``link`` is without name and relations; ``in_vrf`` says what its master is, and ``parent`` the number of its parent if its kind tells that
    itself. ``forwarding`` is the kernel parameter of IPv4, as it is read below /proc/sys; ``impaired``: it has such a queueing discipline;
    ``coming``: it is up and has a carrier, and the kernel has not put it to work yet; ``deaf``: IPv6 is disabled on it.
    """

    link: Link
    in_vrf: bool
    parent: Optional[int]
    forwarding: Optional[str]
    impaired: bool
    carrier_pending: bool
    ipv6_disabled: bool


class Shape:
    """Where the attributes of a message stand."""

    def __init__(self, data: bytes) -> None:
        heads = bytearray(len(data))
        spans: Dict[str, slice] = {}
        self._walk(data, _BODY + _LINK.size, len(data), (), heads, spans)
        self._mask = int.from_bytes(heads, "little")
        self._heads = int.from_bytes(data, "little") & self._mask
        self.own: Dict[str, slice] = {name: spans[name] for name in OWN if name in spans}
        self._names = [name for name in spans if name not in OWN]
        nothing = slice(0, 0)  # two at least, for itemgetter returns one by itself
        self._take = itemgetter(nothing, nothing, *(spans[name] for name in self._names))
        self._known: Dict[Tuple[int, Tuple[bytes, ...]], SharedAttributes] = {}

    def _walk(
        self,
        data: bytes,
        start: int,
        end: int,
        within: Path,
        heads: bytearray,
        spans: Dict[str, slice],
    ) -> None:
        names = {path: name for name, path in _paths().items()}
        for number, first, last in walk_attributes(data, start, end):
            heads[first - 4 : first] = b"\xff" * 4
            path = (*within, number)
            if path in names:
                spans[names[path]] = slice(first, last)
            elif any(other[: len(path)] == path for other in names):
                self._walk(data, first, last, path, heads, spans)

    def fits(self, data: bytes) -> bool:
        """Whether a message of the same length has this shape: the heads of its attributes are the same."""
        return int.from_bytes(data, "little") & self._mask == self._heads

    def read_shared(self, flags: int, data: bytes) -> SharedAttributes:
        key = (flags, self._take(data))
        alike = self._known.get(key)
        if alike is None:
            if len(self._known) == _MOST_KNOWN:
                self._known.clear()
            alike = self._known[key] = _read_shared(flags, dict(zip(self._names, key[1][2:])))
        return alike


_shapes: Dict[int, List[Shape]] = {}
"""By the length of the message."""


def _find_shape(data: bytes) -> Shape:
    shapes = _shapes.setdefault(len(data), [])
    for shape in shapes:
        if shape.fits(data):
            return shape
    if len(shapes) == _MOST_KNOWN:
        shapes.clear()
    shapes.append(Shape(data))
    return shapes[-1]


class LinkReply(NamedTuple):
    """A link without its relations, and how the kernel names it and those: by numbers (interface indexes).

    ``relative`` is that of a veth's other end, or of the link on which this one sits; ``relative_netns`` the number of its namespace.
    ``master`` is that of its master.
    """

    link: Link
    ifindex: int
    relative: int
    relative_netns: Optional[int]
    master: int
    shared: SharedAttributes

    @property
    def is_carrier_pending(self) -> bool:
        """Whether what is sent over it may be dropped, for it does not work yet.

        Of a veth whose other end has the same number, where that is, the kernel says so for up to a second although it works
        (linkwatch_urgent_event in net/core/link_watch.c): only its bridge, if it has one, waits for that.
        """
        return self.shared.carrier_pending and (self.master != 0 or self.ifindex != self.relative)


def read_link(netns: Optional[str], data: bytes) -> LinkReply:
    """One link. Whether an ipvlan has ARP follows from its mode."""
    _family, _type, index, flags, _change = _LINK.unpack_from(data, _BODY)
    shape = _find_shape(data)
    own = {name: data[span] for name, span in shape.own.items()}
    alike = shape.read_shared(flags, data)
    mac = own.get("mac")
    link = replace(
        alike.link,
        netns=netns,
        name=_text(own.get("name")) or "",
        mac=mac.hex(":") if mac else None,
    )
    relative = _number(own.get("relative")) or 0 if alike.parent is None else alike.parent
    return LinkReply(
        link,
        index,
        relative,
        _number(own.get("relative_netns")),
        _number(own.get("master")) or 0,
        alike,
    )


def _read_shared(flags: int, found: Dict[str, bytes]) -> SharedAttributes:
    kind, master = _text(found.get("kind")) or "", _text(found.get("master_kind"))
    data: Attributes = read_attributes(found.get("data", b"")) if kind in LINK_TYPES else {}
    owner, home, alias = read_alias(_text(found.get("alias")))
    link = Link(
        netns=None,
        name="",
        kind=kind,
        up=bool(flags & IFF_UP),
        mtu=_number(found.get("mtu")),
        txqueuelen=_number(found.get("txqueuelen")),
        queues=_number(found.get("queues")) if kind == "veth" else None,
        arp=None if kind == "ipvlan" else not flags & IFF_NOARP,
        promisc=bool(flags & IFF_PROMISC),
        bridge="",
        addresses=(),
        owner=owner,
        saved=home,
        alias=alias,
        options=read_data(kind, data) if data else None,
        half_made=_number(found.get("group")) == HALF_MADE_GROUP or None,
        **_read_port(master, found),
        **_read_inet6(found),
    )
    # The first of these parameters (IPV4_DEVCONF_FORWARDING, linux/ip.h).
    forwarding = str(_number(found["inet"][:4])) if "inet" in found else None
    coming = (
        kind in _OUR_ALIAS
        and flags & (IFF_UP | IFF_LOWER_UP | IFF_RUNNING) == IFF_UP | IFF_LOWER_UP
    )
    settings = found.get("settings", b"")
    deaf = len(settings) >= _DISABLE_IPV6.stop and any(settings[_DISABLE_IPV6])
    return SharedAttributes(
        link,
        master == "vrf",
        read_parent(kind, data),
        forwarding,
        _text(found.get("qdisc")) in HANDLES,
        coming,
        deaf,
    )


def is_immutable(data: bytes) -> bool:
    """Whether a link cannot leave its namespace (IFLA_NETNS_IMMUTABLE, since Linux 6.15)."""
    return read_attributes(data, _BODY + _LINK.size).get(_NETNS_IMMUTABLE) == b"\1"


def _read_port(master: Optional[str], found: Dict[str, bytes]) -> Dict[str, Any]:
    return (
        {name: bool(_number(found.get(name))) for name in IFLA_PORT_FLAGS}
        if master == "bridge"
        else {}
    )


def _read_inet6(found: Dict[str, bytes]) -> Dict[str, Any]:
    """The kernel parameters of a link that we set; none where there is no IPv6."""
    settings = found.get("settings")
    if settings is None:
        return {}
    values = {
        name: struct.unpack_from("=i", settings, 4 * words.LINK_INET6_SETTINGS.index(name))[0]
        for name in IPV6_SETTINGS
    }
    # Of a link that knows no neighbours (a tun) the kernel says -1, which is neither: nobody has set it.
    return {
        "link_local": _number(found.get("generation")) != NO_LINK_LOCAL,
        **{name: None if value < 0 else bool(value) for name, value in values.items()},
    }
