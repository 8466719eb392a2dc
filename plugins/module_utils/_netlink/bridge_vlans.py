# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The VLANs of bridge ports (IEEE 802.1Q): requests, and reading the kernel's replies.

Packed here and not by pyroute2, because a bridge may have 1,000 ports. What the kernel does with
them: net/bridge/br_netlink.c, br_vlan.c.
"""

from __future__ import annotations

import socket
import struct

from .._model.bridge_vlans import PortVlans, VlanIds, to_ranges, vlan_changes
from . import uapi
from .attributes import pack_attribute, pack_u32, read_attributes, read_number, walk_attributes
from .headers import BODY, BRIDGE_VLAN_INFO, IFINFOMSG, LINK_ATTRIBUTES
from .socket import Request

_ACCESS = uapi.BRIDGE_VLAN_INFO_PVID | uapi.BRIDGE_VLAN_INFO_UNTAGGED
"""The flags of the VLAN whose frames enter and leave the port untagged."""

_SELF = struct.pack("=H", uapi.BRIDGE_FLAGS_SELF)


def _pack_header(index: int) -> bytes:
    return IFINFOMSG.pack(socket.AF_BRIDGE, 0, index, 0, 0)


def _pack_vlan(flags: int, number: int) -> bytes:
    return pack_attribute(uapi.IFLA_BRIDGE_VLAN_INFO, BRIDGE_VLAN_INFO.pack(flags, number))


def _pack_ranges(numbers: VlanIds) -> bytes:
    packed = b""
    for first, last in to_ranges(numbers):
        if first == last:
            packed += _pack_vlan(0, first)
        else:
            packed += _pack_vlan(uapi.BRIDGE_VLAN_INFO_RANGE_BEGIN, first)
            packed += _pack_vlan(uapi.BRIDGE_VLAN_INFO_RANGE_END, last)
    return packed


def alter_vlans(index: int, before: PortVlans, after: PortVlans) -> list[Request]:
    """Change the VLANs of the port with that index: new ones come before old ones go."""
    tagged, removed, access = vlan_changes(before, after)
    # Without it, a request about a bridge is passed to the bridge whose port it may be.
    to_itself = pack_attribute(uapi.IFLA_BRIDGE_FLAGS, _SELF) if after.of_bridge else b""
    changes = []
    if tagged:
        changes.append((uapi.RTM_SETLINK, _pack_ranges(tagged)))
    if access is not None:
        changes.append((uapi.RTM_SETLINK, _pack_vlan(_ACCESS, access)))
    if removed:
        changes.append((uapi.RTM_DELLINK, _pack_ranges(removed)))
    return [
        Request(
            message_type, _pack_header(index) + pack_attribute(uapi.IFLA_AF_SPEC, to_itself + vlans)
        )
        for message_type, vlans in changes
    ]


def dump_vlans() -> Request:
    """Ask for the VLANs of all ports, adjacent ones of one kind as a range."""
    mask = pack_u32(uapi.IFLA_EXT_MASK, uapi.RTEXT_FILTER_BRVLAN_COMPRESSED)
    return Request(uapi.RTM_GETLINK, _pack_header(0) + mask)


def read_port_vlans(netns: str | None, names: dict[int, str], data: bytes) -> PortVlans | None:
    """The VLANs of a port or of the bridge itself; None for a link that is not in ``names``."""
    _family, _type, index, _flags, _change = IFINFOMSG.unpack_from(data, BODY)
    attributes = read_attributes(data, LINK_ATTRIBUTES)
    vlans = attributes.get(uapi.IFLA_AF_SPEC)
    # A bridge names itself as its master here.
    of_bridge = read_number(attributes.get(uapi.IFLA_MASTER)) == index
    if vlans is None or index not in names:
        return None
    access = range_start = 0
    tagged: list[int] = []
    mixed: list[int] = []
    for attribute, start, _end in walk_attributes(vlans, 0, len(vlans)):
        if attribute != uapi.IFLA_BRIDGE_VLAN_INFO:
            continue
        flags, number = BRIDGE_VLAN_INFO.unpack_from(vlans, start)
        if not flags & uapi.BRIDGE_VLAN_INFO_RANGE_END:
            range_start = number
        if flags & _ACCESS == _ACCESS:
            access = number
        elif not flags & uapi.BRIDGE_VLAN_INFO_RANGE_BEGIN:
            target = mixed if flags & _ACCESS else tagged
            target.extend(range(range_start, number + 1))
    found = (access, frozenset(tagged), frozenset(mixed))
    return PortVlans(netns, names[index], *found, of_bridge=of_bridge)
