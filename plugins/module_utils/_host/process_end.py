# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The end of a process that must not go on, not even to roll back."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import NoReturn

_reporters: list[tuple[int, Callable[[str], object]]] = []
"""The process that can report a message as its result, with the function that does it."""


@contextlib.contextmanager
def reporting_end(report: Callable[[str], object]) -> Iterator[None]:
    """Let :func:`end_process` report its message as the result of this process.

    :param report: prints it. A child of this process never calls it.
    """
    _reporters.append((os.getpid(), report))
    try:
        yield
    finally:
        _reporters.pop()


def end_process(message: str) -> NoReturn:
    """End the process at once. No handler, rollback or cleanup runs.

    The message goes to standard error, and into the result if that can still be written.
    """
    try:
        os.write(2, f"redblue.netns: {message}\n".encode())
        for pid, report in _reporters[-1:]:
            if pid == os.getpid():
                _report(report, message)
    finally:
        os._exit(1)


def _report(report: Callable[[str], object], message: str) -> None:
    try:
        report(message)
    finally:
        sys.stdout.flush()
