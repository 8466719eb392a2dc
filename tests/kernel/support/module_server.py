# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A program that has imported one module, and runs it in a child for each task that it reads.

So a task costs no start of Python and no import, and yet nothing is loaded that the module does not
import. ``support.module_process`` starts it: module_server.py MODULE PATH...
"""

from __future__ import annotations

import ctypes
import importlib
import json
import os
import runpy
import socket
import sys
import syslog
import traceback
from typing import Any

_NEWNET = 0x40000000


def _enter(task: dict[str, Any]) -> None:
    """Have the network namespace, the environment and the files that the task names."""
    network = os.open(task["netns"], os.O_RDONLY)
    assert ctypes.CDLL(None).setns(network, _NEWNET) == 0
    os.close(network)
    os.chdir(task["directory"])
    os.environ.clear()
    os.environ.update(task["environment"])
    for number, path in enumerate(task["files"]):
        file = os.open(path, os.O_RDWR | os.O_CREAT)
        os.dup2(file, number)
        os.close(file)


def _send_in_vain(times: int) -> None:
    """Call sendto without effect, which brings the call nearer to which strace counts."""
    near, far = socket.socketpair()
    with near, far:
        for _vain in range(times):
            near.send(b"-")


def _run(name: str, task: dict[str, Any]) -> None:
    try:
        _enter(task)
        _send_in_vain(task["vain"])
        sys.argv = ["module"]
        runpy.run_module(name, run_name="__main__")
    except SystemExit:
        pass
    except BaseException:
        traceback.print_exc()
    finally:
        if task["loaded"] is not None:
            with open(task["loaded"], "w", encoding="utf-8") as file:
                file.write("\n".join(sys.modules))
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)


def _serve(module: str) -> None:
    syslog.syslog = lambda *words: print(*words, file=sys.stderr)
    name = f"ansible_collections.redblue.netns.plugins.modules.{module}"
    importlib.import_module(name)
    del sys.modules[name]  # The child runs it as a program.
    with os.fdopen(os.dup(0), encoding="utf-8") as tasks:
        for line in tasks:
            pid = os.fork()
            if not pid:
                _run(name, json.loads(line))
            os.waitpid(pid, 0)
            print("done", flush=True)


if __name__ == "__main__":
    sys.path[:0] = sys.argv[2:]
    _serve(sys.argv[1])
