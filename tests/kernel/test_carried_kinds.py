# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each module carries the kinds that it meets: also where it removes and where it rolls back."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from support.faults import stable_snapshot, strace_injecting
from support.module_process import process_arguments
from support.snapshot import differences
from support.tasks import Raw, run

RICH: Raw = {
    "name": "lab",
    "netns": [
        {"name": "red", "sysctls": {"net.ipv4.ip_forward": 1}, "nameservers": ["192.0.2.53"]},
        {"name": "blue"},
    ],
    "linux_bridge": [{"name": "br0", "netns": "red", "addresses": ["10.1.0.1/24", "fd01::1/64"]}],
    "veth": [
        {
            "name": "up",
            "netns": "red",
            "addresses": ["192.0.2.2/24", "fd02::2/64"],
            "impairment": {"rate": "1mbit"},
            "peer": {"name": "down", "addresses": ["192.0.2.1/24"]},
        },
        {"name": "end", "netns": "blue", "peer": {"name": "port", "netns": "red", "bridge": "br0"}},
    ],
    "netns_link": [
        {"name": "leg", "netns": "red", "type": "macvlan", "link": "up", "link_netns": "red"},
        {"name": "tunnel", "netns": "red", "type": "vxlan", "id": 7, "remote": "192.0.2.1"},
        {"name": "tap", "netns": "red", "type": "tap"},
    ],
    "netns_route": [{"netns": "red", "destination": "default", "gateway": "192.0.2.1"}],
    "masquerade": [{"netns": "red", "source": "10.1.0.0/24", "out_interface": "up"}],
    "dnat": [
        {"netns": "red", "destination_port": 80, "to_destination": "10.1.0.2:80"},
        {"netns": "red", "destination_port": 53, "to_destination": "10.1.0.2", "protocol": "udp"},
    ],
}
"""A namespace with something of every kind."""

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


def _run(module: str, raw: Raw, *around: str, check: bool = False) -> dict[str, Any]:
    """Run the module itself in a process, which carries only its own kinds."""
    arguments = process_arguments(module, raw, check=check, diff=True)
    arguments["args"] = [*around, *arguments["args"]]
    done = subprocess.run(**arguments, capture_output=True, check=False)
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def _count_messages(module: str, raw: Raw) -> int:
    """The netlink messages by which the module observes the host for a task."""
    _run(module, raw, "strace", "-f", "-o", "/run/calls", "-e", "trace=sendto", check=True)
    lines = Path("/run/calls").read_text(encoding="utf-8").splitlines()
    # strace counts the calls of each process by itself, and the module is the first.
    return sum("sendto(" in line for line in lines if line.split()[0] == lines[0].split()[0])


@pytest.mark.parametrize(("module", "raw"), TASKS)
def test_a_module_rolls_back_with_the_kinds_that_it_carries(
    host: None, module: str, raw: Raw
) -> None:
    run("topology", **RICH)
    before = stable_snapshot()
    predicted = _run(module, raw, check=True)
    # nft sends rules by another system call than the module sends its messages.
    call = "sendmsg" if module in ("masquerade", "dnat") else "sendto"
    number = _count_messages(module, raw) if call == "sendto" else 0
    failures = 0
    while True:
        number += 1
        inject = f"{call}:error=ENOBUFS:when={number}"
        result = _run(module, raw, *strace_injecting(inject))
        if not result.get("failed"):
            break
        failures += 1
        assert "No buffer space" in result["msg"]
        assert "could not be undone" not in result["msg"]
        assert differences(before, stable_snapshot()) == {}, result["msg"]
    assert failures and result["changed"]
    assert result["commands"] == predicted["commands"] and result["commands"]
    assert not _run(module, raw)["changed"]
