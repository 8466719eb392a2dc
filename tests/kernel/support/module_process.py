# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A module as Ansible runs it: a process that reads its arguments and prints its result."""

from __future__ import annotations

import compileall
import functools
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

_TREE = Path("/run/tree/ansible_collections/redblue/netns")
_PROGRAM = """
import runpy, sys, syslog
sys.path[:0] = {path!r}
sys.modules.update(dict.fromkeys({unimportable!r}))
syslog.syslog = lambda *words: print(*words, file=sys.stderr)
sys.argv = ["module"]
runpy.run_module("ansible_collections.redblue.netns.plugins.modules.{module}", run_name="__main__")
"""


PYTHON = [sys.executable, "-B"] + (
    ["-X", f"pycache_prefix={sys.pycache_prefix}"] if sys.pycache_prefix else []
)
"""A Python that reads compiled code where this one does, also without its environment."""


def run_process(module: str, raw: dict[str, Any], **how: Any) -> tuple[dict[str, Any], str]:
    """Return the module's result and its messages to syslog; ``how``: see process_arguments."""
    arguments = process_arguments(module, raw, **how)
    if how.get("within") or how.get("unimportable"):
        done = subprocess.run(**arguments, capture_output=True, check=False)
        return json.loads(done.stdout), done.stderr
    return serve_task(module, arguments)


def serve_task(
    module: str,
    arguments: dict[str, Any],
    *around: str,
    vain: int = 0,
    loaded: Path | None = None,
) -> tuple[dict[str, Any], str]:
    """Run a module in a child of a process that has imported it before.

    :param arguments: what ``process_arguments`` returned.
    :param around: a command line in front of that process.
    :param vain: how many calls of sendto come before those of the module.
    :param loaded: the file to which the child writes what it has imported.
    """
    # A module reads the connection where the kernel keeps what a process was started with.
    server = _start_server(module, around, arguments["env"].get("SSH_CONNECTION", ""))
    with tempfile.TemporaryDirectory() as directory:
        files = [Path(directory, name) for name in ("input", "output", "errors")]
        files[0].write_text(arguments["input"], encoding="utf-8")
        task = {
            "netns": f"/proc/{os.getpid()}/task/{threading.get_native_id()}/ns/net",
            "directory": os.getcwd(),
            "environment": arguments["env"],
            "files": [str(file) for file in files],
            "vain": vain,
            "loaded": None if loaded is None else str(loaded),
        }
        assert server.stdin is not None and server.stdout is not None
        server.stdin.write(json.dumps(task) + "\n")
        server.stdin.flush()
        assert server.stdout.readline() == "done\n"
        output, errors = (file.read_text(encoding="utf-8") for file in files[1:])
    return json.loads(output), errors


@functools.cache
def _start_server(module: str, around: tuple[str, ...], connection: str) -> subprocess.Popen[str]:
    """It ends with this process, which closes its input."""
    # What the module imports only when it runs, each child reads anew.
    compileall.compile_dir(_TREE / "plugins" / "module_utils", quiet=2)
    # In an empty network, since it would keep that of a test, where the doctor finds it.
    program = [
        "unshare",
        "--net",
        *PYTHON,
        str(Path(__file__).with_name("module_server.py")),
    ]
    return subprocess.Popen(
        [*around, *program, module, *sys.path],
        env={**os.environ, **({"SSH_CONNECTION": connection} if connection else {})},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


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
        "args": [*enter, *PYTHON, "-c", program],
        "input": arguments,
        "text": True,
        "env": {**os.environ, **connection},
    }
