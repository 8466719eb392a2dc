# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A function that runs in a process of its own, and whose result is read from a pipe."""

from __future__ import annotations

import json
import os
import signal
import sys
from typing import Any, Callable

from .._model.errors import Failed

_CHUNK = 1 << 16


class Child:
    """The process. Its result is JSON."""

    def __init__(self, work: Callable[[], Any]) -> None:
        self._reader, writer = os.pipe()
        sys.stdout.flush()
        sys.stderr.flush()
        self._pid = os.fork()
        if not self._pid:
            os.close(self._reader)
            _work(work, writer)
        os.close(writer)
        self._content = bytearray()

    def fileno(self) -> int:
        """A descriptor that can be read when the process has reported something, or has ended."""
        return self._reader

    def read(self) -> bool:
        """Read what it has reported; whether that is all."""
        data = os.read(self._reader, _CHUNK)
        self._content += data
        return not data

    def end(self) -> tuple[Any, float]:
        """Wait for its end, and return its result, and the seconds of processor that it took.

        :raises Failed: it ended without a result.
        """
        _pid, status, used = os.wait4(self._pid, 0)
        self._pid = 0
        os.close(self._reader)
        if status:
            raise Failed(f"a process of this command ended with status {status}")
        return json.loads(self._content), used.ru_utime + used.ru_stime

    def terminate(self) -> None:
        """Have it undo what it has begun, and wait for its end, unless it has ended."""
        if self._pid:
            os.kill(self._pid, signal.SIGTERM)
            os.waitpid(self._pid, 0)


def _work(work: Callable[[], Any], writer: int) -> None:
    """Be that process. It never returns."""
    status = 1
    try:
        content = json.dumps(work()).encode()
        with open(writer, "wb") as file:
            file.write(content)
        status = 0
    except (KeyboardInterrupt, BrokenPipeError):
        pass  # It is to end, or its parent has ended.
    except BaseException as error:
        sys.excepthook(type(error), error, error.__traceback__)
    finally:
        sys.stderr.flush()
        os._exit(status)
