# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The cost of ``redblue-netns check``: of the red/blue lab, and of a thousand namespaces.

Measured are the CPU seconds of the whole command, the start of Python included. Those of a thousand
namespaces are compared with the seconds in which ``redblue-netns apply`` built them, in each round
anew, because the speed of a machine drifts. It also runs alone, with the number of rounds:
``tests/bin/private-host python tests/bench/checks.py 10``.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from farm import write_range
from probes import SETUP

COMMAND = "/usr/local/bin/redblue-netns"
SIZE = 1000
ROUNDS, CHECKS = 3, 5
QUIET_SECONDS = 6
"""The kernel is still busy with new namespaces for that long."""


def measure(*arguments: str) -> float:
    """The CPU seconds, user and system, of the command and all that it starts.

    :raises RuntimeError: it found a difference, or failed.
    """
    discard = [(os.POSIX_SPAWN_OPEN, number, os.devnull, os.O_WRONLY, 0) for number in (1, 2)]
    environment = {"PATH": "/usr/sbin:/usr/bin"}
    process = os.posix_spawn(COMMAND, [COMMAND, *arguments], environment, file_actions=discard)
    _process, status, usage = os.wait4(process, 0)
    if status:
        raise RuntimeError(f"{' '.join(arguments)} ended with status {status >> 8}")
    return usage.ru_utime + usage.ru_stime


def measure_farm() -> dict[str, float]:
    """Build a thousand namespaces, look at them, apply them again and remove them."""
    from support.persistence import write_lab_file

    declared = write_range(SIZE)
    name = declared.pop("name")
    write_lab_file(name, {"format": 1, "declared": declared, "applied": {}})
    seconds = {"build": measure("apply", name)}
    time.sleep(QUIET_SECONDS)
    seconds["check"] = statistics.median(measure("check", name) for _check in range(CHECKS))
    seconds["apply again"] = measure("apply", name)
    seconds["remove"] = measure("remove", name)
    seconds["check to build"] = seconds["check"] / seconds["build"]
    time.sleep(QUIET_SECONDS)
    return seconds


def print_row(title: str, values: list[float]) -> None:
    numbers = (min(values), statistics.median(values), max(values))
    print(f"  {title:24}" + "".join(f"{number:8.3f}" for number in numbers))


def measure_all(rounds: int) -> None:
    """Print the CPU seconds of each, and the ratio. To be called in a network of its own."""
    sys.path[:0] = [str(Path(__file__).resolve().parents[1] / "kernel"), "/run/tree"]
    from support.persistence import PERSISTENT_LAB, booted_host
    from support.tasks import run

    with tempfile.TemporaryDirectory() as directory, booted_host(Path(directory)) as facts:
        run("topology", **PERSISTENT_LAB, _controller=facts)
        measure("apply", "lab")  # which caches compiled code
        checks = [measure("check", "lab") for _round in range(5 * rounds)]
        measure_farm()
        farms = [measure_farm() for _round in range(rounds)]
    print(f"redblue-netns, CPU seconds{'min':>8}{'median':>8}{'max':>8}")
    print_row("check of red and blue", checks)
    for title in farms[0]:
        print_row(f"{SIZE}: {title}", [seconds[title] for seconds in farms])


def main() -> None:
    """Measure in a network of its own."""
    alone = ["unshare", "--net", "--mount", "bash", "-ec", SETUP, "bench"]
    subprocess.run([*alone, sys.executable, __file__, str(ROUNDS)], check=True)


if __name__ == "__main__":
    measure_all(int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS)
