# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The VLANs of a bridge's port (IEEE 802.1Q): the type, from a task's words and back to them, and as the kernel takes and tells them.

Structures: linux/if_bridge.h. What is done with them: net/bridge/br_netlink.c, br_vlan.c.
"""

from __future__ import annotations

import re
import socket
import struct
from dataclasses import dataclass
from typing import Any, Dict, FrozenSet, Iterable, List, Optional, Sequence, Tuple

from . import _errors
from ._netlink import Request, pack_attribute, read_attributes

MOST = 4094
_LIST = re.compile(r"([0-9]{1,4})(?:-([0-9]{1,4}))?")

_SETLINK, _DELLINK = 19, 17
_BODY = 16
_AF_SPEC, _VLAN_INFO, _EXT_MASK = 26, 2, 29
_COMPRESSED = 4
"""RTEXT_FILTER_BRVLAN_COMPRESSED: neighbours of one kind as a range."""
_PVID, _UNTAGGED, _BEGIN, _END = 2, 4, 8, 16
_LINK = struct.Struct("=BxHiII")
_VLAN = struct.Struct("=HH")

Numbers = FrozenSet[int]


@dataclass(frozen=True)
class PortVlans:
    """``vlan``: that of frames without a tag, which leave without one too; 0 for none. ``tagged``: those whose frames come and go with one.

    In something wanted ``None`` means "leave it as it is". ``mixed``: of what is there, those for which there are no such words: frames
    come with a tag and leave without one, or the other way round.
    """

    netns: Optional[str]
    link: str
    vlan: Optional[int] = None
    tagged: Optional[Numbers] = None
    mixed: Numbers = frozenset()

    @property
    def key(self) -> Tuple[Any, ...]:
        return ("vlans", self.netns, self.link)


def read_vlans(netns: Optional[str], link: str, vlan: Optional[int], vlans: Optional[Sequence[str]], prefix: str) -> PortVlans:
    """What a task asks for.

    :raises Refused: for numbers that no VLAN has (1 to 4094), or that are named twice.
    """
    if vlan is not None and not 0 <= vlan <= MOST:
        raise _errors.Refused(f"{prefix}vlan", vlan, f"is a VLAN from 1 to {MOST}, or 0 for none")
    if vlans is None:
        return PortVlans(netns, link, vlan)
    seen: Dict[int, str] = {}
    for index, text in enumerate(vlans):
        path = f"{prefix}vlans[{index}]"
        for number in _read_range(path, text):
            if number == vlan:
                raise _errors.Refused(path, text, f"has VLAN {vlan}, which is vlan: its frames have no tag here")
            if number in seen:
                raise _errors.Refused(path, text, f"VLAN {number} stands at {seen[number]} already")
            seen[number] = path
    return PortVlans(netns, link, vlan, frozenset(seen))


def _read_range(path: str, text: str) -> Iterable[int]:
    found = _LIST.fullmatch(text)
    first, last = (int(found.group(1)), int(found.group(2) or found.group(1))) if found else (0, 0)
    if not 1 <= first <= last <= MOST:
        raise _errors.Refused(path, text, f"is a VLAN from 1 to {MOST}, or a range of them, as 10-19")
    return range(first, last + 1)


def ranges(numbers: Numbers) -> List[Tuple[int, int]]:
    """First and last of each run."""
    found: List[Tuple[int, int]] = []
    for number in sorted(numbers):
        if found and found[-1][1] == number - 1:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    return found


def spell_ranges(numbers: Numbers) -> List[str]:
    """As short as they can be told."""
    return [str(first) if first == last else f"{first}-{last}" for first, last in ranges(numbers)]


def say_vlans(vlans: PortVlans) -> str:
    """In one line."""
    parts = [] if vlans.vlan is None else [f"vlan {vlans.vlan or 'none'}"]
    if vlans.mixed:
        parts.append(f"mixed {', '.join(spell_ranges(vlans.mixed))}")
    return "; ".join(parts + ([] if vlans.tagged is None else [f"vlans {', '.join(spell_ranges(vlans.tagged)) or 'none'}"]))


def resolve(before: PortVlans, wanted: PortVlans) -> PortVlans:
    """What a port with the one will have when the other is done: ``vlan`` is exact for what leaves without a tag, ``vlans`` for what has one."""
    tagged = (before.tagged or frozenset()) - {wanted.vlan} if wanted.tagged is None else wanted.tagged
    vlan = wanted.vlan if wanted.vlan is not None else 0 if before.vlan in tagged else before.vlan
    return PortVlans(wanted.netns, wanted.link, vlan, frozenset(tagged), frozenset() if wanted.vlan is not None else before.mixed - tagged)


def _steps(before: PortVlans, after: PortVlans) -> Tuple[Numbers, Numbers, Optional[int]]:
    """(what comes or gets its tag, what goes, which comes as that of frames without one). The new comes before the old goes."""
    had = (before.tagged or frozenset()) | before.mixed | ({before.vlan} if before.vlan else frozenset())
    tagged = after.tagged or frozenset()
    gone = had - tagged - after.mixed - {after.vlan or 0}
    return tagged - (before.tagged or frozenset()), frozenset(gone), after.vlan if after.vlan and after.vlan != before.vlan else None


def bridge_words(before: PortVlans, after: PortVlans, tool: str) -> List[str]:
    """The ``bridge vlan`` commands that bring a port from one to the other."""
    tagged, gone, access = _steps(before, after)
    lines = [f"{tool} vlan add dev {after.link} vid {text}" for text in spell_ranges(tagged)]
    lines += [] if access is None else [f"{tool} vlan add dev {after.link} vid {access} pvid untagged"]
    return lines + [f"{tool} vlan del dev {after.link} vid {text}" for text in spell_ranges(gone)]


def _request(kind: int, index: int, infos: List[bytes]) -> Request:
    specification = b"".join(pack_attribute(_VLAN_INFO, info) for info in infos)
    return Request(kind, _LINK.pack(socket.AF_BRIDGE, 0, index, 0, 0) + pack_attribute(_AF_SPEC, specification))


def _pack(numbers: Numbers) -> List[bytes]:
    infos: List[bytes] = []
    for first, last in ranges(numbers):
        infos += [_VLAN.pack(0, first)] if first == last else [_VLAN.pack(_BEGIN, first), _VLAN.pack(_END, last)]
    return infos


def alter_vlans(index: int, before: PortVlans, after: PortVlans) -> List[Request]:
    """From one to the other."""
    tagged, gone, access = _steps(before, after)
    requests = [_request(_SETLINK, index, _pack(tagged))] if tagged else []
    requests += [] if access is None else [_request(_SETLINK, index, [_VLAN.pack(_PVID | _UNTAGGED, access)])]
    return requests + ([_request(_DELLINK, index, _pack(gone))] if gone else [])


def dump_vlans() -> bytes:
    return _LINK.pack(socket.AF_BRIDGE, 0, 0, 0, 0) + pack_attribute(_EXT_MASK, struct.pack("=I", _COMPRESSED))


def read_port_vlans(netns: Optional[str], names: Dict[int, str], data: bytes) -> Optional[PortVlans]:
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
