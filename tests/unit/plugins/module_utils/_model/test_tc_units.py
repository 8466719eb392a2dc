# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Times, shares and rates: parsed as tc(8) parses them, and formatted so that they parse to
the same.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Refused
from ansible_collections.redblue.netns.plugins.module_utils._model.tc_units import (
    FULL_SHARE,
    format_rate,
    format_share,
    format_time,
    parse_rate,
    parse_share,
    parse_time,
)


@pytest.mark.parametrize(
    ("text", "nanoseconds", "formatted"),
    [
        ("10ms", 10**7, "10ms"),
        ("1.5s", 15 * 10**8, "1500ms"),
        ("250usecs", 250000, "250us"),
        ("7ns", 7, "7ns"),
        ("1Sec", 10**9, "1s"),
        ("0ms", 0, "0s"),
    ],
)
def test_times_are_parsed_and_formatted(text: str, nanoseconds: int, formatted: str) -> None:
    assert parse_time("delay", text) == nanoseconds
    assert format_time(nanoseconds) == formatted
    assert parse_time("delay", formatted) == nanoseconds


@pytest.mark.parametrize(
    ("text", "parts", "formatted"),
    [
        ("100%", FULL_SHARE, "100%"),
        ("50", 2147483648, "50%"),
        ("1%", 42949673, "1%"),
        ("0.1%", 4294967, "0.1%"),
        ("0%", 0, "0%"),
        ("33.3%", 1430224109, "33.3%"),
    ],
)
def test_shares_are_parsed_and_formatted(text: str, parts: int, formatted: str) -> None:
    assert parse_share("loss", text) == parts
    assert format_share(parts) == formatted


@pytest.mark.parametrize("parts", [1, 2, 3, 12345, 4294967, 99999999, FULL_SHARE - 1, FULL_SHARE])
def test_a_formatted_share_parses_to_the_same(parts: int) -> None:
    assert parse_share("loss", format_share(parts)) == parts


@pytest.mark.parametrize(
    ("text", "rate", "formatted"),
    [
        ("10mbit", 1250000, "10mbit"),
        ("1kbps", 1000, "8kbit"),
        ("1.5Gbit", 187500000, "1500mbit"),
        ("8000", 1000, "8kbit"),
        ("1Mibit", 131072, "1048576bit"),
        ("100gbit", 12500000000, "100gbit"),
        ("2MiBps", 2097152, "16777216bit"),
    ],
)
def test_rates_are_parsed_and_formatted(text: str, rate: int, formatted: str) -> None:
    assert parse_rate("rate", text) == rate
    assert format_rate(rate) == formatted
    assert parse_rate("rate", formatted) == rate


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (parse_time, "10"),
        (parse_time, "ms"),
        (parse_time, "-1ms"),
        (parse_time, "0.1ns"),
        (parse_time, "1m"),
        (parse_time, "1e3ms"),
        (parse_time, "99999999999s"),
        (parse_share, "101%"),
        (parse_share, "-1%"),
        (parse_share, "1%%"),
        (parse_share, "0.00000001%"),
        (parse_share, "nan"),
        (parse_rate, "0"),
        (parse_rate, "7bit"),
        (parse_rate, "10mb"),
        (parse_rate, "fast"),
        (parse_rate, "10 mbit"),
        (parse_rate, "\u0661mbit"),
    ],
)
def test_invalid_units_are_refused(read: Callable[[str, str], object], text: str) -> None:
    with pytest.raises(Refused, match="^option: "):
        read("option", text)
