# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Two programs that undo each other's changes."""

from __future__ import annotations

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._runner.fights import LIMITS, Fights


@pytest.mark.parametrize(("count", "seconds"), LIMITS)
def test_what_is_restored_too_often_is_a_fight(count: int, seconds: float) -> None:
    fights, step = Fights(), seconds / count
    for number in range(count - 1):
        assert fights.note([f"other {number}", "set up"], number * step) is None
    assert f"set up ({count} times in" in (fights.note(["set up"], (count - 1) * step) or "")


@pytest.mark.parametrize(("count", "seconds"), LIMITS[-1:])
def test_what_is_restored_now_and_then_is_none(count: int, seconds: float) -> None:
    fights, step = Fights(), seconds / count * 1.2
    assert not any(fights.note(["set up"], number * step) for number in range(5 * count))
