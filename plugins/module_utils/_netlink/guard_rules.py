# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The policy routing rules of the guard (linux/fib_rules.h), packed and read by hand.

Every task with packet filter rules reads them, and must not need pyroute2 for it.
"""

from __future__ import annotations

import socket

from .._model.guard_rules import GUARD_MARK, GuardPriority, GuardRule
from .._model.routes import LOCAL_TABLE, SINGLE_ROUTE
from . import uapi
from .attributes import (
    pack_address,
    pack_name,
    pack_u8,
    pack_u32,
    read_attributes,
    read_ip,
    read_name,
    read_number,
)
from .headers import BODY, FIB_RULE_ATTRIBUTES, FIB_RULE_HDR
from .socket import Request

_FAMILIES = {4: socket.AF_INET, 6: socket.AF_INET6}
_ACTIONS = {name: number for number, name in uapi.FR_ACTIONS.items()}
_EVERY_BIT = 0xFFFFFFFF


def _pack(rule: GuardRule) -> bytes:
    to, _slash, to_length = rule.to.partition("/")
    source, _slash, source_length = rule.source.partition("/")
    is_lookup = rule.action == "lookup"
    header = FIB_RULE_HDR.pack(
        _FAMILIES[rule.family],
        int(to_length or 0),
        int(source_length or 0),
        0,
        LOCAL_TABLE if is_lookup else 0,
        0,
        0,
        _ACTIONS[rule.action],
        0,
    )
    drops = rule.action == "blackhole"
    return header + b"".join(
        (
            pack_u32(uapi.FRA_PRIORITY, rule.priority),
            pack_u8(uapi.FRA_PROTOCOL, SINGLE_ROUTE),
            pack_name(uapi.FRA_IIFNAME, rule.iif) if rule.iif else b"",
            pack_address(uapi.FRA_DST, to or None),
            pack_address(uapi.FRA_SRC, source or None),
            pack_u32(uapi.FRA_GOTO, GuardPriority.END if rule.action == "goto" else None),
            pack_u32(uapi.FRA_TABLE, LOCAL_TABLE if is_lookup else None),
            pack_u32(uapi.FRA_FWMARK, rule.mark if drops else None),
            pack_u32(uapi.FRA_FWMASK, _EVERY_BIT if drops else None),
        )
    )


def add_guard_rule(rule: GuardRule) -> Request:
    """Add a rule."""
    return Request(uapi.RTM_NEWRULE, _pack(rule), uapi.NLM_F_CREATE | uapi.NLM_F_EXCL)


def delete_guard_rule(rule: GuardRule) -> Request:
    """Delete a rule."""
    return Request(uapi.RTM_DELRULE, _pack(rule))


def dump_guard_rules(family: int) -> Request:
    """Ask for all policy routing rules of a family."""
    return Request(uapi.RTM_GETRULE, FIB_RULE_HDR.pack(_FAMILIES[family], 0, 0, 0, 0, 0, 0, 0, 0))


def read_guard_rule(data: bytes) -> GuardRule | None:
    """A rule of the guard; None for a rule of others, or one that was changed."""
    number, to_length, source_length, _tos, _table, _res1, _res2, action, _flags = (
        FIB_RULE_HDR.unpack_from(data, BODY)
    )
    attributes = read_attributes(data, FIB_RULE_ATTRIBUTES)
    if read_number(attributes.get(uapi.FRA_PROTOCOL)) != SINGLE_ROUTE:
        return None
    to, source = read_ip(attributes.get(uapi.FRA_DST)), read_ip(attributes.get(uapi.FRA_SRC))
    rule = GuardRule(
        4 if number == socket.AF_INET else 6,
        read_number(attributes.get(uapi.FRA_PRIORITY)) or 0,
        uapi.FR_ACTIONS.get(action, str(action)),
        read_name(attributes.get(uapi.FRA_IIFNAME)) or "",
        f"{source}/{source_length}" if source else "",
        f"{to}/{to_length}" if to else "",
        read_number(attributes.get(uapi.FRA_FWMARK)) or 0,
    )
    is_guard = GuardPriority.HOST <= rule.priority <= GuardPriority.SAVED_FORWARDING
    drops = read_number(attributes.get(uapi.FRA_FWMASK)) == _EVERY_BIT
    is_known = rule.mark in (0, GUARD_MARK) and drops == (rule.action == "blackhole")
    return rule if is_guard and is_known else None
