# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What ``redblue-netns check`` asks the kernel, however fast the machine is."""

from __future__ import annotations

import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

from ansible_collections.redblue.netns.plugins.module_utils._model.persistence import COMMAND

from support.persistence import PERSISTENT_LAB, call, write_lab_file
from support.tasks import run

TRACED = "execve,openat,close,ioctl,setns,%network"
FEW, MANY = 10, 40
CALLS_OF_A_NAMESPACE = {
    "openat": 1,  # its name
    "ioctl": 1,  # whether that is a network namespace
    "setns": 2,  # into it and back
    "socket": 1,
    "setsockopt": 3,
    "getsockopt": 1,  # its cookie
    "sendto": 3,  # for links, addresses and routes
    "recvfrom": 7,  # two for each of these, and its id, which is asked for with those of others
    "close": 2,
}


def count_calls(tmp_path: Path, name: str) -> Counter[str]:
    """The system calls of a check that finds all as it is declared."""
    log = tmp_path / "calls"
    trace = ["strace", "-f", "-qq", "-e", f"trace={TRACED}", "-o", str(log)]
    checked = subprocess.run(
        [*trace, COMMAND, "check", name], check=True, capture_output=True, text=True
    )
    assert checked.stdout == f"{name}: as declared\n"
    lines = log.read_text(encoding="utf-8").splitlines()
    return Counter(line.split(maxsplit=1)[1].partition("(")[0] for line in lines if "(" in line)


def declare_farm(count: int) -> None:
    """Namespaces on a bridge, with addresses, routes and port forwards."""
    leg = {
        "name": "eth0",
        "netns": "n{n}",
        "addresses": ["10.9.1.{n}/16"],
        "peer": {"name": "farm{n}", "bridge": "farm0"},
    }
    item = {
        "count": count,
        "netns": [{"name": "n{n}"}],
        "veth": [leg],
        "netns_route": [{"netns": "n{n}", "destination": "default", "gateway": "10.9.0.1"}],
        "dnat": [{"destination_port": "{9000+n}", "to_destination": "10.9.1.{n}:80"}],
    }
    declared = {"linux_bridge": [{"name": "farm0", "addresses": ["10.9.0.1/16"]}], "range": [item]}
    write_lab_file("farm", {"format": 1, "declared": declared, "applied": {}})
    assert call("apply", "farm").returncode == 0
    assert call("check", "farm").returncode == 0


def test_each_namespace_costs_a_check_few_system_calls(
    controller_facts: dict[str, Any], tmp_path: Path
) -> None:
    run("topology", **PERSISTENT_LAB, _controller=controller_facts)
    counts: list[Counter[str]] = []
    for count in (FEW, MANY):
        declare_farm(count)
        counts.append(count_calls(tmp_path, "farm"))
    few, many = counts
    added = {name: (many[name] - few[name]) / (MANY - FEW) for name in many}
    for name, calls in added.items():
        assert calls <= CALLS_OF_A_NAMESPACE.get(name, 0) + 0.1, name


def test_a_check_starts_no_program(controller_facts: dict[str, Any], tmp_path: Path) -> None:
    """After a run that noted the rules, nft is not started."""
    run("topology", **PERSISTENT_LAB, _controller=controller_facts)
    assert call("check", "lab").returncode == 0
    assert count_calls(tmp_path, "lab")["execve"] == 1
