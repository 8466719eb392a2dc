# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The time for 200 namespaces on a bridge of Open vSwitch, beside that on a Linux bridge.

The switch is that of ovs-vswitchd, which needs no kernel module. Each lab is built, built again and
removed on a host of its own.
"""

from __future__ import annotations

import json
import shutil
import statistics
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COUNT, ROUNDS = 200, 3
_MEASURE = f"""\
import json, sys, time
sys.path[:0] = ["{ROOT}/tests/kernel", "{ROOT}/tests/bench", "/run/tree"]
from farm import write_range
from support.ovs import open_vswitch
from support.private_host import private_host, unshare_host
from support.tasks import run
unshare_host()
raw = write_range({COUNT})
if sys.argv[1] == "ovs":
    (bridge,) = raw.pop("linux_bridge")
    raw["ovs_bridge"] = [{{**bridge, "datapath_type": "netdev"}}]
seconds = []
with private_host(), open_vswitch():
    for options in (raw, raw, {{"name": "farm", "state": "absent"}}):
        start = time.monotonic()
        run("topology", **options)
        seconds.append(time.monotonic() - start)
print(json.dumps(seconds))
"""


def measure(switch: str) -> list[float]:
    """Seconds to build, to do nothing and to remove."""
    command = [sys.executable, "-c", _MEASURE, switch]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    seconds: list[float] = json.loads(done.stdout.splitlines()[-1])
    return seconds


def main() -> None:
    """Print the medians of some rounds, in turns, and how many times as long Open vSwitch takes."""
    if shutil.which("ovs-vswitchd") is None:
        print("Open vSwitch: not measured, the package openvswitch-switch is missing")
        return
    found: dict[str, list[list[float]]] = {"linux": [], "ovs": []}
    for _round in range(ROUNDS):
        for switch, results in found.items():
            results.append(measure(switch))
    print(f"{COUNT} namespaces, seconds: on a Linux bridge, on Open vSwitch")
    for index, step in enumerate(("build", "nothing to do", "remove")):
        linux, ovs = (
            statistics.median(seconds[index] for seconds in results) for results in found.values()
        )
        print(f"  {step:14} {linux:6.2f} {ovs:6.2f}  {ovs / linux:.1f} times")


if __name__ == "__main__":
    main()
