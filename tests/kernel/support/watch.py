# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A topology that ``redblue-netns watch`` watches, and what it reports."""

from __future__ import annotations

import os
import select
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager

from support.patience import patience
from support.persistence import start


class Watched:
    """The process, and its lines in order."""

    def __init__(self, name: str, *options: str) -> None:
        self.process = start("watch", name, *options)
        assert self.process.stdout is not None
        self._output = self.process.stdout.fileno()
        self._text = b""

    def read_line(self) -> str:
        """The next line; an empty one at the end."""
        limit = time.monotonic() + patience(30)
        while b"\n" not in self._text:
            left = max(0.0, limit - time.monotonic())
            assert select.select([self._output], [], [], left)[0], "it is silent"
            data = os.read(self._output, 1 << 16)
            if not data:
                return ""
            self._text += data
        line, _newline, self._text = self._text.partition(b"\n")
        return line.decode()

    def read_until(self, part: str) -> list[str]:
        """The lines up to the first one with that text."""
        lines = [self.read_line()]
        while part not in lines[-1]:
            assert lines[-1], lines
            lines.append(self.read_line())
        return lines

    def end(self, number: int = signal.SIGTERM) -> int:
        """End it by a signal; returns its exit status."""
        self.process.send_signal(number)
        return self.process.wait(patience(60))


@contextmanager
def watched(name: str, *options: str) -> Iterator[Watched]:
    """Watch a topology. A signal ends that without an error."""
    watch = Watched(name, *options)
    try:
        watch.read_until("is watched")
        yield watch
        if watch.process.poll() is None:
            assert watch.end() == 0
        assert watch.process.stderr is not None and watch.process.stderr.read() == ""
    finally:
        watch.process.kill()
        watch.process.wait()
