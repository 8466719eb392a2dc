# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A run that is interrupted, or meets a concurrent change, before one of its changes."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._engine.linux_host import LinuxHost
from ansible_collections.redblue.netns.plugins.module_utils._model.changes import Change
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Failed

from support.tasks import Raw, run_on

INTERRUPT = "kill -INT $PPID; sleep 1"


class InterruptedHost(LinuxHost):
    """A host on which a script runs before the change of that number."""

    def __init__(self, number: int, script: str) -> None:
        super().__init__()
        self._number, self._script = number, script

    def apply(self, changes: Sequence[Change], journal: list[Change]) -> None:
        number, self._number = self._number, -1
        if number < 0:
            super().apply(changes, journal)
            return
        super().apply(changes[:number], journal)
        subprocess.run(["bash", "-euc", self._script], check=True)
        super().apply(changes[number:], journal)


def fail_at_change(number: int, script: str, **raw: Any) -> str:
    """Run a topology that must fail because of the script; return its message."""
    host = InterruptedHost(number, script)
    try:
        with pytest.raises(Failed) as failure:
            run_on(host, "topology", **raw)
    finally:
        host.close()
    return str(failure.value)


def kill_before_change(number: int, module: str, raw: Raw) -> int:
    """Run a task in a process that is killed before its change of that number."""
    pid = os.fork()
    if not pid:
        host = InterruptedHost(number, "kill -KILL $PPID; sleep 1")
        try:
            run_on(host, module, **raw)
        except BaseException:
            os._exit(3)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
