# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Daemons that run beside the labs, with directories of their own."""

from __future__ import annotations

import contextlib
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from support.patience import patience
from support.shell import output


@contextlib.contextmanager
def daemon(command: list[str], ready: list[str], log: Path) -> Iterator[None]:
    """Run a daemon inside the context, which begins when the daemon is ready."""
    with log.open("w") as file, subprocess.Popen(command, stdout=file, stderr=file) as process:
        try:
            for _attempt in range(300):
                if subprocess.run(ready, capture_output=True, check=False).returncode == 0:
                    break
                assert process.poll() is None, log.read_text()
                time.sleep(0.1)
            else:
                raise AssertionError(f"{command[0]} does not get ready: {log.read_text()}")
            yield
        finally:
            process.terminate()
            process.wait(timeout=patience(30))


@contextlib.contextmanager
def control_groups() -> Iterator[None]:
    """The control groups, where daemons look for them."""
    if os.path.ismount("/sys/fs/cgroup"):
        yield
        return
    output("mount", "-t", "cgroup2", "none", "/sys/fs/cgroup")
    try:
        yield
    finally:
        output("umount", "/sys/fs/cgroup")


@contextlib.contextmanager
def system_bus() -> Iterator[None]:
    """The system bus of D-Bus inside the context."""
    os.makedirs("/run/dbus", exist_ok=True)
    with subprocess.Popen(["dbus-daemon", "--system", "--nofork", "--nopidfile"]) as bus:
        try:
            yield
        finally:
            bus.terminate()


class Firewalld:
    """firewalld with a system bus; the port of the host that the flows use is open."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        with daemon(
            ["firewalld", "--nofork", "--nopid"],
            ["firewall-cmd", "--state"],
            self.directory / "log",
        ):
            output("firewall-cmd", "--permanent", "--add-port=7000/tcp")
            output("firewall-cmd", "--add-port=7000/tcp")
            yield


class Docker:
    """dockerd for both address families. It leaves its rules when it ends."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    @contextlib.contextmanager
    def running(self, socket: str | None = None) -> Iterator[None]:
        """
        :param socket: where it listens, if that is not in its directory.
        """
        at = f"unix://{socket or self.directory / 'sock'}"
        places = [
            "--data-root",
            f"{self.directory}/data",
            "--exec-root",
            f"{self.directory}/exec",
            "-p",
            f"{self.directory}/pid",
            "-H",
            at,
        ]
        families = ["--experimental", "--ip6tables", "--ipv6", "--fixed-cidr-v6", "fd00:172::/64"]
        (self.directory / "pid").unlink(missing_ok=True)
        with daemon(
            ["dockerd", *places, *families], ["docker", "-H", at, "version"], self.directory / "log"
        ):
            yield
