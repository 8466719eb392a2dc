# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The cost of a policy of ten rules for each namespace: to load them, to change one, to connect.

`python tests/bench/policies.py 1000` in a private host measures it with 1,000 namespaces.
"""

from __future__ import annotations

import gc
import json
import os
import socket
import statistics
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

from farm import write_lists
from probes import SETUP
from rivals import write_address

ROOT = Path(__file__).resolve().parents[2]
COUNT, CONNECTIONS = 200, 2000
PORT = 80
Raw = dict[str, Any]


def write_policy(number: int, count: int, port: int = 443) -> Raw:
    """Ten rules for one namespace, about its neighbours, the host and networks outside."""
    left, right = (f"n{(number - 1 + step) % count + 1}" for step in (-1, 1))
    return {
        "name": f"p{number}",
        "netns": [f"n{number}"],
        "ingress": [
            {"from": [{"netns": left}], "protocol": "tcp", "ports": [str(PORT)]},
            {"from": [{"netns": right}], "protocol": "tcp", "ports": [str(port)]},
            {"from": [{"host": True}], "protocol": "icmp"},
            {"from": [{"network": "192.0.2.0/24"}], "protocol": "udp", "ports": ["53"]},
            {"protocol": "tcp", "ports": ["8000-8010"]},
        ],
        "egress": [
            {"to": [{"netns": right}], "protocol": "tcp", "ports": [str(PORT)]},
            {"to": [{"netns": left}], "protocol": "tcp", "ports": ["443"]},
            {"to": [{"network": "198.51.100.0/24"}], "protocol": "tcp", "ports": ["5432"]},
            {"to": [{"host": True}], "protocol": "udp", "ports": ["53"]},
            {"to": [{"network": "203.0.113.7"}]},
        ],
    }


def write_lab(count: int, policies: list[Raw]) -> Raw:
    """The namespaces of the farm on their bridge, without what leads in and out."""
    farm = write_lists(count)
    lab = {part: farm[part] for part in ("name", "linux_bridge", "netns", "veth")}
    return {**lab, "purge": True, "policy": policies}


def time_task(module: str, raw: Raw) -> float:
    """Seconds of processor time of a task and its programs: other processes do not count."""
    from support.tasks import run  # before the clock starts, as Ansible's own imports

    gc.disable()  # as every module of ours does
    before = sum(os.times()[:4])
    run(module, **raw)
    return sum(os.times()[:4]) - before


def time_process(module: str, raw: Raw) -> float:
    """The same of a task in a new process, as each task of a playbook is.

    Modules keep what they compiled on the host, as this process does.
    """
    done = subprocess.run(
        [sys.executable, str(Path(__file__).resolve()), "1", "task"],
        input=json.dumps([module, raw]),
        capture_output=True,
        text=True,
        check=True,
    )
    return float(done.stdout)


def time_connections(count: int) -> float:
    """Median seconds of a new connection from the first namespace to the second."""
    from support.netns import in_netns

    with in_netns("n2"):
        listener = socket.create_server((write_address(2), PORT), backlog=64)
    seconds = []
    with closing(listener):
        for _each in range(count):
            with in_netns("n1"):
                client = socket.socket()
            with closing(client):
                start = time.perf_counter()
                client.connect((write_address(2), PORT))
                seconds.append(time.perf_counter() - start)
                listener.accept()[0].close()
    return statistics.median(seconds)


def measure(count: int) -> dict[str, float]:
    """Seconds, in a network of its own."""
    policies = [write_policy(number, count) for number in range(1, count + 1)]
    # What is compiled when it is needed.
    time_task("topology", write_lab(2, [write_policy(1, 2)]))
    time_task("topology", {"name": "farm", "state": "absent"})
    found = {"without policies": time_task("topology", write_lab(count, []))}
    time_task("netns_policy", {"topology": "farm", **write_policy(2, count)})
    found["a connection, one policy"] = time_connections(CONNECTIONS)
    time_task("topology", {"name": "farm", "state": "absent"})
    found["with policies"] = time_task("topology", write_lab(count, policies))
    found["a connection, all policies"] = time_connections(CONNECTIONS)
    found["nothing to change"] = time_task("topology", write_lab(count, policies))
    time_task("topology", write_lab(count, policies[:-1]))
    single = {"topology": "farm", **policies[-1]}
    time_task("netns_policy", single)
    changed = {"topology": "farm", **write_policy(count, count, port=444)}
    found["one rule of netns_policy"] = time_task("netns_policy", changed)
    found["nothing to change of netns_policy"] = time_task("netns_policy", changed)
    time_process("netns_policy", {"topology": "farm", **write_policy(count, count, port=445)})
    again = {"topology": "farm", **write_policy(count, count, port=446)}
    found["one rule, in a new process"] = time_process("netns_policy", again)
    found["nothing to change, in a new process"] = time_process("netns_policy", again)
    return found


def main(count: int = COUNT) -> None:
    inside = [sys.executable, "-B", str(Path(__file__).resolve()), str(count), "inside"]
    subprocess.run(
        ["unshare", "--net", "--mount", "bash", "-c", SETUP, "bench", *inside], check=True
    )


def report(count: int) -> None:
    found = measure(count)
    print(f"\n{count} policies of ten rules on {count} namespaces: seconds of processor time\n")
    for title, seconds in found.items():
        print(
            f"{title:40}{seconds:12.6f}" if "connection" in title else f"{title:40}{seconds:12.2f}"
        )
    for title, first, second in (
        ("load, to without policies", "with policies", "without policies"),
        (
            "connection, to one policy",
            "a connection, all policies",
            "a connection, one policy",
        ),
    ):
        print(f"{title:40}{found[first] / found[second]:12.2f}")


if __name__ == "__main__":
    number = int(sys.argv[1]) if len(sys.argv) > 1 else COUNT
    if sys.argv[2:]:
        sys.path[:0] = [str(ROOT / "tests/kernel"), "/run/tree"]
        if sys.argv[2] == "task":
            print(time_task(*json.load(sys.stdin)))
        else:
            report(number)
    else:
        main(number)
