# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rules by which the kernel chooses a table of routes, as route netlink tells them (linux/fib_rules.h)."""

from __future__ import annotations

import socket
import struct
from typing import NamedTuple, Optional

from .socket import read_attributes

GETRULE = 34

_BODY = 16
_HEAD = struct.Struct("=BBBBBxxBI")
_TO, _FROM, _PRIORITY, _SUPPRESS_LENGTH, _TABLE, _PAD, _PROTOCOL = 1, 2, 6, 14, 15, 18, 21
_IGNORED_ATTRIBUTES = {_TO, _FROM, _PRIORITY, _SUPPRESS_LENGTH, _TABLE, _PAD, _PROTOCOL}
_ACTIONS = {1: "lookup", 6: "blackhole", 7: "unreachable", 8: "prohibit"}
_INVERTED = 2
_NOTHING = b"\xff\xff\xff\xff"


class PolicyRule(NamedTuple):
    """``source`` and ``to`` are networks; ``limited`` says that there is more to it, so that it is not for all packets between them."""

    family: int
    priority: int
    action: str
    table: int
    source: Optional[str]
    to: Optional[str]
    limited: bool

    @property
    def is_for_all(self) -> bool:
        return not (self.source or self.to or self.limited)

    def describe(self) -> str:
        """As ``ip rule`` does, but for what that has besides."""
        whence = f"from {self.source or 'all'}{f' to {self.to}' if self.to else ''}{' ...' if self.limited else ''}"
        return f"{self.priority}: {whence} {self.action}{f' {self.table}' if self.action == 'lookup' else ''}"


def dump_rules() -> bytes:
    """Of all families, those of multicast among them."""
    return _HEAD.pack(socket.AF_UNSPEC, 0, 0, 0, 0, 0, 0)


def read_rule(data: bytes) -> Optional[PolicyRule]:
    """A rule; None for one of multicast."""
    family, to_length, source_length, tos, table, action, flags = _HEAD.unpack_from(data, _BODY)
    if family not in (socket.AF_INET, socket.AF_INET6):
        return None
    found = read_attributes(data, _BODY + _HEAD.size)
    networks = [
        f"{socket.inet_ntop(family, found[number])}/{length}" if number in found else None
        for number, length in ((_FROM, source_length), (_TO, to_length))
    ]
    limited = (
        bool(tos or flags & _INVERTED or set(found) - _IGNORED_ATTRIBUTES)
        or found.get(_SUPPRESS_LENGTH, _NOTHING) != _NOTHING
    )
    numbers = [
        struct.unpack("=I", found[number])[0] if number in found else 0
        for number in (_PRIORITY, _TABLE)
    ]
    return PolicyRule(
        4 if family == socket.AF_INET else 6,
        numbers[0],
        _ACTIONS.get(action, str(action)),
        numbers[1] or table,
        networks[0],
        networks[1],
        limited,
    )
