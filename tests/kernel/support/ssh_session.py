# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Modules that run on a machine over one SSH connection, which must outlast them."""

from __future__ import annotations

import contextlib
import json
import select
import subprocess
from collections.abc import Iterator
from typing import Any

from support.machines import Machine
from support.module_process import PYTHON, process_arguments
from support.patience import patience

_SERVER = """
import json, subprocess, sys
for line in sys.stdin:
    done = subprocess.run(**json.loads(line), capture_output=True, check=False)
    print(done.stdout.strip() if done.stdout else json.dumps({"failed": True, "msg": done.stderr}))
    sys.stdout.flush()
"""
"""Runs each command that it reads, and writes the result on one line."""


class Session:
    """An SSH connection to a machine."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def run(self, module: str, check: bool = False, **raw: Any) -> dict[str, Any]:
        """Run a module on the machine; return its result, which comes by the connection."""
        arguments = process_arguments(module, raw, check=check)
        del arguments["env"]
        return self._exchange(arguments)

    def is_alive(self) -> bool:
        """Whether the connection carries a large packet there and back."""
        arguments = {"args": ["cat"], "input": json.dumps({"text": "x" * 20000}), "text": True}
        return len(self._exchange(arguments).get("text", "")) == 20000

    def _exchange(self, arguments: dict[str, Any]) -> dict[str, Any]:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps(arguments) + "\n")
        self._process.stdin.flush()
        ready, _write, _error = select.select([self._process.stdout], [], [], patience(30))
        assert ready, "the SSH connection is cut off"
        result: dict[str, Any] = json.loads(self._process.stdout.readline())
        return result


@contextlib.contextmanager
def connect(
    machine: Machine,
    user: str,
    address: str = "",
    source: str = "",
    without_environment: bool = False,
) -> Iterator[Session]:
    """Log in as a user, and become root by sudo unless it is root.

    :param address: an address of the machine other than its first.
    :param source: the address of the client.
    :param without_environment: no process of the connection keeps what sshd has set.
    """
    variables = machine.ssh(user)
    command = ["ssh", *variables["ansible_ssh_common_args"].split(), "-T"]
    command += ["-i", variables["ansible_ssh_private_key_file"], "-l", user]
    command += ["-b", source] if source else []
    become = [] if user == "root" else ["sudo", "-n"]
    bare = ["env", "-i", "PATH=/usr/bin:/bin:/usr/sbin:/sbin"] if without_environment else []
    server = ["exec", *bare, *become, *PYTHON, "-c", f"'{_SERVER}'"]
    with subprocess.Popen(
        [*command, address or machine.address, *server],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield Session(process)
        finally:
            process.kill()
