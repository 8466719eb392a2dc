# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Times, shares and rates: read as tc reads them, told so that they are read the same again."""

from __future__ import annotations

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Refused
from ansible_collections.redblue.netns.plugins.module_utils._model.tc_units import (
    WHOLE,
    format_rate,
    format_share,
    format_time,
    read_rate,
    read_share,
    read_time,
)


@pytest.mark.parametrize(
    ("text", "nanoseconds", "said"),
    [
        ("10ms", 10**7, "10ms"),
        ("1.5s", 15 * 10**8, "1500ms"),
        ("250usecs", 250000, "250us"),
        ("7ns", 7, "7ns"),
        ("1Sec", 10**9, "1s"),
        ("0ms", 0, "0s"),
    ],
)
def test_times(text: str, nanoseconds: int, said: str) -> None:
    assert read_time("delay", text) == nanoseconds
    assert format_time(nanoseconds) == said
    assert read_time("delay", said) == nanoseconds


@pytest.mark.parametrize(
    ("text", "parts", "said"),
    [
        ("100%", WHOLE, "100%"),
        ("50", 2147483648, "50%"),
        ("1%", 42949673, "1%"),
        ("0.1%", 4294967, "0.1%"),
        ("0%", 0, "0%"),
        ("33.3%", 1430224109, "33.3%"),
    ],
)
def test_shares(text: str, parts: int, said: str) -> None:
    assert read_share("loss", text) == parts
    assert format_share(parts) == said


@pytest.mark.parametrize("parts", [1, 2, 3, 12345, 4294967, 99999999, WHOLE - 1, WHOLE])
def test_a_share_is_told_so_that_it_is_read_the_same_again(parts: int) -> None:
    assert read_share("loss", format_share(parts)) == parts


@pytest.mark.parametrize(
    ("text", "rate", "said"),
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
def test_rates(text: str, rate: int, said: str) -> None:
    assert read_rate("rate", text) == rate
    assert format_rate(rate) == said
    assert read_rate("rate", said) == rate


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (read_time, "10"),
        (read_time, "ms"),
        (read_time, "-1ms"),
        (read_time, "0.1ns"),
        (read_time, "1m"),
        (read_time, "1e3ms"),
        (read_time, "99999999999s"),
        (read_share, "101%"),
        (read_share, "-1%"),
        (read_share, "1%%"),
        (read_share, "0.00000001%"),
        (read_share, "nan"),
        (read_rate, "0"),
        (read_rate, "7bit"),
        (read_rate, "10mb"),
        (read_rate, "fast"),
        (read_rate, "10 mbit"),
        (read_rate, "\u0661mbit"),
    ],
)
def test_what_is_none(read: object, text: str) -> None:
    with pytest.raises(Refused, match="^option: "):
        read("option", text)  # type: ignore[operator]
