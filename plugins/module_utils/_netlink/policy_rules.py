# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Policy rules: read from the kernel's replies (linux/fib_rules.h)."""

from __future__ import annotations

import socket
import struct

from .._model.policy_rules import PolicyRule, RuleLimits
from . import uapi
from .attributes import Attributes, read_attributes, read_ip, read_name, read_number
from .headers import BODY, FIB_RULE_ATTRIBUTES, FIB_RULE_HDR
from .socket import Request

_READ_ATTRIBUTES = frozenset(
    {
        uapi.FRA_DST,
        uapi.FRA_SRC,
        uapi.FRA_IIFNAME,
        uapi.FRA_GOTO,
        uapi.FRA_PRIORITY,
        uapi.FRA_FWMARK,
        uapi.FRA_FWMASK,
        uapi.FRA_SUPPRESS_IFGROUP,
        uapi.FRA_SUPPRESS_PREFIXLEN,
        uapi.FRA_TABLE,
        uapi.FRA_OIFNAME,
        uapi.FRA_PAD,
        uapi.FRA_L3MDEV,
        uapi.FRA_UID_RANGE,
        uapi.FRA_PROTOCOL,
        uapi.FRA_IP_PROTO,
        uapi.FRA_SPORT_RANGE,
        uapi.FRA_DPORT_RANGE,
        uapi.FRA_SPORT_MASK,
        uapi.FRA_DPORT_MASK,
    }
)
"""The attributes that are read, or that do not limit a rule."""
_NO_SUPPRESSION = 0xFFFFFFFF
_ALL_BITS = 0xFFFFFFFF
_WHOLE_PORTS = {None, 0, 0xFFFF}
"""Masks of ports that are compared as numbers. Since Linux 6.15 a rule for one port has one."""
_UIDS, _PORTS = struct.Struct("=II"), struct.Struct("=HH")


def dump_rules() -> Request:
    """Ask for the rules of all families, multicast among them."""
    return Request(uapi.RTM_GETRULE, FIB_RULE_HDR.pack(socket.AF_UNSPEC, 0, 0, 0, 0, 0, 0, 0, 0))


def read_rule(data: bytes) -> PolicyRule | None:
    """A rule; None for one of multicast."""
    family, to_length, source_length, tos, table, _res1, _res2, action, flags = (
        FIB_RULE_HDR.unpack_from(data, BODY)
    )
    if family not in (socket.AF_INET, socket.AF_INET6):
        return None
    attributes = read_attributes(data, FIB_RULE_ATTRIBUTES)
    source, to = read_ip(attributes.get(uapi.FRA_SRC)), read_ip(attributes.get(uapi.FRA_DST))
    return PolicyRule(
        4 if family == socket.AF_INET else 6,
        read_number(attributes.get(uapi.FRA_PRIORITY)) or 0,
        uapi.FR_ACTIONS.get(action, str(action)),
        read_number(attributes.get(uapi.FRA_TABLE)) or table,
        None if source is None else f"{source}/{source_length}",
        None if to is None else f"{to}/{to_length}",
        _read_limits(tos, flags, attributes),
    )


def _read_limits(tos: int, flags: int, attributes: Attributes) -> RuleLimits:
    suppressed = read_number(attributes.get(uapi.FRA_SUPPRESS_PREFIXLEN))
    group = read_number(attributes.get(uapi.FRA_SUPPRESS_IFGROUP))
    masks = {
        read_number(attributes.get(number)) for number in (uapi.FRA_SPORT_MASK, uapi.FRA_DPORT_MASK)
    }
    return RuleLimits(
        inverted=bool(flags & uapi.FIB_RULE_INVERT),
        tos=tos,
        iif=read_name(attributes.get(uapi.FRA_IIFNAME)),
        oif=read_name(attributes.get(uapi.FRA_OIFNAME)),
        mark=_read_mark(attributes),
        uids=_read_range(attributes.get(uapi.FRA_UID_RANGE), _UIDS),
        protocol=read_number(attributes.get(uapi.FRA_IP_PROTO)),
        source_ports=_read_range(attributes.get(uapi.FRA_SPORT_RANGE), _PORTS),
        destination_ports=_read_range(attributes.get(uapi.FRA_DPORT_RANGE), _PORTS),
        in_vrf=bool(read_number(attributes.get(uapi.FRA_L3MDEV))),
        suppressed_length=None if suppressed == _NO_SUPPRESSION else suppressed,
        goto=read_number(attributes.get(uapi.FRA_GOTO)),
        others=(
            not _READ_ATTRIBUTES.issuperset(attributes)
            or group not in (None, _ALL_BITS)
            or not masks <= _WHOLE_PORTS
        ),
    )


def _read_mark(attributes: Attributes) -> tuple[int, int] | None:
    mark = read_number(attributes.get(uapi.FRA_FWMARK))
    mask = read_number(attributes.get(uapi.FRA_FWMASK))
    if mark is None and mask is None:
        return None
    return mark or 0, _ALL_BITS if mask is None else mask


def _read_range(data: bytes | None, layout: struct.Struct) -> tuple[int, int] | None:
    if data is None:
        return None
    first, last = layout.unpack(data)
    return first, last
