# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The time of a matrix of probes: 30 namespaces, 870 echo requests, by our module and by ping.

First all are answered, then every second namespace has its link down. Sequential pings are left out
then: they would wait for ten minutes.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
COUNT, ROUNDS, AT_ONCE = 30, 3, 64
BUILD = f"""\
import sys
sys.path[:0] = ["{ROOT}/tests/kernel", "/run/tree"]
from support.tasks import run
bridge = {{"name": "farm0", "addresses": ["10.9.0.1/16"]}}
peer = {{"name": "p{{n}}", "bridge": "farm0"}}
veth = {{"name": "eth0", "netns": "n{{n}}", "addresses": ["10.9.1.{{n}}/16"], "peer": peer}}
farm = {{"count": {COUNT}, "netns": [{{"name": "n{{n}}"}}], "veth": [veth]}}
run("topology", name="farm", linux_bridge=[bridge], range=[farm])
"""
CORE = f"""\
import sys
sys.path[:0] = ["{ROOT}/tests/kernel", "/run/tree"]
from support.probes import probe
print(sum(one.reached for one in probe(matrix={{"lab": "farm"}})))
"""
PINGS = "".join(
    f"ip netns exec n{one} ping -n -c1 -W1.25 10.9.1.{other}\n"
    for one in range(1, COUNT + 1)
    for other in range(1, COUNT + 1)
    if one != other
)
HALF_DOWN = f"for n in $(seq 2 2 {COUNT}); do ip -n n$n link set eth0 down; done"
SETUP = 'mount -t tmpfs -o mode=755 tmpfs /run/netns && ip link set lo up && exec "$@"'
INSIDE = """\
set -e
python3 -B {directory}/build.py
{broken}
start=$(date +%s%N)
{command} >/dev/null 2>&1 || true
echo $((($(date +%s%N) - start) / 1000000))
"""


def write_contenders(directory: Path) -> dict[str, str]:
    """The command of each contender."""
    task = {
        "name": "Ask",
        "redblue.netns.netns_probe_info": {"matrix": {"lab": "farm"}, "fail_on_unexpected": False},
    }
    play = {
        "name": "Everyone asks everyone",
        "hosts": "localhost",
        "gather_facts": False,
        "tasks": [task],
    }
    empty = {**play, "tasks": []}
    for name, text in {
        "ask.yml": yaml.safe_dump([play], sort_keys=False),
        "nothing.yml": yaml.safe_dump([empty], sort_keys=False),
        "build.py": BUILD,
        "core.py": CORE,
        "pings": PINGS,
    }.items():
        (directory / name).write_text(text, encoding="utf-8")
    return {
        "ansible-playbook, one task": f"ansible-playbook {directory}/ask.yml",
        "of that, Ansible's own start": f"ansible-playbook {directory}/nothing.yml",
        "the core alone, Python's start included": f"{sys.executable} -B {directory}/core.py",
        f"pings, {AT_ONCE} at a time": f"xargs -P{AT_ONCE} -d'\\n' -I@ sh -c @ <{directory}/pings",
        "pings, one after the other": f"sh {directory}/pings",
    }


def time_once(directory: Path, command: str, broken: str) -> float:
    """Seconds, in a network of its own."""
    script = INSIDE.format(directory=directory, broken=broken, command=command).replace(
        "python3 ", f"{sys.executable} "
    )
    done = subprocess.run(
        ["unshare", "--net", "--mount", "bash", "-c", SETUP, "bench", "bash", "-c", script],
        check=True,
        capture_output=True,
        text=True,
    )
    return int(done.stdout) / 1000


def main() -> None:
    for title, broken in (("all answer", ""), ("every second one is down", HALF_DOWN)):
        with tempfile.TemporaryDirectory() as name:
            contenders = write_contenders(Path(name))
            if broken:
                del contenders["pings, one after the other"]
            times: dict[str, list[float]] = {contender: [] for contender in contenders}
            for _round in range(ROUNDS):
                for contender, command in contenders.items():
                    times[contender].append(time_once(Path(name), command, broken))
        first = next(iter(times.values()))
        print(f"\nEveryone asks everyone, {COUNT} namespaces, {title}, {ROUNDS} rounds, seconds\n")
        print(f"{'':44}{'min':>8}{'median':>8}{'max':>8}  ratio to the first")
        for contender, taken in times.items():
            ratio = statistics.median(
                duration / reference for duration, reference in zip(taken, first)
            )
            print(
                f"{contender:44}{min(taken):8.2f}{statistics.median(taken):8.2f}{max(taken):8.2f}{ratio:12.2f}"
            )


if __name__ == "__main__":
    main()
