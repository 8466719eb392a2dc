# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The cost of tasks without changes: ten of ``netns`` and ten of ``community.general.ip_netns``.

Measured are the CPU seconds of the whole ``ansible-playbook``, Ansible's own part included. The two
run in turn, and the ratio is that of each pair, because the speed of a machine drifts.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import yaml

TASKS, ROUNDS = 10, 7
RIVALS = Path(__file__).resolve().parents[2] / ".cache" / "rivals"
"""A directory of collections with ``community.general.ip_netns`` (``make bench`` puts it there)."""
CONTENDERS = ("redblue.netns.netns", "community.general.ip_netns")
PREPARE = (
    "mount -t tmpfs -o mode=755 tmpfs /run/netns && ip link set lo up && "
    'ip netns add red && exec "$@"'
)


def write_play(module: str) -> list[dict[str, Any]]:
    """A play of tasks that find their namespace as it is wanted."""
    tasks = [{"name": f"Task {number}", module: {"name": "red"}} for number in range(TASKS)]
    play = {"name": module, "hosts": "localhost", "gather_facts": False, "tasks": tasks}
    return [play]


def measure(command: list[str], environment: dict[str, str]) -> float:
    """The CPU seconds, user and system, of a command and all that it starts.

    :raises CalledProcessError: the command failed.
    """
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        ["unshare", "--net", "--mount", "bash", "-ec", PREPARE, "prepare", *command],
        env=environment,
        stdout=subprocess.DEVNULL,
        check=True,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Print the CPU seconds of both, and their ratio."""
    path = f"{os.environ['ANSIBLE_COLLECTIONS_PATH']}:{RIVALS}"
    environment = {**os.environ, "ANSIBLE_COLLECTIONS_PATH": path}
    seconds: dict[str, list[float]] = {module: [] for module in CONTENDERS}
    with tempfile.TemporaryDirectory() as directory:
        for module in CONTENDERS:
            Path(directory, module).write_text(yaml.safe_dump(write_play(module)), encoding="utf-8")
        for _round in range(ROUNDS):
            for module in CONTENDERS:
                command = ["ansible-playbook", "-i", "localhost,", "-c", "local"]
                command += ["-e", f"ansible_python_interpreter={sys.executable}"]
                seconds[module].append(
                    measure([*command, str(Path(directory, module))], environment)
                )
    durations, references = (seconds[module] for module in CONTENDERS)
    ratios = [duration / reference for duration, reference in zip(durations, references)]
    print(f"{TASKS} warm tasks, CPU seconds (median of {ROUNDS}):")
    for module in CONTENDERS:
        print(f"  {module:28} {statistics.median(seconds[module]):6.2f}")
    print(f"  ratio {statistics.median(ratios):.2f} (at most 1.25)")


if __name__ == "__main__":
    main()
