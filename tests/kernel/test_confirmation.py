# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A change with confirm_timeout is undone by the host unless it is confirmed in time."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._host.background import (
    continue_in_child,
)
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Killed

from support.faults import stable_snapshot
from support.module_process import process_arguments, run_process
from support.patience import await_equal, patience
from support.pings import reaches
from support.process_titles import find_titled
from support.shell import sh
from support.snapshot import differences, take_snapshot
from support.tasks import LAB

SHORT, LONG = 1, 600
OURS = "redblue-netns: "
TITLE, WAITS = f"{OURS}undoes", f"{OURS}waits"


def apply(seconds: int, **raw: Any) -> dict[str, Any]:
    """Build the lab in a process of its own; return its result, as soon as the task has it."""
    return run_process("topology", {**LAB, **raw, "confirm_timeout": seconds})[0]


def confirm(**raw: Any) -> dict[str, Any]:
    return run_process("netns_confirm", {"name": "lab", **raw})[0]


def count_waiting() -> int:
    return len(find_titled(TITLE))


def await_end() -> None:
    """Wait until no process waits for a confirmation, or undoes something."""
    deadline = time.monotonic() + patience(30)
    while find_titled(OURS):
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.fixture(autouse=True)
def processes_end() -> Iterator[None]:
    """A test that finds a process of the one before would take it for its own."""
    yield
    await_end()


def test_a_confirmed_change_stays(host: None) -> None:
    built = apply(LONG)
    assert built["changed"] and built["confirmation"]["confirmed"] is False, built
    assert len(find_titled(TITLE)) == 1
    assert confirm(token=built["confirmation"]["token"])["confirmed"]
    await_end()
    assert reaches("red", "192.168.15.2")
    again = apply(LONG)
    assert not again["changed"] and "confirmation" not in again
    assert await_equal(count_waiting, 0) == 0


def test_a_change_that_nobody_confirms_is_undone(host: None) -> None:
    before = take_snapshot()
    built = apply(SHORT)
    token = built["confirmation"]["token"]
    failure = confirm(token="another")
    await_end()
    assert differences(before, take_snapshot()) == {}
    assert failure["failed"] and "another run of the topology lab waits" in failure["msg"]
    answer = confirm(token=token)
    assert answer["failed"]
    assert "not confirmed within 1 s (confirm_timeout) over a new connection" in answer["msg"]
    assert "undone: create" in answer["msg"]
    assert "no run of the topology lab waits" in confirm(token="another")["msg"]


