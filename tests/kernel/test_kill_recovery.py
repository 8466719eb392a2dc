# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whoever is killed, at whatever system call, leaves a host that the next run brings to what is wanted, and that can be left as it was."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from typing import Any

import pytest
from support.module_process import describe
from support.private_host import private_host
from support.snapshot import compare, take_snapshot
from support.tasks import LAB, run

CALLS = {
    "sendto": 2,
    "unshare": 1,
    "mount": 1,
    "setns": 3,
    "umount2": 1,
    "unlink": 1,
    "write": 1,
    "sendmsg": 2,
}
"""System calls that change something (those of nft too), and of how many one is tried."""

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
GONE: dict[str, Any] = {"name": "lab", "state": "absent"}


def _await(strace: subprocess.Popen[str]) -> None:
    assert strace.stderr is not None
    line = strace.stderr.readline()
    assert "attached" in line, line


def kill_at(call: str, number: int, work: Callable[[], object], fault: str = "signal=KILL") -> bool:
    """Do the work in a process that is killed (or what strace else can do) at that call; whether it, or a child that failed it, came that far."""
    gate, opened = os.pipe()
    pid = os.fork()
    if not pid:
        os.read(gate, 1)
        try:
            work()
        except BaseException:
            os._exit(1)
        os._exit(0)
    inject = ["-e", f"trace={call}", "-e", f"inject={call}:{fault}:when={number}"]
    strace = subprocess.Popen(
        ["strace", "-f", "-o", "/dev/null", "-p", str(pid), *inject],
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        _await(strace)
        os.write(opened, b"x")
        _pid, status = os.waitpid(pid, 0)
    finally:
        strace.send_signal(signal.SIGTERM)
        strace.communicate()
        os.close(gate)
        os.close(opened)
    return status != 0


def make_others() -> None:
    """What others have on this host."""
    script = "ip netns add theirs; ip -n theirs link add br0 type bridge; ip link add br9 type bridge; nft add table inet theirs; touch /run/netns/stale"
    subprocess.run(["bash", "-euc", script], check=True)


def try_all(call: str, first: dict[str, Any], second: dict[str, Any]) -> int:
    """Be killed on the way from the first to the second, at every so manyth call there is; how many times."""
    number = 1
    while True:
        with private_host():
            make_others()
            before = take_snapshot()
            if first is not GONE:
                run("topology", **first)
            if not kill_at(call, number, lambda: run("topology", **second)):
                return number - 1
            run("topology", **second)
            again = run("topology", **second)
            assert not again["changed"], (call, number, again["actions"])
            run("topology", **GONE)
            assert compare(before, take_snapshot()) == {}, (call, number)
        number += CALLS[call]


@pytest.mark.parametrize("call", CALLS)
def test_a_run_that_is_killed_is_taken_up_by_the_next(own_process: None, call: str) -> None:
    tries = [
        try_all(call, first, second) for first, second in ((GONE, LAB), (LAB, CHANGED), (LAB, GONE))
    ]
    assert any(tries), f"nobody calls {call}"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_run_that_is_ended_politely_is_undone(host: None, number: signal.Signals) -> None:
    make_others()
    run("topology", **LAB)
    before = take_snapshot()
    grown = {
        **LAB,
        "netns": [*LAB["netns"], CHANGED["netns"][1]],
        "veth": [*LAB["veth"], CHANGED["veth"][1]],
    }
    waiting = {**grown, "probes": [{"netns": "red", "to": "192.168.15.77", "timeout": 30}]}
    told = describe("topology", waiting)
    given = told.pop("input")
    with subprocess.Popen(
        **told, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        process.stdin.write(given)
        process.stdin.close()
        process.stdin = None
        while not os.path.exists("/run/netns/green"):
            time.sleep(0.01)
        process.send_signal(number)
        process.send_signal(number)
        said, _log = process.communicate(timeout=60)
    result = json.loads(said)
    assert (
        result["failed"]
        and "undone: " in result["msg"]
        and "could not be undone" not in result["msg"]
    )
    assert f"ended by {number.name}" in result["msg"]
    assert compare(before, take_snapshot()) == {}
