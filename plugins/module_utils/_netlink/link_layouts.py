# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where the attributes that we read stand in a message about a link.

A link has 60 attributes in nests of nests, and a host may have thousands of links. But their
messages have few layouts: the positions of the attributes are found once for each, and what links
have in common is decoded once.
"""

from __future__ import annotations

import socket
from operator import itemgetter
from typing import Any

from . import uapi
from .attributes import walk_attributes
from .headers import BODY, LINK_ATTRIBUTES, NLATTR

Path = tuple[int, ...]
"""An attribute's number, behind those of the nests that contain it."""

OWN_ATTRIBUTES = ("name", "mac", "iflink", "link_netnsid", "master", "properties")
"""The attributes that differ on nearly every link."""

_PORT: Path = (uapi.IFLA_LINKINFO, uapi.IFLA_INFO_SLAVE_DATA)
_INET6: Path = (uapi.IFLA_AF_SPEC, int(socket.AF_INET6))

_NAMES: dict[Path, str] = {
    (uapi.IFLA_IFNAME,): "name",
    (uapi.IFLA_ADDRESS,): "mac",
    (uapi.IFLA_LINK,): "iflink",
    (uapi.IFLA_LINK_NETNSID,): "link_netnsid",
    (uapi.IFLA_MASTER,): "master",
    (uapi.IFLA_PROP_LIST,): "properties",
    (uapi.IFLA_MTU,): "mtu",
    (uapi.IFLA_TXQLEN,): "txqueuelen",
    (uapi.IFLA_NUM_TX_QUEUES,): "queues",
    (uapi.IFLA_IFALIAS,): "alias",
    (uapi.IFLA_PERM_ADDRESS,): "permanent_address",
    (uapi.IFLA_PARENT_DEV_NAME,): "parent_device",
    (uapi.IFLA_GROUP,): "group",
    (uapi.IFLA_QDISC,): "qdisc",
    (uapi.IFLA_LINKINFO, uapi.IFLA_INFO_KIND): "kind",
    (uapi.IFLA_LINKINFO, uapi.IFLA_INFO_DATA): "data",
    (uapi.IFLA_LINKINFO, uapi.IFLA_INFO_SLAVE_KIND): "master_kind",
    (*_PORT, uapi.IFLA_BRPORT_MODE): "hairpin",
    (*_PORT, uapi.IFLA_BRPORT_LEARNING): "learning",
    (*_PORT, uapi.IFLA_BRPORT_ISOLATED): "isolated",
    (*_INET6, uapi.IFLA_INET6_ADDR_GEN_MODE): "address_generation",
    (*_INET6, uapi.IFLA_INET6_CONF): "ipv6_settings",
    (uapi.IFLA_AF_SPEC, int(socket.AF_INET), uapi.IFLA_INET_CONF): "ipv4_settings",
}
_NESTS = frozenset(path[:depth] for path in _NAMES for depth in range(1, len(path)))

_FLAGS = slice(BODY + 8, BODY + 12)
"""ifi_flags of ifinfomsg (linux/rtnetlink.h)."""
_MAX_LAYOUTS = 1000


class LinkLayout:
    """The positions of the attributes in messages of one layout."""

    def __init__(self, data: bytes) -> None:
        headers = bytearray(len(data))
        positions: dict[str, slice] = {}
        _find_attributes(data, LINK_ATTRIBUTES, len(data), (), headers, positions)
        self._mask = int.from_bytes(headers, "little")
        self._headers = int.from_bytes(data, "little") & self._mask
        for name, position in positions.items():
            if name not in OWN_ATTRIBUTES:
                headers[position] = b"\xff" * (position.stop - position.start)
        headers[_FLAGS] = b"\xff" * (_FLAGS.stop - _FLAGS.start)
        self.shared_mask = int.from_bytes(headers, "little")
        """The bits that are equal in two messages with this layout whose links have all in common.

        The first byte of a message has the lowest bits.
        """
        self.decoded: dict[int, Any] = {}
        """What was decoded of the attributes that links have in common, by the bits of the mask."""
        nothing = slice(0, 0)
        self._get_own = itemgetter(*(positions.get(name, nothing) for name in OWN_ATTRIBUTES))
        self.shared_names = [name for name in positions if name not in OWN_ATTRIBUTES]
        # itemgetter returns a tuple only for two items or more.
        shared = [positions[name] for name in self.shared_names]
        self._get_shared = itemgetter(nothing, nothing, *shared)

    def matches(self, data: bytes) -> bool:
        """Whether a message of the same length has the same attributes at the same positions."""
        return int.from_bytes(data, "little") & self._mask == self._headers

    def own_payloads(self, data: bytes) -> tuple[bytes, ...]:
        """The payloads of ``OWN_ATTRIBUTES``, in that order; empty where there is none."""
        payloads: tuple[bytes, ...] = self._get_own(data)
        return payloads

    def shared_payloads(self, data: bytes) -> tuple[bytes, ...]:
        """The payloads of the attributes in ``shared_names``, in that order."""
        payloads: tuple[bytes, ...] = self._get_shared(data)[2:]
        return payloads


def _find_attributes(
    data: bytes,
    start: int,
    end: int,
    nest: Path,
    headers: bytearray,
    positions: dict[str, slice],
) -> None:
    for number, first, last in walk_attributes(data, start, end):
        headers[first - NLATTR.size : first] = b"\xff" * NLATTR.size
        path = (*nest, number)
        if path in _NAMES:
            positions[_NAMES[path]] = slice(first, last)
        elif path in _NESTS:
            _find_attributes(data, first, last, path, headers, positions)


_layouts: dict[int, list[LinkLayout]] = {}
"""By the length of the message."""


def layouts_of_length(length: int) -> list[LinkLayout]:
    """The known layouts of messages of that length."""
    return _layouts.setdefault(length, [])


def find_layout(data: bytes) -> LinkLayout:
    """The layout of a message."""
    layouts = layouts_of_length(len(data))
    for layout in layouts:
        if layout.matches(data):
            return layout
    if len(layouts) == _MAX_LAYOUTS:
        layouts.clear()
    layouts.append(LinkLayout(data))
    return layouts[-1]
