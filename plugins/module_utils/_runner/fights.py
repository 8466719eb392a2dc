# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Notices that another program undoes each time what was restored. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

LIMITS = ((5, 60.0), (20, 3600.0))
"""How many times the same may be restored within how many seconds."""
_LONGEST = max(seconds for _count, seconds in LIMITS)


class Fights:
    """The times at which each difference was restored."""

    def __init__(self) -> None:
        self._times: dict[str, list[float]] = {}

    def note(self, actions: Iterable[str], now: float) -> str | None:
        """Note what was restored.

        :returns: what has been restored too often, in words; None if nothing has.
        """
        self._forget(now - _LONGEST)
        fought = None
        for action in actions:
            times = self._times.setdefault(action, [])
            times.append(now)
            for count, seconds in LIMITS:
                if len(times) >= count and now - times[-count] <= seconds:
                    span = max(1, round(now - times[-count]))
                    fought = fought or f"{action} ({count} times in {span} s)"
        return fought

    def _forget(self, before: float) -> None:
        recent = {
            action: [time for time in times if time >= before]
            for action, times in self._times.items()
        }
        self._times = {action: times for action, times in recent.items() if times}
