# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Containers whose root has no rights on the host."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator

from support.shell import sh

_COMMAND = "mount -t sysfs sysfs /sys && echo ready && exec sleep 600"


@contextlib.contextmanager
def container(name: str) -> Iterator[int]:
    """A namespace with this name, in a user namespace of its own: the process id of its root."""
    with subprocess.Popen(
        ["unshare", "--user", "--map-root-user", "--net", "--mount", "bash", "-c", _COMMAND],
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None and process.stdout.readline() == "ready\n"
            sh(f"ip netns attach {name} {process.pid}")
            yield process.pid
        finally:
            process.kill()


def root_command(pid: int, script: str) -> list[str]:
    """The command that runs a script as the root of a container."""
    enter = ["nsenter", "-t", str(pid), "-U", "-n", "-m", "--preserve-credentials"]
    return [*enter, "bash", "-uc", script]


def as_root_of(pid: int, script: str, **variables: object) -> str:
    """Run a script as the root of a container."""
    given = "".join(f"{name}='{value}'; " for name, value in variables.items())
    done = subprocess.run(
        root_command(pid, f"set -e; {given}{script}"), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
