# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The command redblue-netns watch hears what differs, reports it, and restores it if it is to."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from support.lab_processes import ask, assert_nothing_is_left, list_servers, web
from support.patience import await_equal, patience
from support.persistence import call, locked_host, persist, snapshot_files, start, write_lab_file
from support.pings import reaches
from support.shell import output, sh
from support.tasks import LAB, LAB_ABSENT, Raw, run
from support.watch import watched

LAB_FILE = "/etc/redblue-netns/lab.json"
WATCHED_LAB: Raw = {
    **LAB,
    "netns": [{"name": "red", "nameservers": ["192.0.2.53"]}, LAB["netns"][1]],
    "hosts": True,
}
CHANGES = {
    "ip -n red link set veth-red down": "veth-red in namespace red: set up",
    "ip -n red addr del 192.168.15.1/24 dev veth-red": "add address 192.168.15.1/24",
    "ip addr del fd00:15::5/64 dev v-net-0": "add address fd00:15::5/64 of v-net-0",
    "ip -n blue -6 route del default": "add route default via fd00:15::5",
    "nft flush ruleset": "write the rules on the host anew",
    "sysctl -qw net.ipv4.ip_forward=1; sysctl -qw net.ipv4.ip_forward=0": "forwarding = 2",
    "sysctl -qw net.ipv4.conf.v-net-0.src_valid_mark=0": "src_valid_mark",
    "rm /etc/netns/red/resolv.conf": "resolv",
    "rm /etc/netns/blue/hosts": "add /etc/netns/blue/hosts",
    "ip netns delete red": "create namespace red",
    "ip link delete v-net-0": "create bridge v-net-0",
}
"""What others do, and what is reported for it."""


def _persist(facts: dict[str, Any], watch: str, **lab: Any) -> None:
    run("topology", **{**WATCHED_LAB, **lab, "persist": {"watch": watch}}, _controller=facts)


def test_what_differs_is_restored(controller_facts: dict[str, Any]) -> None:
    _persist(controller_facts, "restore")
    with watched("lab") as watch:
        for change, expected in CHANGES.items():
            lines: list[str] = []
            sh(change)
            while not any(expected in line for line in lines if "lab: restored" in line):
                lines += watch.read_until("lab: restored")
            assert any(expected in line for line in lines if "lab: differs" in line)
        assert await_equal(lambda: call("check").returncode, 0) == 0
    assert reaches("red", "192.168.15.2")


def test_a_process_that_has_ended_is_started_again(
    controller_facts: dict[str, Any], no_logs: None
) -> None:
    _persist(controller_facts, "restore", processes=[web()])
    with watched("lab") as watch:
        for _round in range(2):
            os.kill(min(list_servers()), signal.SIGKILL)
            line = watch.read_until("lab: restored")[-1]
            assert "start process web in namespace blue anew: it has ended" in line
            assert ask("192.168.15.2") == "none"
        # The process that watches a topology does not keep what it ends from being let go.
        run(
            "topology",
            **{**WATCHED_LAB, "purge": True, "persist": {"watch": "restore"}},
            _controller=controller_facts,
        )
        sh("ip -n red route del default")
        lines = watch.read_until("lab: restored")
        assert not any("process" in line for line in lines)
    assert_nothing_is_left()


def test_a_process_that_has_ended_is_reported(
    controller_facts: dict[str, Any], no_logs: None
) -> None:
    _persist(controller_facts, "report", processes=[web()])
    with watched("lab") as watch:
        os.kill(min(list_servers()), signal.SIGKILL)
        (line,) = watch.read_until("lab: differs")
        assert "start process web in namespace blue anew: it has ended" in line
        assert call("apply", "lab").returncode == 0
        assert "as declared" in watch.read_line()
    run("topology", **LAB_ABSENT)
    assert_nothing_is_left()


