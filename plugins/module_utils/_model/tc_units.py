# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Times, shares and rates: parsed and formatted as by ``tc``, in the units of the kernel.

The units are those of lib/utils_math.c and tc/tc_util.c in iproute2.
"""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal
from typing import Callable

from .errors import Refused
from .lazy_pattern import compile_lazily

FULL_SHARE = 2**32 - 1
"""100 percent: the kernel counts shares in parts of it."""

_NUMBER = compile_lazily(r"([0-9]{1,15}(?:\.[0-9]{1,15})?)([A-Za-z%]*)")
_TIMES = {"s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}
_TIME_NAMES = {
    name + ending: scale for name, scale in _TIMES.items() for ending in ("", "ec", "ecs")
}
_RATES = {"tbit": 10**12, "gbit": 10**9, "mbit": 10**6, "kbit": 10**3, "bit": 1}
_RATE_NAMES: dict[str, int] = {"": 1}
for _index, _prefix in enumerate(("", "k", "m", "g", "t")):
    _RATE_NAMES.update({f"{_prefix}bit": 1000**_index, f"{_prefix}bps": 8 * 1000**_index})
    if _prefix:
        _RATE_NAMES.update({f"{_prefix}ibit": 1024**_index, f"{_prefix}ibps": 8 * 1024**_index})
_MAX_TIME = 2**63 - 1
_MAX_RATE = 2**64 - 1


def _split(parameter: str, value: str, rule: str) -> tuple[Decimal, str]:
    found = _NUMBER.fullmatch(value.strip())
    if found is None:
        raise Refused(parameter, value, rule)
    return Decimal(found.group(1)), found.group(2)


def parse_time(parameter: str, value: str) -> int:
    """Parse a time such as ``10ms`` to nanoseconds.

    :raises Refused: it is not a time, or is out of range.
    """
    rule = "is not a time, such as 10ms, 1.5s, 250us or 100ns"
    number, unit = _split(parameter, value, rule)
    if number and not unit:
        rule = f"has no unit; write {value}ms, {value}us or {value}s"
    if unit.lower() not in _TIME_NAMES:
        raise Refused(parameter, value, rule)
    nanoseconds = int(number * _TIME_NAMES[unit.lower()])
    if nanoseconds > _MAX_TIME or (number and not nanoseconds):
        raise Refused(parameter, value, "is out of range: from 1ns to 9223372036s")
    return nanoseconds


def parse_share(parameter: str, value: str) -> int:
    """Parse a percentage of the packets to parts of ``FULL_SHARE``.

    :raises Refused: it is not a percentage, or is too small for the kernel.
    """
    rule = "is not a percentage from 0% to 100%, such as 1% or 0.1%"
    number, unit = _split(parameter, value, rule)
    if unit not in ("", "%") or number > 100:
        raise Refused(parameter, value, rule)
    parts = int((number * FULL_SHARE / 100).to_integral_value(ROUND_HALF_EVEN))
    if number and not parts:
        raise Refused(
            parameter,
            value,
            "is less than the kernel can count, which is one in 4294967295",
        )
    return parts


def parse_rate(parameter: str, value: str) -> int:
    """Parse a rate such as ``10mbit`` to bytes per second. Without a unit it is bits per second.

    :raises Refused: it is not a rate, or is out of range.
    """
    rule = "is not a rate, such as 10mbit or 1.5gbit (bits per second) or 1mbps (bytes per second)"
    number, unit = _split(parameter, value, rule)
    if unit.lower() not in _RATE_NAMES:
        raise Refused(parameter, value, rule)
    rate = int(number * _RATE_NAMES[unit.lower()] / 8)
    if not 0 < rate <= _MAX_RATE:
        raise Refused(parameter, value, "is out of range: at least 8bit")
    return rate


def _format_whole(amount: int, units: dict[str, int]) -> str:
    """The amount in the largest unit of which it is a whole number."""
    return next(f"{amount // scale}{unit}" for unit, scale in units.items() if amount % scale == 0)


def format_time(nanoseconds: int) -> str:
    """Nanoseconds as a time, such as ``10ms``."""
    return _format_whole(nanoseconds, _TIMES)


def format_share(parts: int) -> str:
    """The shortest percentage that means exactly these parts."""
    percent = Decimal(parts) * 100 / FULL_SHARE
    for digits in range(1, 12):
        text = f"{percent:.{digits}g}"
        short = f"{Decimal(text):f}"
        if int((Decimal(short) * FULL_SHARE / 100).to_integral_value(ROUND_HALF_EVEN)) == parts:
            return short + "%"
    return f"{percent:f}%"


def format_rate(rate: int) -> str:
    """Bytes per second as a rate, such as ``10mbit``."""
    return _format_whole(rate * 8, _RATES)


PARSERS: dict[str, Callable[[str, str], int]] = {
    "delay": parse_time,
    "jitter": parse_time,
    "loss": parse_share,
    "corrupt": parse_share,
    "duplicate": parse_share,
    "reorder": parse_share,
    "rate": parse_rate,
}
"""The parser of each option of an impairment: of (parameter, value)."""

FORMATTERS: dict[str, Callable[[int], str]] = {
    "delay": format_time,
    "jitter": format_time,
    "loss": format_share,
    "corrupt": format_share,
    "duplicate": format_share,
    "reorder": format_share,
    "rate": format_rate,
}
"""The opposite."""
