# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can drop packets on a link: XDP programs, traffic control, and the flags of bridge ports."""

from __future__ import annotations

from .._model.fast_typing import NamedTuple
from . import uapi
from .attributes import read_attributes, read_mac, read_number, read_text
from .headers import (
    BODY,
    IFINFOMSG,
    LINK_ATTRIBUTES,
    NDMSG,
    NEIGHBOUR_ATTRIBUTES,
    QDISC_ATTRIBUTES,
    TCMSG,
)
from .raw_objects import is_added_fdb_entry
from .socket import Request

_PORT_FLAGS = {
    "isolated": (uapi.IFLA_BRPORT_ISOLATED, 0),
    "locked": (uapi.IFLA_BRPORT_LOCKED, 0),
    "neigh_suppress": (uapi.IFLA_BRPORT_NEIGH_SUPPRESS, 0),
    "learning": (uapi.IFLA_BRPORT_LEARNING, 1),
    "flood": (uapi.IFLA_BRPORT_UNICAST_FLOOD, 1),
    "mcast_flood": (uapi.IFLA_BRPORT_MCAST_FLOOD, 1),
    "bcast_flood": (uapi.IFLA_BRPORT_BCAST_FLOOD, 1),
}
"""The flags by which a port passes on less, by bridge(8)'s names, each with its default."""
_XDP_MODES = {b"\1": "xdpdrv", b"\2": "xdpgeneric", b"\3": "xdpoffload", b"\4": "xdp"}


class LinkFilters(NamedTuple):
    """The XDP program of a link, and the flags of a bridge port that are not the default ones.

    ``xdp`` is the word of ip-link(8) for how the program is attached, empty if there is none.
    """

    ifindex: int
    xdp: str
    port_flags: dict[str, bool]


class FdbEntry(NamedTuple):
    """A forwarding entry of a bridge that was added, and not learned."""

    ifindex: int
    mac: str
    is_own: bool


def read_link_filters(data: bytes) -> LinkFilters:
    """From a message about a link."""
    _family, _type, index, _flags, _change = IFINFOMSG.unpack_from(data, BODY)
    attributes = read_attributes(data, LINK_ATTRIBUTES)
    xdp = read_attributes(attributes.get(uapi.IFLA_XDP, b"")).get(uapi.IFLA_XDP_ATTACHED)
    info = read_attributes(attributes.get(uapi.IFLA_LINKINFO, b""))
    flags: dict[str, bool] = {}
    if read_text(info.get(uapi.IFLA_INFO_SLAVE_KIND)) == "bridge":
        port = read_attributes(info.get(uapi.IFLA_INFO_SLAVE_DATA, b""))
        for name, (number, default) in _PORT_FLAGS.items():
            value = read_number(port.get(number))
            if value is not None and value != default:
                flags[name] = bool(value)
    return LinkFilters(index, _XDP_MODES.get(xdp or b"", ""), flags)


def dump_filters(index: int, parent: int) -> Request:
    """Ask for the filters of a link at one place."""
    return Request(uapi.RTM_GETTFILTER, TCMSG.pack(0, index, 0, parent, 0))


def read_qdisc(data: bytes) -> tuple[int, str]:
    """(index of the link, kind) of a queueing discipline that was attached; kind may be empty."""
    _family, index, handle, _parent, _info = TCMSG.unpack_from(data, BODY)
    kind = read_text(read_attributes(data, QDISC_ATTRIBUTES).get(uapi.TCA_KIND)) or ""
    return index, kind if handle else ""


def read_fdb_entry(data: bytes) -> FdbEntry | None:
    """An entry that was added; ``is_own`` if it is the address of the port or bridge itself."""
    if not is_added_fdb_entry(data):
        return None
    _family, index, state, flags, _type = NDMSG.unpack_from(data, BODY)
    mac = read_mac(read_attributes(data, NEIGHBOUR_ATTRIBUTES).get(uapi.NDA_LLADDR))
    return FdbEntry(index, mac or "", bool(flags & uapi.NTF_SELF))
