# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The VLANs of a bridge's port (IEEE 802.1Q): the type, from a task's words and back to them, and as the kernel takes and tells them.

Structures: linux/if_bridge.h. What is done with them: net/bridge/br_netlink.c, br_vlan.c.
"""

from __future__ import annotations

import socket
import struct
from typing import Dict, List, Optional

from .._model.bridge_vlans import PortVlans, VlanIds, to_ranges, vlan_changes
from .socket import Request, pack_attribute, read_attributes

_SETLINK, _DELLINK = 19, 17
_BODY = 16
_AF_SPEC, _VLAN_INFO, _EXT_MASK = 26, 2, 29
_COMPRESSED = 4
"""RTEXT_FILTER_BRVLAN_COMPRESSED: neighbours of one kind as a range."""
_PVID, _UNTAGGED, _BEGIN, _END = 2, 4, 8, 16
_LINK = struct.Struct("=BxHiII")
_VLAN = struct.Struct("=HH")


def _request(kind: int, index: int, infos: List[bytes]) -> Request:
    specification = b"".join(pack_attribute(_VLAN_INFO, info) for info in infos)
    return Request(
        kind, _LINK.pack(socket.AF_BRIDGE, 0, index, 0, 0) + pack_attribute(_AF_SPEC, specification)
    )


def _pack(numbers: VlanIds) -> List[bytes]:
    infos: List[bytes] = []
    for first, last in to_ranges(numbers):
        infos += (
            [_VLAN.pack(0, first)]
            if first == last
            else [_VLAN.pack(_BEGIN, first), _VLAN.pack(_END, last)]
        )
    return infos


def alter_vlans(index: int, before: PortVlans, after: PortVlans) -> List[Request]:
    """From one to the other."""
    tagged, gone, access = vlan_changes(before, after)
    requests = [_request(_SETLINK, index, _pack(tagged))] if tagged else []
    requests += (
        []
        if access is None
        else [_request(_SETLINK, index, [_VLAN.pack(_PVID | _UNTAGGED, access)])]
    )
    return requests + ([_request(_DELLINK, index, _pack(gone))] if gone else [])


def dump_vlans() -> bytes:
    return _LINK.pack(socket.AF_BRIDGE, 0, 0, 0, 0) + pack_attribute(
        _EXT_MASK, struct.pack("=I", _COMPRESSED)
    )


def read_port_vlans(
    netns: Optional[str], names: Dict[int, str], data: bytes
) -> Optional[PortVlans]:
    """Those of one port, or of the bridge itself."""
    _family, _type, index, _flags, _change = _LINK.unpack_from(data, _BODY)
    specification = read_attributes(data, _BODY + _LINK.size).get(_AF_SPEC)
    if specification is None or index not in names:
        return None
    access, first = 0, 0
    tagged: List[int] = []
    mixed: List[int] = []
    offset = 0
    while offset + 8 <= len(specification):
        length, kind = struct.unpack_from("=HH", specification, offset)
        if kind == _VLAN_INFO:
            flags, number = _VLAN.unpack_from(specification, offset + 4)
            first = first if flags & _END else number
            both = flags & (_PVID | _UNTAGGED)
            if both == _PVID | _UNTAGGED:
                access = number
            elif not flags & _BEGIN:
                (mixed if both else tagged).extend(range(first, number + 1))
        offset += (length + 3) & ~3 or 4
    return PortVlans(netns, names[index], access, frozenset(tagged), frozenset(mixed))
