# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Times, shares and rates as ``tc`` writes them (lib/utils_math.c and tc/tc_util.c of iproute2), and as the kernel counts them."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Dict, Tuple

from .errors import Refused

FULL_SHARE = 2**32 - 1
"""The share of all packets; the kernel counts shares in parts of it."""

_NUMBER = re.compile(r"([0-9]{1,15}(?:\.[0-9]{1,15})?)([A-Za-z%]*)")
_TIMES = {"s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}
_TIME_NAMES = {
    name + ending: scale for name, scale in _TIMES.items() for ending in ("", "ec", "ecs")
}
_RATES = {"tbit": 10**12, "gbit": 10**9, "mbit": 10**6, "kbit": 10**3, "bit": 1}
_RATE_NAMES: Dict[str, int] = {"": 1}
for _index, _prefix in enumerate(("", "k", "m", "g", "t")):
    _RATE_NAMES.update({f"{_prefix}bit": 1000**_index, f"{_prefix}bps": 8 * 1000**_index})
    if _prefix:
        _RATE_NAMES.update({f"{_prefix}ibit": 1024**_index, f"{_prefix}ibps": 8 * 1024**_index})
_MOST_TIME = 2**63 - 1
_MOST_RATE = 2**64 - 1


def _split(parameter: str, value: str, rule: str) -> Tuple[Decimal, str]:
    found = _NUMBER.fullmatch(value.strip())
    if found is None:
        raise Refused(parameter, value, rule)
    return Decimal(found.group(1)), found.group(2)


def parse_time(parameter: str, value: str) -> int:
    """A time, in nanoseconds."""
    rule = "is a time as 10ms, 1.5s, 250us or 100ns"
    number, unit = _split(parameter, value, rule)
    if unit.lower() not in _TIME_NAMES:
        raise Refused(
            parameter,
            value,
            rule
            if unit
            else f"has no unit; write {value}ms, {value}us or {value}s"
            if number
            else rule,
        )
    nanoseconds = int(number * _TIME_NAMES[unit.lower()])
    if nanoseconds > _MOST_TIME or (number and not nanoseconds):
        raise Refused(parameter, value, "is out of range: from 1ns to 9223372036s")
    return nanoseconds


def parse_share(parameter: str, value: str) -> int:
    """A share of the packets, in parts of ``WHOLE``."""
    rule = "is a share of the packets from 0% to 100%, as 1% or 0.1%"
    number, unit = _split(parameter, value, rule)
    if unit not in ("", "%") or number > 100:
        raise Refused(parameter, value, rule)
    parts = int((number * FULL_SHARE / 100).to_integral_value(ROUND_HALF_EVEN))
    if number and not parts:
        raise Refused(
            parameter,
            value,
            "is less than the kernel can count, which is one in four thousand million",
        )
    return parts


def parse_rate(parameter: str, value: str) -> int:
    """A rate, in bytes a second. Without a unit it is bits a second."""
    rule = "is a rate as 10mbit, 512kbit or 1.5gbit (bits a second), or 1mbps (bytes a second)"
    number, unit = _split(parameter, value, rule)
    if unit.lower() not in _RATE_NAMES:
        raise Refused(parameter, value, rule)
    rate = int(number * _RATE_NAMES[unit.lower()] / 8)
    if not 0 < rate <= _MOST_RATE:
        raise Refused(parameter, value, "is out of range: at least 8bit")
    return rate


def _format_whole(amount: int, units: Dict[str, int]) -> str:
    """In the largest unit of which it is a whole number."""
    return next(f"{amount // scale}{unit}" for unit, scale in units.items() if amount % scale == 0)


def format_time(nanoseconds: int) -> str:
    return _format_whole(nanoseconds, _TIMES)


def format_share(parts: int) -> str:
    """As short as it can be to mean just that."""
    percent = Decimal(parts) * 100 / FULL_SHARE
    for digits in range(1, 12):
        text = f"{percent:.{digits}g}"
        short = f"{Decimal(text):f}"
        if int((Decimal(short) * FULL_SHARE / 100).to_integral_value(ROUND_HALF_EVEN)) == parts:
            return short + "%"
    return f"{percent:f}%"


def format_rate(rate: int) -> str:
    return _format_whole(rate * 8, _RATES)
