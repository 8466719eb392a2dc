# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How far a run is, in a file that the controller reads meanwhile.

The file is in the directory that only root can enter. A run that ends within a second writes none,
and neither does one whose action plugin does not ask for it.
"""

from __future__ import annotations

import contextlib
import json
import os
import time

from .._model.errors import NetnsError
from .._model.lazy_pattern import compile_lazily
from .state_directory import STATE_DIRECTORY, replace_state_file

_PATIENCE = 1.0
"""Seconds for which nothing is written."""
_INTERVAL = 0.5
"""Seconds between two times that the file is written within a stage."""
_TOKEN = compile_lazily(r"[0-9a-f]{16}")


class Progress:
    """The stage of a run, and how much of it is done.

    :param token: what the action plugin calls the run; None if it does not ask.
    """

    def __init__(self, token: object = None) -> None:
        is_wanted = isinstance(token, str) and _TOKEN.fullmatch(token)
        self._file = f"progress-{token}" if is_wanted else None
        self._due = time.monotonic() + _PATIENCE
        self._stage, self._total, self._reason = "", 0, ""
        self._is_written = False

    def begin(self, stage: str, total: int = 0) -> None:
        """Begin a stage.

        :param total: how much there is to do; 0 if that is not counted.
        """
        self._stage, self._total, self._reason = stage, total, ""
        if self._is_written:
            self._due = 0.0
        self.reach(0)

    def reach(self, done: int) -> None:
        """Note how much of the stage is done. It is called for each of thousands of changes."""
        if self._file is not None and time.monotonic() >= self._due:
            self._write(done)

    def begin_now(self, stage: str, reason: str = "") -> None:
        """Begin a stage in which nothing else may be noted for long.

        :param reason: why it takes long.
        """
        self.begin(stage)
        self._due, self._reason = 0.0, reason
        self.reach(0)

    def close(self) -> None:
        """Remove the file."""
        if self._is_written:
            with contextlib.suppress(OSError):
                os.unlink(os.path.join(STATE_DIRECTORY, self._file or ""))

    def _write(self, done: int) -> None:
        self._due = time.monotonic() + _INTERVAL
        noted = {"stage": self._stage, "done": done, "total": self._total}
        content = json.dumps({**noted, "reason": self._reason} if self._reason else noted)
        # It is only for people to read: no run fails for it, and none creates the directory for it.
        with contextlib.suppress(OSError, NetnsError):
            if self._file is not None and os.path.isdir(STATE_DIRECTORY):
                replace_state_file(self._file, content.encode())
                self._is_written = True