def start(**raw: Any) -> subprocess.Popen[bytes]:
    """Start a task that nobody waits for."""
    arguments = process_arguments("topology", {**LAB, **raw})
    options = arguments.pop("input").encode()
    task = subprocess.Popen(
        **{**arguments, "text": False}, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert task.stdin is not None
    task.stdin.write(options)
    task.stdin.close()
    return task


def await_processes(count: int, title: str = TITLE) -> list[int]:
    """Wait until so many processes can be confirmed, or work on what is to be confirmed."""
    deadline = time.monotonic() + patience(30)
    while len(found := find_titled(title)) < count:
        assert time.monotonic() < deadline
    return found


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_change_is_undone_when_its_task_is_killed(host: None, number: signal.Signals) -> None:
    """The task is killed while the change is applied. Nobody can confirm it then."""
    before = take_snapshot()
    task = start(confirm_timeout=1)
    await_processes(1)
    task.send_signal(number)
    task.wait()
    await_end()
    assert differences(before, take_snapshot()) == {}


def read_children(pid: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@pytest.mark.parametrize("confirms", [False, True])
def test_a_waiting_process_that_is_killed_is_undone_by_its_guard(
    host: None, confirms: bool
) -> None:
    """Also if the guard is killed first: the one that waits gets another guard."""
    run_process("topology", LAB)
    before = stable_snapshot()
    bridge = {**LAB["linux_bridge"][0], "mtu": 1400, "addresses": ["192.168.15.9/24"]}
    token = apply(LONG, linux_bridge=[bridge], dnat=[])["confirmation"]["token"]
    (guard,) = find_titled(TITLE)
    (waiting,) = read_children(guard)
    os.kill(guard, signal.SIGKILL)
    deadline = time.monotonic() + patience(30)
    while not (children := read_children(waiting)):
        assert time.monotonic() < deadline
    if confirms:
        assert confirm(token=token)["confirmed"]
        return
    os.kill(children[0], signal.SIGKILL)
    await_end()
    assert differences(before, stable_snapshot()) == {}
    assert "was ended by SIGKILL" in confirm(token=token)["msg"]
    later = run_process("topology", {"name": "other", "netns": [{"name": "green"}]})[0]
    assert later["changed"] and "green" in sh("ip netns list")


@pytest.mark.parametrize("delay", [0.03, 0.3])
def test_a_process_that_is_killed_at_its_work_is_undone_by_its_guard(
    host: None, delay: float
) -> None:
    before = take_snapshot()
    task = start(confirm_timeout=LONG)
    (worker,) = await_processes(1, WAITS)
    time.sleep(delay)
    os.kill(worker, signal.SIGKILL)
    assert task.stdout is not None
    output = task.stdout.read()
    await_end()
    assert differences(before, take_snapshot()) == {}
    is_applied = b'"confirmation"' in output
    assert "was ended by SIGKILL" in (confirm()["msg"] if is_applied else output.decode())


def test_the_guard_ends_what_a_killed_process_has_started(own_process: None) -> None:
    """An nft that is still at work must not write rules after others were undone."""
    reader, writer = os.pipe()
    process = os.fork()
    if process == 0:
        status = 1
        try:
            continue_in_child("works")
            with subprocess.Popen(["sleep", "600"]) as sleeping:
                os.write(writer, f"{sleeping.pid} ".encode())
                os.kill(os.getpid(), signal.SIGKILL)
        except Killed:
            status = 0
        finally:
            os._exit(status)
    os.close(writer)
    with open(reader, encoding="ascii") as file:
        program = int(file.read())
    assert os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == 0
    assert not Path(f"/proc/{program}").exists()


def test_a_run_that_fails_before_its_turn_does_not_harm_the_one_that_waits(host: None) -> None:
    first = apply(LONG)
    (waiting,) = find_titled(TITLE)
    second = start(confirm_timeout=LONG, name="other", netns=[], linux_bridge=[], veth=[])
    (later,) = set(await_processes(2)) - {waiting}
    os.kill(later, signal.SIGTERM)
    assert second.wait(patience(30)) != 0
    assert find_titled(TITLE) == [waiting]
    assert confirm(token=first["confirmation"]["token"])["confirmed"]


def test_a_waiting_run_that_is_ended_undoes_the_change_at_once(host: None) -> None:
    before = take_snapshot()
    token = apply(LONG)["confirmation"]["token"]
    (pid,) = find_titled(TITLE)
    os.kill(pid, signal.SIGTERM)
    await_end()
    assert differences(before, take_snapshot()) == {}
    assert "ended by SIGTERM before it was confirmed" in confirm(token=token)["msg"]


def test_what_the_run_changed_comes_back(host: None) -> None:
    """An existing lab is as it was after a second run that nobody confirms."""
    run_process("topology", LAB)
    before = stable_snapshot()
    bridge = {**LAB["linux_bridge"][0], "mtu": 1400, "addresses": ["192.168.15.9/24"]}
    apply(SHORT, linux_bridge=[bridge], dnat=[], purge=True)
    await_end()
    assert differences(before, stable_snapshot()) == {}
    assert reaches("red", "192.168.15.2")


def test_rollback_on_does_not_keep_it(host: None) -> None:
    before = take_snapshot()
    apply(SHORT, rollback_on=[])
    await_end()
    assert differences(before, take_snapshot()) == {}


def test_a_confirmation_over_the_connection_of_the_run_is_refused(host: None) -> None:
    sh(
        "ip link add lan0 type veth peer lan1; ip address add 192.0.2.1/24 dev lan0; "
        "ip link set lan0 up"
    )
    raw = {**LAB, "confirm_timeout": LONG}
    built = run_process("topology", raw, ssh="192.0.2.1")[0]
    token = {"name": "lab", "token": built["confirmation"]["token"]}
    refused = run_process("netns_confirm", token, ssh="192.0.2.1")[0]
    assert "over the SSH connection of the run itself" in refused["msg"]
    assert run_process("netns_confirm", token, ssh="192.0.2.1", client="192.0.2.8")[0]["confirmed"]


def test_another_run_waits_for_the_one_that_waits(host: None) -> None:
    """So no run is undone by an earlier one. It says for which one it has waited."""
    apply(4)
    (holder,) = find_titled(TITLE)
    later = run_process("topology", {"name": "other", "netns": [{"name": "green"}]})[0]
    assert later["changed"] and later["timings"]["lock"] > 1
    title = f"{TITLE} lab unless it is confirmed"
    warning = f"waited for the lock of this host, which process {holder} ({title}; topology lab)"
    assert f"{warning} held" in str(later["warnings"])
    assert await_equal(count_waiting, 0) == 0
    assert sh("ip netns list").split() == ["green"]


def test_a_failing_run_is_reported(host: None) -> None:
    sh("ip link add v-net-0 type veth peer other")
    failure = apply(LONG)
    assert failure["failed"] and "v-net-0" in failure["msg"] and await_equal(count_waiting, 0) == 0


def test_check_mode_waits_for_nothing(host: None) -> None:
    before = take_snapshot()
    checked = run_process("topology", {**LAB, "confirm_timeout": LONG}, check=True)[0]
    assert (
        checked["changed"] and "confirmation" not in checked and await_equal(count_waiting, 0) == 0
    )
    assert run_process("netns_confirm", {"name": "lab"}, check=True)[0] == {
        "changed": False,
        "confirmed": False,
        "invocation": {"module_args": {"name": "lab", "token": None}},
    }
    assert differences(before, take_snapshot()) == {}


@pytest.mark.parametrize("seconds", [0, -1, 86401])
def test_a_time_that_makes_no_sense_is_refused(host: None, seconds: int) -> None:
    assert "confirm_timeout" in apply(seconds)["msg"]
