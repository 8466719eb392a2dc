# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check mode, and a run without changes: the snapshot, the notifications and the system calls."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Refused

from support.monitors import no_notifications
from support.snapshot import differences, take_snapshot
from support.tasks import LAB, run

FORBIDDEN = ("RTM_NEW", "RTM_DEL", "RTM_SET", "NFNL_MSG_BATCH_BEGIN")


def test_the_monitors_report_a_change(host: None, tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="lab0"), no_notifications(tmp_path):
        run("linux_bridge", name="lab0")


@pytest.mark.parametrize("backend", ["nftables", "iptables"])
def test_check_mode_changes_nothing(host: None, tmp_path: Path, backend: str) -> None:
    before = take_snapshot()
    with no_notifications(tmp_path):
        assert run("topology", check=True, backend=backend, **LAB)["changed"]
    assert differences(before, take_snapshot()) == {}


def test_check_mode_of_a_removal_changes_nothing(host: None, tmp_path: Path) -> None:
    run("topology", **LAB)
    time.sleep(2)  # IPv6 notifications of a new link
    before = take_snapshot()
    with no_notifications(tmp_path):
        assert run("topology", check=True, name="lab", state="absent")["changed"]
        assert run("netns", check=True, name="red", state="absent")["changed"]
    assert differences(before, take_snapshot()) == {}


@pytest.mark.parametrize("backend", ["nftables", "iptables"])
def test_a_second_run_changes_nothing(host: None, tmp_path: Path, backend: str) -> None:
    run("topology", backend=backend, **LAB)
    time.sleep(2)
    before = take_snapshot()
    with no_notifications(tmp_path):
        for check in (True, False):
            assert not run("topology", check=check, backend=backend, **LAB)["changed"]
            assert not run("netns", check=check, name="red")["changed"]
            assert not run("linux_bridge", check=check, **LAB["linux_bridge"][0])["changed"]
            assert not run("veth", check=check, **LAB["veth"][0])["changed"]
            assert not run("netns_route", check=check, **LAB["netns_route"][0])["changed"]
            assert not run("masquerade", check=check, backend=backend, **LAB["masquerade"][0])[
                "changed"
            ]
            assert not run("dnat", check=check, backend=backend, **LAB["dnat"][0])["changed"]
    assert differences(before, take_snapshot()) == {}


def test_check_mode_makes_no_system_call_that_changes_the_host(host: None, tmp_path: Path) -> None:
    program = tmp_path / "check.py"
    program.write_text(
        f"import sys; sys.path[:0] = {sys.path!r}\nfrom support.tasks import LAB, run\n"
        f"run('topology', check=True, **LAB)\n"
    )
    log = tmp_path / "calls"
    calls = "trace=sendmsg,sendto,mount,umount2,unshare,unlink,rename,mkdir,openat"
    subprocess.run(
        ["strace", "-f", "-o", str(log), "-e", calls, sys.executable, "-B", str(program)],
        check=True,
    )
    lines = log.read_text().splitlines()
    assert any("RTM_GETROUTE" in line for line in lines)
    assert [line for line in lines if any(word in line for word in FORBIDDEN)] == []
    # The kernel binds a socket with its first request, which strace cannot name: it is a dump.
    unnamed = [line for line in lines if "NLMSG_???" in line]
    assert [line for line in unnamed if "nlmsg_flags=NLM_F_REQUEST|0x300," not in line] == []
    assert [
        line
        for line in lines
        if "CLONE_NEWNET" in line
        or " mount(" in line
        or " umount2(" in line
        or "unlink(" in line
        or "mkdir(" in line
    ] == []
    assert [
        line
        for line in lines
        if "O_CREAT" in line or "O_WRONLY" in line or "O_RDWR" in line and "/dev/null" not in line
    ] == []


def test_check_mode_assumes_what_an_earlier_task_would_add(host: None) -> None:
    result = run("veth", check=True, **LAB["veth"][0])
    assert result["changed"]
    assert result["actions"][:2] == [
        "assume namespace red, which does not exist yet, for veth veth-red",
        (
            "assume interface v-net-0 on the host, which does not exist yet, for interface "
            "veth-red-br on the host"
        ),
    ]
    assert run("netns_route", check=True, **LAB["netns_route"][0])["changed"]


NEW: dict[str, Any] = {"name": "lab", "netns": [{"name": "red"}, {"name": "blue"}]}
CABLE = {
    "name": "eth0",
    "netns": "red",
    "addresses": ["10.0.0.1/24"],
    "peer": {"name": "eth0", "netns": "blue", "addresses": ["10.0.0.2/24", "10.5.0.1/24"]},
}


@pytest.mark.parametrize(
    ("lists", "message"),
    [
        (
            {
                "netns_route": [
                    {"netns": "red", "destination": "10.5.0.0/24", "gateway": "10.0.0.2"},
                    {"netns": "red", "destination": "default", "gateway": "10.5.0.1"},
                ]
            },
            "gateway: '10.5.0.1': cannot be reached from namespace red",
        ),
        (
            {"netns_route": [{"netns": "red", "destination": "10.9.0.0/24", "device": "eth1"}]},
            "device: 'eth1': there is no such interface in namespace red",
        ),
        (
            {
                "netns_route": [
                    {
                        "netns": "red",
                        "destination": "default",
                        "gateway": "10.0.0.2",
                        "source": "10.0.0.7",
                    }
                ]
            },
            "source: '10.0.0.7': is not an address of namespace red",
        ),
        (
            {"masquerade": [{"netns": "red", "source": "10.5.0.0/24", "out_interface": "eth1"}]},
            "out_interface: 'eth1': there is no such interface in namespace red",
        ),
    ],
)
def test_check_mode_assumes_nothing_in_a_namespace_that_it_creates(
    host: None, lists: dict[str, Any], message: str
) -> None:
    for check in (True, False):
        with pytest.raises(Refused, match=message):
            run("topology", check, **NEW, veth=[CABLE], **lists)
