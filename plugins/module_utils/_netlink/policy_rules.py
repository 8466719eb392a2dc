# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Policy rules, by which the kernel chooses a routing table (linux/fib_rules.h)."""

from __future__ import annotations

import socket
from typing import NamedTuple

from . import uapi
from .pyroute2_messages import decode_message, encode_body, rule_class
from .socket import Request

_ATTRIBUTES_WITHOUT_LIMIT = {
    "FRA_DST",
    "FRA_SRC",
    "FRA_PRIORITY",
    "FRA_SUPPRESS_PREFIXLEN",
    "FRA_TABLE",
    "FRA_PAD",
    "FRA_PROTOCOL",
}
"""The attributes that do not limit a rule to some packets, and the networks."""
_NO_SUPPRESSION = 0xFFFFFFFF


class PolicyRule(NamedTuple):
    """A rule. ``source`` and ``to`` are networks.

    ``limited``: it has further conditions, so that it does not apply to all packets
    between the two.
    """

    family: int
    priority: int
    action: str
    table: int
    source: str | None
    to: str | None
    limited: bool

    @property
    def is_for_all(self) -> bool:
        """Whether it applies to every packet."""
        return not (self.source or self.to or self.limited)

    def describe(self) -> str:
        """The rule as ``ip rule`` shows it, with three dots for further conditions."""
        condition = f"from {self.source or 'all'}"
        condition += f" to {self.to}" if self.to else ""
        condition += " ..." if self.limited else ""
        action = f"lookup {self.table}" if self.action == "lookup" else self.action
        return f"{self.priority}: {condition} {action}"


def dump_rules() -> Request:
    """Ask for the rules of all families, multicast among them."""
    return Request(uapi.RTM_GETRULE, encode_body(rule_class()()))


def read_rule(data: bytes) -> PolicyRule | None:
    """A rule; None for one of multicast."""
    message = decode_message(rule_class(), data)
    if message["family"] not in (socket.AF_INET, socket.AF_INET6):
        return None
    source, to = message.get_attr("FRA_SRC"), message.get_attr("FRA_DST")
    names = {attribute[0] for attribute in message["attrs"]}
    suppressed = message.get_attr("FRA_SUPPRESS_PREFIXLEN")
    limited = (
        bool(message["tos"] or message["flags"] & uapi.FIB_RULE_INVERT)
        or not names <= _ATTRIBUTES_WITHOUT_LIMIT
        or suppressed not in (None, _NO_SUPPRESSION)
    )
    return PolicyRule(
        4 if message["family"] == socket.AF_INET else 6,
        message.get_attr("FRA_PRIORITY") or 0,
        uapi.FR_ACTIONS.get(message["action"], str(message["action"])),
        message.get_attr("FRA_TABLE") or message["table"],
        None if source is None else f"{source}/{message['src_len']}",
        None if to is None else f"{to}/{message['dst_len']}",
        limited,
    )
