# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a bridge keeps of its ports, from the message that describes it to what sets it again."""

from __future__ import annotations

import socket
import struct

from . import uapi
from .attributes import (
    pack_attribute,
    pack_text,
    pack_u32,
    read_attributes,
    read_number,
    read_text,
    walk_attributes,
)
from .headers import BODY, BR_MDB_ENTRY, BR_PORT_MSG, IFINFOMSG, LINK_ATTRIBUTES
from .raw_objects import LinkIndexes, Rebuilt, rewrite_attributes
from .socket import Request

_SETTABLE = frozenset(
    (
        uapi.IFLA_BRPORT_PRIORITY,
        uapi.IFLA_BRPORT_COST,
        uapi.IFLA_BRPORT_MODE,
        uapi.IFLA_BRPORT_GUARD,
        uapi.IFLA_BRPORT_PROTECT,
        uapi.IFLA_BRPORT_FAST_LEAVE,
        uapi.IFLA_BRPORT_LEARNING,
        uapi.IFLA_BRPORT_UNICAST_FLOOD,
        uapi.IFLA_BRPORT_PROXYARP,
        uapi.IFLA_BRPORT_PROXYARP_WIFI,
        uapi.IFLA_BRPORT_MULTICAST_ROUTER,
        uapi.IFLA_BRPORT_MCAST_FLOOD,
        uapi.IFLA_BRPORT_MCAST_TO_UCAST,
        uapi.IFLA_BRPORT_VLAN_TUNNEL,
        uapi.IFLA_BRPORT_BCAST_FLOOD,
        uapi.IFLA_BRPORT_GROUP_FWD_MASK,
        uapi.IFLA_BRPORT_NEIGH_SUPPRESS,
        uapi.IFLA_BRPORT_ISOLATED,
        uapi.IFLA_BRPORT_BACKUP_PORT,
        uapi.IFLA_BRPORT_LOCKED,
        uapi.IFLA_BRPORT_MAB,
        uapi.IFLA_BRPORT_MCAST_MAX_GROUPS,
        uapi.IFLA_BRPORT_NEIGH_VLAN_SUPPRESS,
        uapi.IFLA_BRPORT_BACKUP_NHID,
    )
)
_ENTRY_ATTRIBUTES = {
    uapi.MDBA_MDB_EATTR_SOURCE: uapi.MDBE_ATTR_SOURCE,
    uapi.MDBA_MDB_EATTR_RTPROT: uapi.MDBE_ATTR_RTPROT,
}
_FLAGS = struct.Struct("=H")


_OF_BRIDGE = pack_text(uapi.IFLA_INFO_SLAVE_KIND, "bridge")


def is_port(message: bytes) -> bool:
    """Whether a link may be a port of a bridge: ``rebuild_port`` finds out."""
    return _OF_BRIDGE in message


def rebuild_port(message: bytes, indexes: LinkIndexes, _age: int) -> list[Rebuilt]:
    """The bridge of a port, and each of its settings there."""
    _family, _type, index, _flags, _change = IFINFOMSG.unpack_from(message, BODY)
    header = IFINFOMSG.pack(0, 0, indexes.translate(index), 0, 0)
    attributes = read_attributes(message, LINK_ATTRIBUTES)
    info = read_attributes(attributes.get(uapi.IFLA_LINKINFO, b""))
    if read_text(info.get(uapi.IFLA_INFO_SLAVE_KIND)) != "bridge":
        return []
    master = indexes.translate(read_number(attributes.get(uapi.IFLA_MASTER)) or 0)
    body = header + pack_u32(uapi.IFLA_MASTER, master)
    found = [Rebuilt(header, body, [Request(uapi.RTM_SETLINK, body)])]
    settings = info.get(uapi.IFLA_INFO_SLAVE_DATA, b"")
    for number, start, end in walk_attributes(settings, 0, len(settings)):
        if number not in _SETTABLE:
            continue
        payload = settings[start:end]
        if number == uapi.IFLA_BRPORT_BACKUP_PORT:
            payload = indexes.translate_payload(payload)
        setting = pack_attribute(number, payload)
        slave = pack_text(uapi.IFLA_INFO_SLAVE_KIND, "bridge") + pack_attribute(
            uapi.IFLA_INFO_SLAVE_DATA, setting
        )
        body = header + pack_attribute(uapi.IFLA_LINKINFO, slave)
        found.append(
            Rebuilt(header + setting[:4], body, [Request(uapi.RTM_NEWLINK, body)]),
        )
    return found