def test_rules_of_iptables_are_restored(controller_facts: dict[str, Any]) -> None:
    _persist(controller_facts, "restore", backend="iptables")
    with watched("lab") as watch:
        sh("iptables -t nat -F")
        watch.read_until("restored")
        assert await_equal(lambda: call("check").returncode, 0) == 0


def test_what_differs_is_reported_once_until_it_is_as_declared(
    controller_facts: dict[str, Any],
) -> None:
    _persist(controller_facts, "report")
    with watched("lab", "--json") as watch:
        sh("ip -n blue -4 route del default")
        (line,) = watch.read_until("add route default via 192.168.15.5 in namespace blue")
        assert json.loads(line)["event"] == "differs" and json.loads(line)["name"] == "lab"
        sh("ip -n red route del default")
        (line,) = watch.read_until("add route default via 192.168.15.5 in namespace red")
        assert call("apply", "lab").returncode == 0
        assert "as declared" in watch.read_line()


def test_what_others_have_is_not_reported(controller_facts: dict[str, Any]) -> None:
    _persist(controller_facts, "report", masquerade=[], dnat=[])
    with watched("lab") as watch:
        sh(
            "ip netns add theirs; ip link add br9 type bridge; ip link set br9 up; "
            "ip address add 10.77.0.1/24 dev br9; ip route add 10.78.0.0/24 via 10.77.0.2; "
            "ip rule add from 10.77.0.0/24 lookup 77; nft add table inet theirs; "
            "ip -n red link add dummy-br type bridge; ip netns delete theirs"
        )
        assert call("check").returncode == 0
        sh("ip -n red route del default")
        (line,) = watch.read_until("lab: differs")
        assert "in namespace red" in line


@pytest.mark.parametrize("mode", ["report", "restore"])
def test_what_a_task_changes_is_no_difference(controller_facts: dict[str, Any], mode: str) -> None:
    _persist(controller_facts, "report")
    more = {"name": "extra", "addresses": ["10.66.0.1/24"]}
    with watched("lab") as watch:
        _persist(controller_facts, mode, linux_bridge=[*LAB["linux_bridge"], more])
        sh("ip address del 10.66.0.1/24 dev extra")
        lines = watch.read_until("lab: differs")
        assert "extra" in lines[-1]
        # The service follows the file.
        assert lines[:-1] == (
            ["lab: is watched, and what differs is restored"] if mode == "restore" else []
        )
        if mode == "restore":
            watch.read_until("restored")


def test_a_topology_that_is_removed_is_not_restored(controller_facts: dict[str, Any]) -> None:
    _persist(controller_facts, "restore")
    with watched("lab") as watch:
        with locked_host():
            sh("ip netns delete red")
            waiting = start("apply", "lab")
            with pytest.raises(subprocess.TimeoutExpired):
                waiting.wait(1.5)
            # The namespace has ended: its name is gone, and nothing of the service is in it.
            assert await_equal(lambda: "veth-red-br" in output("ip", "link"), False) is False
            Path(LAB_FILE).unlink()
        assert "not persistent any more" in watch.read_line() and watch.read_line() == ""
        assert watch.process.wait(patience(60)) == 0
        assert waiting.wait(patience(60)) == 2 and "file" in waiting.communicate()[1]
    assert "red" not in output("ip", "netns", "list")


def test_it_ends_with_the_topology(controller_facts: dict[str, Any]) -> None:
    _persist(controller_facts, "restore")
    with watched("lab") as watch:
        run("topology", **LAB_ABSENT)
        assert "not persistent any more" in watch.read_line()
        assert watch.process.wait(patience(60)) == 0
    assert output("ip", "netns", "list") == "" and snapshot_files() == {}
    assert "v-net-0" not in output("ip", "link") and output("nft", "list", "ruleset") == ""


def test_a_fight_is_given_up(controller_facts: dict[str, Any]) -> None:
    _persist(controller_facts, "restore")
    script = "while sleep 0.8; do ip -n red route del default 2>/dev/null; done"
    with subprocess.Popen(["sh", "-c", script]) as other:
        try:
            with watched("lab") as watch:
                lines = watch.read_until("gives up")
                assert "add route default via 192.168.15.5 in namespace red (5 times" in lines[-1]
                assert watch.process.wait(patience(60)) == 1
        finally:
            other.kill()


