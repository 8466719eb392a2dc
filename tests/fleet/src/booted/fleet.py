# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Booted machines on one management network. The private host of this process is the controller."""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from booted.machine import Machine
from booted.virtual_machine import VirtualMachine
from support.private_host import IS_REAL_ROOT

_CGROUPS = Path("/run/cgroup")
_PREFIX = "redblue-fleet-"
_MOST_WHOLE = 6
"""The kernel has 128 inotify instances for all processes of a user. A machine uses nine, and three
without some of its services."""


def explain_skip(root: Path) -> str:
    """Why no machine can be booted here; empty if nothing is in the way.

    :param root: the directory of a release that fleet-root builds.
    """
    if not IS_REAL_ROOT:
        return "booted machines need the real root"
    if not (root / "done").exists():
        return f"{root} is not there: tests/bin/fleet-root builds it, or says why it cannot"
    return ""


@contextlib.contextmanager
def boot_machines(roots: Sequence[Path], names: Sequence[str]) -> Iterator[list[Machine]]:
    """Boot machines side by side, and end all of their processes at the end.

    :param roots: the directories of releases; the machines have them in turns.
    """
    with _management_network() as at:
        cgroup = _make_cgroup(at.name)
        machines = [
            Machine(name, f"10.99.0.{number}", at / name, root, cgroup / name)
            for number, (name, root) in enumerate(zip(names, itertools.cycle(roots)), 2)
        ]
        try:
            for machine in machines:
                machine.install()
                if len(machines) > _MOST_WHOLE:
                    machine.leave_out_services()
                machine.start()
            for machine in machines:
                machine.await_boot()
            yield machines
        finally:
            for machine in machines:
                machine.kill()
            _remove_group(cgroup)


@contextlib.contextmanager
def boot_virtual_machine(root: Path, disk: Path, kernel: Path) -> Iterator[Machine]:
    """Boot a virtual machine with the disk that disk-image built of a release."""
    with _management_network() as at:
        machine = VirtualMachine("node1", "10.99.0.2", at / "node1", root, at, None, disk, kernel)
        try:
            machine.start()
            machine.await_boot()
            yield machine
        finally:
            machine.kill()


@contextlib.contextmanager
def _management_network() -> Iterator[Path]:
    """The bridge of all machines, and a directory for theirs."""
    for command in (
        "link add mgmt type bridge",
        "addr add 10.99.0.1/24 dev mgmt",
        "link set mgmt up",
    ):
        subprocess.run(["ip", *command.split()], check=True)
    at = Path(tempfile.mkdtemp(dir="/run", prefix="fleet-"))
    try:
        yield at
    finally:
        shutil.rmtree(at)
        subprocess.run(["ip", "link", "delete", "mgmt"], check=True)


def inventory_of(machines: Sequence[Machine], **variables: Any) -> dict[str, Any]:
    """An inventory of the machines, with variables for all of them."""
    return {"all": {"hosts": {m.name: m.ssh() for m in machines}, "vars": variables}}


def _make_cgroup(name: str) -> Path:
    """The control group of a fleet, below that of this process.

    A private host shares control groups with this machine. So those of a fleet that was killed are
    left behind, and removed here.
    """
    if not _CGROUPS.exists():
        _CGROUPS.mkdir()
        subprocess.run(["mount", "-t", "cgroup2", "cgroup2", str(_CGROUPS)], check=True)
    own = Path("/proc/self/cgroup").read_text(encoding="ascii").split("0::/")[1].strip()
    for group in (_CGROUPS / own).glob(f"{_PREFIX}*"):
        _remove_group(group)
    return _CGROUPS / own / f"{_PREFIX}{name}"


def _remove_group(group: Path) -> None:
    """Remove a control group and those in it, except for those that have processes."""
    for directory, _directories, _files in os.walk(group, topdown=False):
        with contextlib.suppress(OSError):
            os.rmdir(directory)
