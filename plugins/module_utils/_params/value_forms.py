# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tells the right form of a value that has another type than its option.

Only the error of a type loads this file.
"""

from __future__ import annotations

import re
from typing import Any

from .._model.lazy_pattern import compile_lazily

_MEASURE = compile_lazily(
    r"([0-9]{1,9}) ?(s|sec|secs|seconds?|b|bytes?|k)", re.ASCII | re.IGNORECASE
)
_TABLES = {"main": 254, "default": 253, "local": 255}
"""The numbers of routing tables in /etc/iproute2/rt_tables."""
_ADDRESS_KEYS = ("address", "ip", "addr", "local")
_LENGTH_KEYS = ("prefix", "prefixlen", "prefix_length", "netmask", "length")


def explain_no_string(path: str, value: Any) -> str:
    """Return the right form of a value that is no string."""
    option = path.rpartition(".")[2].partition("[")[0]
    if isinstance(value, list) and option == "gateway":
        return "write nexthops, such as [{gateway: 192.168.15.5}, {gateway: 192.168.15.6}]"
    if isinstance(value, list):
        return "write one value; each further one needs a task or an item of its own"
    if isinstance(value, dict):
        address = _join_address(value) if option == "addresses" else ""
        return f"write {address}" if address else "write it as one text"
    if isinstance(value, bool) and option == "expect":
        return f"write {'reachable' if value else 'unreachable'}"
    return "put it in quotes"


def _join_address(value: dict[Any, Any]) -> str:
    """The address of a dictionary with an address and a prefix length; "" if it has none."""
    address = next((value[key] for key in _ADDRESS_KEYS if value.get(key)), "")
    length = next((value[key] for key in _LENGTH_KEYS if value.get(key)), "")
    return f"{address}/{length}" if address and length else str(address)


def explain_no_integer(path: str, value: Any) -> str:
    """Return the right form of a value that is no integer; "" if none is known."""
    option = path.rpartition(".")[2]
    if not isinstance(value, str):
        return ""
    if option == "table" and value in _TABLES:
        return f"; write {_TABLES[value]}"
    if option == "vlan" and re.fullmatch(r"[0-9]+([,-][0-9]+)+", value, re.ASCII):
        return f"; write vlans: {value}"
    measure = _MEASURE.fullmatch(value)
    if not measure:
        return ""
    return f"; write {int(measure[1]) * (1000 if measure[2].lower() == 'k' else 1)}"