def rebuild_vlans(message: bytes, indexes: LinkIndexes, _age: int) -> list[Rebuilt]:
    """The VLANs of a port, or of a bridge itself."""
    _family, _type, index, _flags, _change = IFINFOMSG.unpack_from(message, BODY)
    attributes = read_attributes(message, LINK_ATTRIBUTES)
    vlans = rewrite_attributes(
        attributes.get(uapi.IFLA_AF_SPEC, b""),
        0,
        lambda number, payload: payload if number == uapi.IFLA_BRIDGE_VLAN_INFO else None,
    )
    if not vlans:
        return []
    header = IFINFOMSG.pack(socket.AF_BRIDGE, 0, indexes.translate(index), 0, 0)
    if read_number(attributes.get(uapi.IFLA_MASTER)) in (None, index):
        flags = _FLAGS.pack(uapi.BRIDGE_FLAGS_SELF)
        vlans = pack_attribute(uapi.IFLA_BRIDGE_FLAGS, flags) + vlans
    body = header + pack_attribute(uapi.IFLA_AF_SPEC, vlans)
    removal = Request(uapi.RTM_DELLINK, body)
    return [Rebuilt(header, body, [Request(uapi.RTM_SETLINK, body)], removal)]


def dump_groups() -> Request:
    """Ask for the multicast groups of all bridges (``bridge mdb``)."""
    return Request(uapi.RTM_GETMDB, BR_PORT_MSG.pack(socket.AF_BRIDGE, 0))


def rebuild_groups(message: bytes, indexes: LinkIndexes, _age: int) -> list[Rebuilt]:
    """The permanent multicast groups of a bridge."""
    _family, bridge = BR_PORT_MSG.unpack_from(message, BODY)
    header = BR_PORT_MSG.pack(socket.AF_BRIDGE, indexes.translate(bridge))
    found: list[Rebuilt] = []
    table = read_attributes(message, BODY + BR_PORT_MSG.size).get(uapi.MDBA_MDB, b"")
    for _group, first, last in walk_attributes(table, 0, len(table)):
        for _info, start, end in walk_attributes(table, first, last):
            body = _rebuild_group(table[start:end], indexes)
            if body:
                request = Request(
                    uapi.RTM_NEWMDB, header + body, uapi.NLM_F_CREATE | uapi.NLM_F_EXCL
                )
                found.append(Rebuilt(header + body, header + body, [request]))
    return found


def _rebuild_group(info: bytes, indexes: LinkIndexes) -> bytes:
    index, state, _flags, vlan, group, protocol = BR_MDB_ENTRY.unpack_from(info)
    if state != uapi.MDB_PERMANENT:
        return b""
    entry = BR_MDB_ENTRY.pack(indexes.translate(index), state, 0, vlan, group, protocol)
    attributes = read_attributes(info, BR_MDB_ENTRY.size)
    # Kernels before 6.3 know no protocol but that of users, which is the default.
    if attributes.get(uapi.MDBA_MDB_EATTR_RTPROT) == bytes([uapi.RTPROT_STATIC]):
        del attributes[uapi.MDBA_MDB_EATTR_RTPROT]
    more = b"".join(
        pack_attribute(target, attributes[number])
        for number, target in _ENTRY_ATTRIBUTES.items()
        if number in attributes
    )
    packed = pack_attribute(uapi.MDBA_SET_ENTRY, entry)
    if not more:
        return packed
    # Kernels before 6.3 refuse it without the flag.
    return packed + pack_attribute(uapi.MDBA_SET_ENTRY_ATTRS | uapi.NLA_F_NESTED, more)
