# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whoever ends a task politely, as its timeout or a connection that breaks, finds all undone."""

from __future__ import annotations

import contextlib
import signal
from typing import Iterator

_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def _interrupt(number: int, _frame: object) -> None:
    for one in _ENDING:
        signal.signal(
            one, signal.SIG_IGN
        )  # Once is enough: the undo is not to be interrupted as well.
    raise KeyboardInterrupt(f"ended by {signal.Signals(number).name}")


def raise_on_signals() -> None:
    """Let these end this process by an exception; but not those that somebody has told it to ignore."""
    for number in _ENDING:
        if signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler):
            signal.signal(number, _interrupt)


@contextlib.contextmanager
def signals_deferred() -> Iterator[None]:
    """What is done and what is noted of it belong together, so these wait for both."""
    known = signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, known)
