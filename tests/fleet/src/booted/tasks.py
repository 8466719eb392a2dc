# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tasks that run on a machine without Ansible, so that faults can be injected into them."""

from __future__ import annotations

import contextlib
import json
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from booted.machine import Machine, wait_for
from support.patience import patience


@dataclass
class Trace:
    """Calls of the kernel, which are counted, and of which one may fail."""

    calls: str
    log: Path
    fault: str = ""
    """What strace injects, such as error=EIO:when=2."""

    def count(self) -> int:
        """How many of them there were."""
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        return sum("(" in line and not line.startswith(("+++", "---")) for line in lines)


Step = tuple[str, dict[str, Any]]
"""A module and its options, or "sh" and its script."""

_TREE = "/opt/tree"
_COLLECTION = f"{_TREE}/ansible_collections/redblue/netns/plugins"
_HERE = Path(__file__).resolve().parent
_PLUGINS = _HERE.parents[3] / "plugins"
_DRIVER = f"env PYTHONPATH={_TREE} python3 -B {_TREE}/driver.py".split()


def shell(script: str) -> Step:
    return ("sh", {"script": script})


def install_driver(machine: Machine) -> None:
    """Copy to a machine what runs tasks there."""
    machine.run(f"mkdir -p {_COLLECTION}")
    for source, names, target in (
        (_PLUGINS, ["module_utils"], _COLLECTION),
        (_HERE, ["driver.py"], _TREE),
    ):
        packed = subprocess.run(
            ["tar", "--create", "--exclude=__pycache__", f"--directory={source}", *names],
            capture_output=True,
            check=True,
        )
        command = machine.enter("tar", "--extract", "--no-same-owner", f"--directory={target}")
        subprocess.run(command, input=packed.stdout, check=True)
    machine.run(f"python3 -m compileall -q {_TREE}")


def remove_driver(machine: Machine) -> None:
    machine.run(f"rm -rf {_TREE}")


def run_steps(machine: Machine, steps: Sequence[Step], trace: Trace | None = None) -> list[str]:
    """The outcome of each step; of a process that was killed, that it was.

    :param trace: what strace does to that process, but not to the programs that it runs.
    """
    with (
        subprocess.Popen(
            machine.enter(*_DRIVER),
            cwd="/",
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process,
        _traced(process.pid, trace),
    ):
        output, errors = process.communicate(json.dumps(steps), timeout=patience(600))
    if output:
        outcomes: list[str] = json.loads(output)
        return outcomes
    assert "Traceback" not in errors, errors
    return ["killed"]


@contextlib.contextmanager
def _traced(nsenter: int, trace: Trace | None) -> Iterator[None]:
    """Attach strace to the driver, which waits for its steps."""
    if trace is None:
        yield
        return
    wait_for(lambda: _find_driver(nsenter) is not None, "the driver runs")
    command = ["strace", "-o", str(trace.log), "-e", f"trace={trace.calls}"]
    command += ["-e", f"inject={trace.calls}:{trace.fault}"] if trace.fault else []
    attached = [*command, "-p", str(_find_driver(nsenter))]
    with subprocess.Popen(attached, stderr=subprocess.PIPE, text=True) as strace:
        assert strace.stderr is not None
        line = strace.stderr.readline()
        assert "attached" in line, line
        yield


def _find_driver(nsenter: int) -> int | None:
    """The process of the driver, which nsenter has started."""
    children = Path(f"/proc/{nsenter}/task/{nsenter}/children").read_text(encoding="ascii").split()
    for child in children:
        if b"driver.py" in Path(f"/proc/{child}/cmdline").read_bytes():
            return int(child)
    return None
