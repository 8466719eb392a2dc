# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each module carries the kinds that it meets: also where it removes and where it rolls back.

A message to the kernel fails: every fifth one of a run, or each of them if INJECTIONS is set.
"""

from __future__ import annotations

import itertools
import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from support.faults import stable_snapshot, strace_injecting
from support.kill import leave_unfinished
from support.module_process import process_arguments, run_process, serve_task
from support.rich_topology import RICH
from support.snapshot import differences
from support.tasks import Raw, run

TASKS: list[tuple[str, Raw]] = [
    ("netns", {"name": "red", "state": "absent", "force": True}),
    ("netns", {"name": "green", "sysctls": {"net.ipv4.ip_forward": 1}, "search": ["example.org"]}),
    ("veth", {"name": "up", "netns": "red", "state": "absent"}),
    ("veth", {"name": "one", "netns": "red", "peer": {"name": "two", "netns": "blue"}}),
    ("linux_bridge", {"name": "br0", "netns": "red", "state": "absent"}),
    ("linux_bridge", {"name": "br1", "netns": "red", "addresses": ["10.2.0.1/24"]}),
    ("netns_link", {"name": "leg", "netns": "red", "state": "absent"}),
    ("netns_link", {"name": "other", "netns": "red", "type": "vxlan", "id": 8}),
    ("netns_route", {"netns": "red", "destination": "default", "state": "absent"}),
    ("netns_route", {"netns": "red", "destination": "10.9.0.0/16", "gateway": "192.0.2.1"}),
    (
        "masquerade",
        {"netns": "red", "source": "10.1.0.0/24", "out_interface": "up", "state": "absent"},
    ),
    ("dnat", {"netns": "red", "destination_port": 80, "state": "absent"}),
]


FAULTY_CALL = 200
STEP = 1 if "INJECTIONS" in os.environ else 5


def _run_with_fault(module: str, raw: Raw, call: str, number: int) -> dict[str, Any]:
    """Run the module with a failing call of that number."""
    arguments = process_arguments(module, raw, diff=True)
    if call == "sendto":
        around = strace_injecting(f"sendto:error=ENOBUFS:when={FAULTY_CALL}")
        return serve_task(module, arguments, *around, vain=FAULTY_CALL - number)[0]
    # nft sends rules by another system call than the module sends its messages.
    around = strace_injecting(f"{call}:error=ENOBUFS:when={number}")
    arguments["args"] = [*around, *arguments["args"]]
    done = subprocess.run(**arguments, capture_output=True, check=False)
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def _count_messages(module: str, raw: Raw) -> int:
    """The netlink messages by which the module observes the host for a task."""
    arguments = process_arguments(module, raw, check=True)
    trace = ["strace", "-f", "-o", "/run/calls", "-e", "trace=sendto"]
    subprocess.run(
        **{**arguments, "args": [*trace, *arguments["args"]]}, capture_output=True, check=True
    )
    lines = Path("/run/calls").read_text(encoding="utf-8").splitlines()
    # strace counts the calls of each process by itself, and the module is the first.
    return sum("sendto(" in line for line in lines if line.split()[0] == lines[0].split()[0])


@pytest.mark.parametrize(("module", "raw"), TASKS)
def test_a_module_rolls_back_with_the_kinds_that_it_carries(
    host: None, module: str, raw: Raw
) -> None:
    run("topology", **RICH)
    before = stable_snapshot()
    predicted, _log = run_process(module, raw, check=True, diff=True)
    call = "sendmsg" if module in ("masquerade", "dnat") else "sendto"
    first = 1 + (_count_messages(module, raw) if call == "sendto" else 0)
    failures = 0
    for number in itertools.count(first, STEP):
        result = _run_with_fault(module, raw, call, number)
        if not result.get("failed"):
            break
        failures += 1
        assert "No buffer space" in result["msg"]
        assert "could not be undone" not in result["msg"]
        assert differences(before, stable_snapshot()) == {}, result["msg"]
    assert failures and result["changed"]
    assert result["commands"] == predicted["commands"] and result["commands"]
    assert not run_process(module, raw)[0]["changed"]


def test_a_topology_that_changes_nothing_loads_no_renderer_and_no_applier(host: None) -> None:
    run("topology", **RICH)
    package = "ansible_collections.redblue.netns.plugins.module_utils"
    stages = [f"{package}.{stage}.kinds" for stage in ("_apply", "_render")]
    result, _log = run_process("topology", RICH, diff=True, unimportable=stages)
    assert not result.get("failed") and not result["changed"], result


BRIDGE: Raw = {"name": "br0", "netns": "red", "addresses": ["10.2.0.1/24"]}


@pytest.mark.parametrize(
    ("module", "raw"),
    [
        ("netns_route", {"netns": "red", "destination": "10.9.0.0/16", "type": "blackhole"}),
        ("masquerade", {"netns": "red", "source": "10.1.0.0/24"}),
        ("netns", {"name": "red", "sysctls": {"net.ipv4.ip_forward": 1}}),
    ],
)
def test_a_link_of_a_killed_run_is_removed_by_the_next_one_that_carries_links(
    host: None, module: str, raw: Raw
) -> None:
    run("netns", name="red")
    leave_unfinished(BRIDGE)
    result, _log = run_process(module, raw)
    assert result.get("changed"), result
    is_removed = any("bridge" in action for action in result["actions"])
    assert is_removed == (module == "netns")
    assert run_process("linux_bridge", BRIDGE)[0]["changed"]
    assert not run_process("linux_bridge", BRIDGE)[0]["changed"]
