# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A run killed at any system call: the next run converges, and the topology can be removed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from typing import Any

import pytest

from support.kill import KILLED_CALLS, add_foreign_resources, kill_at_every_call
from support.module_process import process_arguments
from support.patience import patience
from support.snapshot import differences, take_snapshot
from support.tasks import LAB, LAB_ABSENT, run

CHANGED: dict[str, Any] = {
    **LAB,
    "purge": True,
    "netns": [{"name": "red"}, {"name": "green"}],
    "linux_bridge": [
        {"name": "v-net-0", "addresses": ["192.168.15.6/24", "fd00:15::5/64"], "mtu": 1400}
    ],
    "veth": [
        LAB["veth"][0],
        {
            "name": "v-green",
            "netns": "green",
            "addresses": ["192.168.15.3/24"],
            "peer": {"name": "v-green-br", "bridge": "v-net-0"},
        },
    ],
    "netns_route": [{"netns": "green", "destination": "default", "gateway": "192.168.15.6"}],
    "masquerade": [{"source": "192.168.15.0/24"}],
    "dnat": [{"destination_port": "80", "to_destination": "192.168.15.3:80"}],
}


@pytest.mark.parametrize("call", KILLED_CALLS)
def test_the_next_run_converges_after_a_killed_one(own_process: None, call: str) -> None:
    tries = [
        kill_at_every_call(call, first, second)
        for first, second in ((LAB_ABSENT, LAB), (LAB, CHANGED), (LAB, LAB_ABSENT))
    ]
    assert any(tries), f"no process calls {call}"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_run_ended_by_a_signal_is_rolled_back(host: None, number: signal.Signals) -> None:
    add_foreign_resources()
    run("topology", **LAB)
    before = take_snapshot()
    grown = {
        **LAB,
        "netns": [*LAB["netns"], CHANGED["netns"][1]],
        "veth": [*LAB["veth"], CHANGED["veth"][1]],
    }
    waiting = {**grown, "probes": [{"netns": "red", "to": "192.168.15.77", "timeout": 30}]}
    arguments = process_arguments("topology", waiting)
    given = arguments.pop("input")
    with subprocess.Popen(
        **arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        process.stdin.write(given)
        process.stdin.close()
        process.stdin = None
        while not os.path.exists("/run/netns/green"):
            time.sleep(0.01)
        process.send_signal(number)
        process.send_signal(number)
        stdout, _log = process.communicate(timeout=patience(60))
    result = json.loads(stdout)
    assert (
        result["failed"]
        and "undone: " in result["msg"]
        and "could not be undone" not in result["msg"]
    )
    assert f"ended by {number.name}" in result["msg"]
    assert differences(before, take_snapshot()) == {}
