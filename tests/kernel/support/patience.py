# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Time limits that only end a hang: they grow with what this machine is slower than a quiet one.

As a program it prints a limit in whole seconds, for scripts: patience.py SECONDS
"""

from __future__ import annotations

import functools
import subprocess
import sys
import time
from typing import Callable, TypeVar

T = TypeVar("T")

QUIET = 0.15
"""The seconds that ``measure_seconds`` takes on two quiet cores."""


def measure_seconds() -> float:
    """The time that ten short programs take, one after the other: processors, disk and kernel."""
    start = time.monotonic()
    for _number in range(10):
        subprocess.run([sys.executable, "-S", "-E", "-c", ""], check=True)
    return time.monotonic() - start


@functools.cache
def measure_slowness() -> float:
    """How many times slower this machine is than a quiet one; measured once for each process."""
    return max(1.0, measure_seconds() / QUIET)


def scale(seconds: float) -> float:
    """The time on this machine for what takes so many seconds on a quiet one."""
    return seconds * measure_slowness()


def patience(seconds: float) -> float:
    """The limit on this machine for what hangs if it takes so many seconds on a quiet one.

    It is longer than that, because a machine may become slower after it was measured.
    """
    return max(3 * seconds, scale(seconds))


def await_equal(read: Callable[[], T], expected: T) -> T:
    """Read until the result is the expected one; after a time limit return another one."""
    limit = time.monotonic() + patience(10)
    while (found := read()) != expected and time.monotonic() < limit:
        time.sleep(0.05)
    return found


if __name__ == "__main__":
    print(round(patience(float(sys.argv[1]))))
