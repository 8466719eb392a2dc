# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A module as Ansible runs it: a process that reads its arguments and prints its result."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

_PROGRAM = """
import runpy, sys, syslog
sys.path[:0] = {path!r}
sys.modules.update(dict.fromkeys({unimportable!r}))
syslog.syslog = lambda *words: print(*words, file=sys.stderr)
sys.argv = ["module"]
runpy.run_module("ansible_collections.redblue.netns.plugins.modules.{module}", run_name="__main__")
"""


def run_process(module: str, raw: dict[str, Any], **how: Any) -> tuple[dict[str, Any], str]:
    """Return the module's result and its messages to syslog; ``how``: see process_arguments."""
    done = subprocess.run(**process_arguments(module, raw, **how), capture_output=True, check=False)
    return json.loads(done.stdout), done.stderr


def process_arguments(
    module: str,
    raw: dict[str, Any],
    check: bool = False,
    diff: bool = False,
    verbosity: int = 0,
    within: str | None = None,
    ssh: str | None = None,
    client: str = "192.0.2.9",
    unimportable: Sequence[str] = (),
) -> dict[str, Any]:
    """The arguments of ``subprocess.run`` for such a process.

    :param within: the namespace in which it runs, as by the become plugin.
    :param ssh: the address of this host by which the SSH connection came, from ``client``.
    """
    options = {"_ansible_check_mode": check, "_ansible_diff": diff, "_ansible_verbosity": verbosity}
    arguments = json.dumps({"ANSIBLE_MODULE_ARGS": {**options, **raw}})
    program = _PROGRAM.format(path=sys.path, module=module, unimportable=tuple(unimportable))
    enter = ["ip", "netns", "exec", within] if within else []
    connection = {"SSH_CONNECTION": f"{client} 5000 {ssh} 22"} if ssh else {}
    return {
        "args": [*enter, sys.executable, "-B", "-c", program],
        "input": arguments,
        "text": True,
        "env": {**os.environ, **connection},
    }
