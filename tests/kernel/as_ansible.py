# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A module as Ansible runs it on a target: a process that reads its arguments, and prints its result and nothing else."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

_PROGRAM = """
import runpy, sys, syslog
sys.path[:0] = {path!r}
syslog.syslog = lambda *words: print(*words, file=sys.stderr)
sys.argv = ["module"]
runpy.run_module("ansible_collections.redblue.netns.plugins.modules.{module}", run_name="__main__")
"""


def run_process(
    module: str, raw: dict[str, Any], check: bool = False, diff: bool = False, verbosity: int = 0, within: str | None = None
) -> tuple[dict[str, Any], str]:
    """Its result, and what it wrote into the system's log; ``within`` a namespace, as the become plugin runs it."""
    done = subprocess.run(**describe(module, raw, check, diff, verbosity, within), capture_output=True, check=False)
    return json.loads(done.stdout), done.stderr


def describe(
    module: str, raw: dict[str, Any], check: bool = False, diff: bool = False, verbosity: int = 0, within: str | None = None
) -> dict[str, Any]:
    """How ``subprocess.run`` starts that process."""
    told = {"_ansible_check_mode": check, "_ansible_diff": diff, "_ansible_verbosity": verbosity}
    arguments = json.dumps({"ANSIBLE_MODULE_ARGS": {**told, **raw}})
    program = _PROGRAM.format(path=sys.path, module=module)
    enter = ["ip", "netns", "exec", within] if within else []
    return {"args": [*enter, sys.executable, "-B", "-c", program], "input": arguments, "text": True}
