# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The command redblue-netns at boot: what it needs is late, or it is killed."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.persistence import RUNNER
from ansible_collections.redblue.netns.plugins.module_utils._runner.main import main

from support.kill import KILLED_CALLS, kill_at
from support.lab_processes import wait_until
from support.patience import patience
from support.persistence import (
    PERSISTENT_LAB,
    booted_host,
    call,
    persist,
    remove_all,
    snapshot_files,
    start,
)
from support.pings import reaches
from support.private_host import private_host
from support.shell import ip, output
from support.tasks import LAB, LAB_ABSENT, run

ONLY_IN_REMOVALS = {"umount2", "unlink"}
"""Calls at which an apply at boot cannot be killed, as it removes nothing."""
UPLINK_LAB = {
    "name": "up",
    "netns": [{"name": "pink"}],
    "veth": [
        {
            "name": "eth0",
            "netns": "pink",
            "addresses": ["10.9.0.2/24"],
            "peer": {"name": "pink-out", "addresses": ["10.9.0.1/24"]},
        }
    ],
    "masquerade": [{"source": "10.9.0.0/24", "out_interface": "late0"}],
}


@pytest.fixture
def uplink(controller_facts: dict[str, Any]) -> None:
    """A host on which the uplink of a persistent topology has not come up yet."""
    add_uplink()
    persist(controller_facts, **UPLINK_LAB)
    remove_all(["pink"])
    ip("link delete late0")


def add_uplink() -> None:
    ip("link add late0 type bridge")
    ip("link set late0 up")


def await_line(process: subprocess.Popen[str]) -> str:
    assert process.stderr is not None
    return process.stderr.readline()


def test_a_late_uplink_is_awaited(uplink: None) -> None:
    process = start("apply", "--wait", "600", "up")
    assert "no such interface on the host" in await_line(process)
    ip("link add other0 type bridge")  # wakes it up in vain
    add_uplink()
    assert process.wait(patience(60)) == 0
    forwarding = Path("/proc/sys/net/ipv4/conf/late0/forwarding").read_text(encoding="ascii")
    assert forwarding.strip() != "0"
    assert call("check").returncode == 0


def test_an_uplink_that_stays_away_is_a_failure(uplink: None) -> None:
    done = call("apply", "--wait", "0.5", "up")
    assert done.returncode == 2
    waits, fails = done.stderr.splitlines()
    assert waits.startswith("up: waits up to ") and "'late0': there is no such" in fails
    assert "pink" not in output("ip", "netns", "list")
    checked = call("check")
    assert checked.returncode == 1 and "late0" in checked.stdout


def test_the_command_may_be_replaced_or_removed_while_it_runs(uplink: None) -> None:
    process = start("apply", "--wait", "600", "up")
    await_line(process)
    os.unlink(RUNNER)
    Path(RUNNER).write_bytes(b"something else")
    add_uplink()
    assert process.wait(patience(60)) == 0


def test_a_signal_ends_it_with_everything_undone(uplink: None) -> None:
    process = start("apply", "--wait", "600", "up")
    await_line(process)
    process.send_signal(signal.SIGTERM)
    assert process.wait(patience(60)) != 0
    assert "pink" not in output("ip", "netns", "list")


def test_rules_that_others_flush_while_it_is_at_work(
    controller_facts: dict[str, Any], tmp_path: Path
) -> None:
    """The process keeps the command at work until the rules have been flushed."""
    started, may_go_on = tmp_path / "started", tmp_path / "go"
    script = f"""
        touch {started}
        until test -e {may_go_on}; do sleep 0.05; done
        echo ready
        exec sleep 1000000
    """
    slow: dict[str, Any] = {"name": "slow", "netns": "red", "command": ["sh", "-c", script]}
    slow.update(log=str(tmp_path / "log"), ready={"output": "ready"})
    may_go_on.touch()
    persist(controller_facts, **LAB, processes=[slow])
    output("sh", "-c", "kill $(ip netns pids red)")
    started.unlink()
    may_go_on.unlink()
    remove_all(["red", "blue"])
    # The kernel removes the veth pairs later. An undo could not give back what it has removed.
    wait_until(lambda: "veth-" not in output("ip", "link"))
    process = start("apply", "--all")
    wait_until(started.exists)
    output("nft", "flush", "ruleset")
    may_go_on.touch()
    said, warned = process.communicate(timeout=patience(60))
    assert process.returncode == 0, warned
    assert "lab: tries again: done, but not there afterwards: " in warned
    assert said.startswith("lab: as declared\n")
    assert call("check").stdout == "lab: as declared\n"
    run("topology", **LAB_ABSENT)


@pytest.mark.parametrize("system_call", KILLED_CALLS)
def test_after_a_killed_apply_the_next_one_converges(
    own_process: None, tmp_path: Path, system_call: str
) -> None:
    step = 3 * KILLED_CALLS[system_call]
    times = 0
    while (end := _kill_and_apply_again(tmp_path, system_call, 1 + times * step)).is_cut_short:
        assert end == MENDED, f"killed at {system_call} number {1 + times * step}"
        times += 1
    assert end == MENDED._replace(is_cut_short=False), "it came to its end by itself"
    assert bool(times) is (system_call not in ONLY_IN_REMOVALS)


class End(NamedTuple):
    """What is seen after an apply at boot that may have been killed, and a second one."""

    is_cut_short: bool
    """The first one was killed, or failed because its nft was."""
    applied: int
    """The exit status of the second one."""
    checked: str
    is_reached: bool
    """Whether red reaches blue."""
    left: dict[str, tuple[str, int]]
    """The files that are there after the topology is removed."""


MENDED = End(True, 0, "lab: as declared\n", True, {})


def _apply() -> None:
    assert main(["apply", "lab"]) == 0


def _kill_and_apply_again(at: Path, system_call: str, number: int) -> End:
    """Kill an apply at boot when it comes to that call, if it does, and apply once more."""
    with private_host(), booted_host(at) as controller_facts:
        run("topology", **PERSISTENT_LAB, _controller=controller_facts)
        remove_all(["red", "blue"])
        ip("link delete v-net-0")
        is_cut_short = kill_at(system_call, number, _apply)
        applied, checked = call("apply", "lab").returncode, call("check").stdout
        is_reached = reaches("red", "192.168.15.2")
        run("topology", **LAB_ABSENT)
        return End(is_cut_short, applied, checked, is_reached, snapshot_files())
