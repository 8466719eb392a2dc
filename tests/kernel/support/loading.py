# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tasks that tell which files they load."""

from __future__ import annotations

import itertools
import json
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from support.faults import strace_injecting
from support.module_process import process_arguments, serve_task
from support.tasks import Raw


class Loading:
    """Runs tasks of a module with a diff, and notes which files they load."""

    def __init__(self, module: str) -> None:
        self._module = module
        self.loaded: set[str] = set()

    def run(self, raw: Raw, *around: str, **how: Any) -> dict[str, Any]:
        """Run a task behind the command line ``around``; return its result.

        :param how: see ``process_arguments``.
        """
        arguments = process_arguments(self._module, raw, diff=True, **how)
        if around or how.get("unimportable"):
            return self._run_process(arguments, *around)
        with tempfile.NamedTemporaryFile("r", encoding="utf-8") as names:
            result, _log = serve_task(self._module, arguments, loaded=Path(names.name))
            self._note(names.read().split())
        return result

    def _run_process(self, arguments: dict[str, Any], *around: str) -> dict[str, Any]:
        python, *options = arguments["args"]
        arguments["args"] = [*around, python, "-X", "importtime", *options]
        done = subprocess.run(**arguments, capture_output=True, check=False)
        self._note(line.rpartition("|")[2].strip() for line in done.stderr.splitlines())
        result: dict[str, Any] = json.loads(done.stdout)
        return result

    def _note(self, names: Iterable[str]) -> None:
        modules = [name.partition(".plugins.module_utils.")[2] for name in names]
        self.loaded |= {f"{module.replace('.', '/')}.py" for module in modules if module}

    def change(self, *tasks: Raw, **how: Any) -> None:
        """Run tasks of which each changes something."""
        for raw in tasks:
            result = self.run(raw, **how)
            assert result.get("changed"), (raw, result)

    def refuse(self, *tasks: Raw) -> None:
        """Run tasks that fail."""
        for raw in tasks:
            assert self.run(raw).get("failed"), raw

    def roll_back(self, raw: Raw, call: str, first: int = 1, step: int = 1) -> None:
        """Run a task until a system call of it fails after a change."""
        for number in itertools.count(first, step):
            fault = strace_injecting(f"{call}:error=ENOBUFS:when={number}")
            result = self.run(raw, *fault)
            assert result.get("failed"), result
            if "undone: " in result["msg"]:
                return
