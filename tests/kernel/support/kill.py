# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs of a topology that are killed at a system call."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
from collections.abc import Callable
from functools import partial
from typing import Any

from support.private_host import private_host
from support.shell import sh
from support.snapshot import differences, take_snapshot
from support.tasks import LAB_ABSENT, Raw, run

KILLED_CALLS = {
    "sendto": 2,
    "unshare": 1,
    "mount": 1,
    "setns": 3,
    "umount2": 1,
    "unlink": 1,
    "write": 1,
    "sendmsg": 2,
}
"""System calls that change the host (also those of nft): kill at every nth of them.

If INJECTIONS is not set, only every third of these.
"""
_STRIDE = 1 if "INJECTIONS" in os.environ else 3


def _await_strace(strace: subprocess.Popen[str]) -> None:
    assert strace.stderr is not None
    line = strace.stderr.readline()
    assert "attached" in line, line


def kill_at(call: str, number: int, work: Callable[[], object], fault: str = "signal=KILL") -> bool:
    """Run a function in a process that is killed, or fails, at that system call.

    Return False if the process ended before it came to that call.
    """
    gate, gate_end = os.pipe()
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
        _await_strace(strace)
        os.write(gate_end, b"x")
        _pid, status = os.waitpid(pid, 0)
    finally:
        strace.send_signal(signal.SIGTERM)
        strace.communicate()
        os.close(gate)
        os.close(gate_end)
    return status != 0


def leave_unfinished(bridge: Raw) -> None:
    """Kill tasks until one is killed between the messages that create a bridge and mark it."""
    for number in itertools.count(1):
        assert kill_at("sendto", number, partial(run, "linux_bridge", **bridge))
        if bridge["name"] in sh(f"ip -n {bridge['netns']} -br link show group 1919053427 || true"):
            return


def add_foreign_resources() -> None:
    """Add a namespace, bridges, a table and a stale file that this collection did not make."""
    script = (
        "ip netns add theirs; ip -n theirs link add br0 type bridge; "
        "ip link add br9 type bridge; nft add table inet theirs; touch /run/netns/stale"
    )
    subprocess.run(["bash", "-euc", script], check=True)


def kill_at_every_call(call: str, first: dict[str, Any], second: dict[str, Any]) -> int:
    """Kill the change from one topology to another at each nth call; return how many times."""
    number = 1
    while True:
        with private_host():
            add_foreign_resources()
            before = take_snapshot()
            if first is not LAB_ABSENT:
                run("topology", **first)
            if not kill_at(call, number, lambda: run("topology", **second)):
                return number - 1
            run("topology", **second)
            again = run("topology", **second)
            assert not again["changed"], (call, number, again["actions"])
            run("topology", **LAB_ABSENT)
            assert differences(before, take_snapshot()) == {}, (call, number)
        number += KILLED_CALLS[call] * _STRIDE
