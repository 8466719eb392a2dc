# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The kernel lacks something while others get back what is theirs: it is given back later."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from support.failing_host import kill_before_change
from support.faults import stable_snapshot
from support.injection_hosts import Task
from support.injections import Fault, run_in_child, run_with_fault
from support.private_host import private_host
from support.shell import sh
from support.snapshot import differences
from support.tasks import Raw, run

_OTHERS = """
ip link add eth1 address 02:00:00:00:01:02 type veth peer name far1 address 02:00:00:00:01:03
ip link set eth1 up; ip link set far1 up
ip addr add 198.51.100.2/24 dev eth1 label eth1:a; ip addr add fd00:7::2/64 dev eth1 nodad
ip route add 10.79.0.0/16 via inet6 fe80::7 dev eth1
sysctl -qw net.ipv4.conf.eth1.rp_filter=2 net.ipv6.conf.eth1.hop_limit=33
"""
_WAN: Raw = {"name": "wan", "device": "eth1", "netns": "red", "type": "physical", "force": True}
_RETURN: Task = ("netns_link", {**_WAN, "state": "absent"})
_NO_CHANGE: Task = ("netns", {"name": "nothing", "state": "absent"})


def _number_calls(task: Task, call: str, words: str) -> list[int]:
    """The numbers of a system call of a run in whose arguments these words are."""
    trace = Path("/run/trace")
    run_in_child(task, ["-y", "-o", str(trace), "-e", f"trace={call}"])
    lines = [line for line in trace.read_text(errors="replace").splitlines() if "(" in line]
    return [number for number, line in enumerate(lines, 1) if re.search(words, line)]


def _take() -> None:
    sh(_OTHERS)
    run("netns", name="red")
    run("netns_link", **_WAN)


def test_a_link_is_given_back_whole_or_not_yet(own_process: None) -> None:
    with private_host():
        sh(_OTHERS)
        run("netns", name="red")
        free = stable_snapshot()
        run("netns_link", **_WAN)
        numbers = _number_calls(_RETURN, "write", r"/proc/sys/net/ipv[46]/conf/eth1/")
    assert len(numbers) > 1
    for number in numbers:
        with private_host():
            _take()
            taken = stable_snapshot()
            outcome = run_with_fault(_RETURN, Fault("error", "write", number))
            if outcome != "changed":
                assert "could not be undone" not in outcome, outcome
                assert differences(taken, stable_snapshot()) == {}, outcome
                run(_RETURN[0], **_RETURN[1])
            assert differences(free, stable_snapshot()) == {}, (number, outcome)


@pytest.mark.parametrize("call", ["sendto", "openat", "setns"])
def test_a_killed_task_is_undone_when_there_is_room_again(own_process: None, call: str) -> None:
    with private_host():
        before = _kill_while_taking()
        numbers = _number_calls(_NO_CHANGE, call, r"\(")
        assert differences(before, stable_snapshot()) == {}
    failed = 0
    for number in numbers[:: max(1, len(numbers) // 8)]:
        with private_host():
            before = _kill_while_taking()
            outcome = run_with_fault(_NO_CHANGE, Fault("error", call, number))
            failed += outcome.startswith("Failed")
            run(_NO_CHANGE[0], **_NO_CHANGE[1])
            assert differences(before, stable_snapshot()) == {}, (number, outcome)
    assert failed


def _kill_while_taking() -> dict[str, object]:
    """The state before a task that was killed when it had taken a link."""
    sh(_OTHERS)
    run("netns", name="red")
    before = stable_snapshot()
    kill_before_change(4, "netns_link", {**_WAN, "addresses": ["10.4.0.1/24"], "mtu": 1400})
    assert differences(before, stable_snapshot()) != {}
    return before