def test_while_nothing_happens_it_costs_nearly_nothing(
    controller_facts: dict[str, Any], tmp_path: Path
) -> None:
    _persist(controller_facts, "restore")
    log = tmp_path / "calls"
    with watched("lab") as watch:
        sh("ip -n red route del default")
        watch.read_until("restored")
        trace = ["strace", "-f", "-qq", "-o", str(log), "-p", str(watch.process.pid)]
        with subprocess.Popen(trace) as strace:
            found: list[list[list[str]]] = [[]]

            def is_quiet() -> bool:
                found[0] = _read_looks(log)
                return len(found[0]) > 2

            try:
                # On a busy machine it takes longer until nothing has happened for three seconds.
                assert any(await_equal(is_quiet, True) for _attempt in range(6))
            finally:
                strace.terminate()
    for calls in found[0][1:-1]:
        assert set(calls) <= {"pread64", "newfstatat", "stat"}
        assert len(calls) <= 40


def _read_looks(log: Path) -> list[list[str]]:
    """The system calls after each second in which nothing happened, without all before them."""
    looks: list[list[str]] = []
    text = log.read_text("utf-8") if log.exists() else ""
    for line in text.split("\n")[:-1]:  # without a line that is not complete
        call = line.split(" ", 1)[1].strip().partition("(")[0]
        if call == "epoll_wait" and line.endswith(" = 0"):
            looks.append([])
        elif call == "epoll_wait" or "unfinished" in line or "resumed" in line:
            looks.clear()
        elif looks:
            looks[-1].append(call)
    return looks


@pytest.mark.parametrize("seconds", [0, 0.6])
def test_one_that_is_killed_leaves_nothing(
    controller_facts: dict[str, Any], seconds: float
) -> None:
    _persist(controller_facts, "restore")
    with watched("lab") as watch:
        sh("ip netns delete red")
        time.sleep(seconds)
        assert watch.end(signal.SIGKILL) == -signal.SIGKILL
    assert call("apply", "lab").returncode == 0
    assert call("check").stdout == "lab: as declared\n"
    run("topology", **LAB_ABSENT)
    assert output("ip", "netns", "list") == "" and "v-net-0" not in output("ip", "link")


def test_a_damaged_file_is_an_error_until_it_is_mended(controller_facts: dict[str, Any]) -> None:
    _persist(controller_facts, "restore")
    content = Path(LAB_FILE).read_text("utf-8")
    with watched("lab") as watch:
        write_lab_file("lab", {**json.loads(content), "watch": "mend"})
        assert "is damaged" in watch.read_line()
        write_lab_file("lab", content)
        assert watch.read_line() == "lab: as declared"


def test_a_replaced_command_takes_over(controller_facts: dict[str, Any]) -> None:
    _persist(controller_facts, "restore")
    with watched("lab") as watch:
        content = Path(controller_facts["runner"]).read_bytes() + b" "
        Path(controller_facts["runner"]).write_bytes(content)
        newer = {"version": "1.0.1", "sha256": hashlib.sha256(content).hexdigest()}
        _persist({**controller_facts, **newer}, "restore")
        assert "was replaced" in watch.read_line()
        assert watch.process.wait(patience(60)) == 0


def test_what_a_link_is_called_does_not_control_the_terminal(
    controller_facts: dict[str, Any],
) -> None:
    persist(controller_facts, name="lab", linux_bridge=[{"name": "br0", "ports": []}])
    with watched("lab") as watch:
        sh("ip link add name $'p\\e[31m' master br0 type bridge 2>/dev/null || "
           "ip link add name $'p\\e[31m' type veth peer name far; "
           "ip link set dev $'p\\e[31m' master br0")  # fmt: skip
        line = watch.read_line()
        assert "differs" in line and line.isprintable()
