# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The time to build the red/blue lab: by this collection, Ansible tasks, a shell, and the
core alone.

Every round builds it with each contender in turn, in a network of its own, so that load on the
machine affects all alike; the ratios count.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
ROUNDS = 3
COMMANDS = """\
ip netns add red
ip netns add blue
ip -n red link set dev lo up
ip -n blue link set dev lo up
ip link add v-net-0 type bridge
ip link set dev v-net-0 up
ip link add veth-red type veth peer name veth-red-br
ip link set dev veth-red netns red
ip link set dev veth-red-br master v-net-0
ip link add veth-blue type veth peer name veth-blue-br
ip link set dev veth-blue netns blue
ip link set dev veth-blue-br master v-net-0
ip -n red addr add 192.168.15.1/24 dev veth-red
ip -n blue addr add 192.168.15.2/24 dev veth-blue
ip -n red link set dev veth-red up
ip -n blue link set dev veth-blue up
ip link set dev veth-red-br up
ip link set dev veth-blue-br up
ip addr add 192.168.15.5/24 dev v-net-0
ip -n red route add default via 192.168.15.5
ip -n blue route add default via 192.168.15.5
sysctl -qw net.ipv4.ip_forward=1
iptables -t nat -A POSTROUTING -s 192.168.15.0/24 ! -o v-net-0 -j MASQUERADE
iptables -t nat -A PREROUTING -p tcp --dport 80 -m addrtype --dst-type LOCAL -j DNAT \
--to-destination 192.168.15.2:80
"""
CORE = """\
import sys
sys.path[:0] = ["{root}/tests/kernel", "/run/tree"]
from support.tasks import LAB, run
ipv4 = {{
    "netns_route": [route for route in LAB["netns_route"] if ":" not in route["gateway"]],
    "masquerade": [item for item in LAB["masquerade"] if ":" not in item["source"]],
    "dnat": [item for item in LAB["dnat"] if not item["to_destination"].startswith("[")],
}}
run("topology", **{{**LAB, **ipv4}})
"""


def write_contenders(directory: Path) -> dict[str, list[str]]:
    """The command line of each contender."""
    tasks = [
        {"name": f"Step {number}", "ansible.builtin.command": line, "changed_when": True}
        for number, line in enumerate(COMMANDS.splitlines())
    ]
    play = {"name": "The lab, typed", "hosts": "localhost", "gather_facts": False, "tasks": tasks}
    (directory / "typed.yml").write_text(yaml.safe_dump([play], sort_keys=False), encoding="utf-8")
    (directory / "typed.sh").write_text(COMMANDS, encoding="utf-8")
    (directory / "core.py").write_text(CORE.format(root=ROOT), encoding="utf-8")
    return {
        "ansible-playbook redblue.netns.lab": ["ansible-playbook", "redblue.netns.lab"],
        "the same as ansible.builtin.command tasks": [
            "ansible-playbook",
            str(directory / "typed.yml"),
        ],
        "a shell script of the commands": ["bash", "-eu", str(directory / "typed.sh")],
        "the core alone, Python's start included": [
            sys.executable,
            "-B",
            str(directory / "core.py"),
        ],
    }


def time_once(command: list[str]) -> float:
    """Seconds for one build, in a network of its own."""
    setup = 'mount -t tmpfs -o mode=755 tmpfs /run/netns && ip link set lo up && exec "$@"'
    start = time.monotonic()
    subprocess.run(
        ["unshare", "--net", "--mount", "bash", "-c", setup, "bench", *command],
        check=True,
        capture_output=True,
    )
    return time.monotonic() - start


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        contenders = write_contenders(Path(name))
        times: dict[str, list[float]] = {title: [] for title in contenders}
        for number in range(ROUNDS + 1):
            for title, command in contenders.items():
                taken = time_once(command)
                if number:  # the first round warms up
                    times[title].append(taken)
    first = next(iter(times.values()))
    print(
        f"The red/blue lab, {ROUNDS} rounds, seconds\n\n"
        f"{'':44}{'min':>8}{'median':>8}{'max':>8}  ratio to the first"
    )
    for title, seconds in times.items():
        ratio = statistics.median(
            duration / reference for duration, reference in zip(seconds, first)
        )
        print(
            f"{title:44}{min(seconds):8.2f}{statistics.median(seconds):8.2f}{max(seconds):8.2f}{ratio:12.2f}"
        )
