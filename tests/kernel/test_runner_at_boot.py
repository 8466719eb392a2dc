# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The command redblue-netns at boot: what it needs is late, or it is killed."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.persistence import RUNNER
from ansible_collections.redblue.netns.plugins.module_utils._runner.main import main

from support.kill import KILLED_CALLS, kill_at
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
from support.tasks import LAB_ABSENT, run

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


@pytest.mark.parametrize("system_call", KILLED_CALLS)
def test_after_a_killed_apply_the_next_one_converges(
    own_process: None, tmp_path: Path, system_call: str
) -> None:
    number = 1
    while _is_killed_and_mended(tmp_path, system_call, number):
        number += 3 * KILLED_CALLS[system_call]


def _is_killed_and_mended(at: Path, system_call: str, number: int) -> bool:
    """Whether an apply at boot came to that call. It was killed then, and the next one was not."""
    with private_host(), booted_host(at) as controller_facts:
        run("topology", **PERSISTENT_LAB, _controller=controller_facts)
        remove_all(["red", "blue"])
        ip("link delete v-net-0")
        killed = kill_at(system_call, number, lambda: main(["apply", "lab"]))
        assert call("apply", "lab").returncode == 0
        assert call("check").returncode == 0
        assert reaches("red", "192.168.15.2")
        run("topology", **LAB_ABSENT)
        assert snapshot_files() == {}
        return killed
