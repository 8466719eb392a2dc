# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a killed run has changed of others is restored by the next run of any task."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._engine.linux_host import LinuxHost
from ansible_collections.redblue.netns.plugins.module_utils._host.state_directory import (
    path_of_journal,
)
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Failed

from support.failing_host import kill_before_change
from support.faults import stable_snapshot
from support.module_process import run_process
from support.shell import sh
from support.snapshot import differences, take_snapshot
from support.tasks import LAB, LAB_ABSENT, Raw, run

_OTHERS = """
ip link add eth0 type veth peer name far0; ip link add eth1 type veth peer name far1
for name in eth0 far0 eth1 far1; do ip link set dev $name up; done
ip addr add 192.0.2.2/24 dev eth0; ip addr add fd00:2::2/64 dev eth0 nodad
ip addr add 198.51.100.2/24 dev eth1 label eth1:a
ip route add default via 192.0.2.1; ip route add 10.79.0.0/16 via inet6 fe80::7 dev eth1
ip link add user type bridge; ip addr add 10.3.0.1/24 dev user; ip link set user up
ip link add other type bridge; ip link set far1 master user
ip route add 10.80.0.0/16 via 10.3.0.7 metric 7 mtu 1300
sysctl -qw net.ipv4.conf.eth1.rp_filter=2 net.ipv6.conf.eth1.forwarding=1
sysctl -qw net.ipv6.conf.eth0.accept_ra=1
"""
_RED: Raw = {"name": "red"}
_CHANGES: dict[str, tuple[str, Raw]] = {
    "addresses of a bridge": (
        "linux_bridge",
        {"name": "user", "addresses": ["10.3.0.2/24", "fd00:3::1/64"], "mtu": 1400},
    ),
    "settings of a bridge": ("linux_bridge", {"name": "user", "stp": True, "up": False}),
    "a stolen port": ("linux_bridge", {"name": "other", "ports": ["far1"], "steal": True}),
    "released ports": ("linux_bridge", {"name": "user", "ports": []}),
    "a physical link": (
        "netns_link",
        {
            "name": "wan",
            "device": "eth1",
            "netns": "red",
            "type": "physical",
            "force": True,
            "addresses": ["10.4.0.1/24"],
            "mtu": 1400,
            "mac": "02:00:00:00:00:44",
        },
    ),
    "NAT with IPv6": ("masquerade", {"source": "fd00:9::/64"}),
    "NAT": ("masquerade", {"source": "10.9.0.0/24"}),
}


def _journal() -> Path:
    host = LinuxHost()
    host.close()
    return Path(path_of_journal(host.handles.host_identity))


@pytest.mark.parametrize("change", _CHANGES)
def test_any_task_restores_what_a_killed_one_changed(host: None, change: str) -> None:
    sh(_OTHERS)
    run("netns", **_RED)
    module, raw = _CHANGES[change]
    steps = len(run(module, check=True, **raw)["actions"])
    before = stable_snapshot()
    for number in range(1, steps + 5):
        assert kill_before_change(number, module, raw) == -9
        assert _journal().exists()
        checked = run("netns", check=True, **_RED)
        assert "a task was killed while it changed " in str(checked["warnings"])
        run("netns", **_RED)
        assert not _journal().exists()
        # Our own rules are not of others.
        sh("nft delete table inet redblue_netns 2>/dev/null || :")
        sh("ip rule flush protocol 82; ip -6 rule flush protocol 82")
        left = differences(before, stable_snapshot())
        assert left == {}, (number, left)
        assert run("netns", **_RED)["warnings"] == []
    assert run(module, **raw)["changed"]
    assert not run(module, **raw)["changed"] and not _journal().exists()


def _kill_while_renumbering() -> None:
    module, raw = _CHANGES["addresses of a bridge"]
    assert kill_before_change(3, module, raw) == -9


def test_a_damaged_journal_is_refused_and_nothing_changed(host: None) -> None:
    sh(_OTHERS)
    _kill_while_renumbering()
    good = _journal().read_text(encoding="utf-8")
    before = take_snapshot()
    decoded = json.loads(good)
    for bad in (
        "",
        "[]",
        "null",
        "{",
        good[:-20],
        json.dumps({**decoded, "links": 5}),
        json.dumps({**decoded, "links": [{"netns": None}]}),
        json.dumps({**decoded, "raw": [{**decoded["raw"][0], "objects": [["no kind", "AAAA"]]}]}),
        json.dumps({**decoded, "raw": [{**decoded["raw"][0], "objects": [["route", "!"]]}]}),
        json.dumps({**decoded, "raw": [{**decoded["raw"][0], "objects": [["route", "AAAA"]]}]}),
        json.dumps({**decoded, "sysctls": [[None, "../../etc/passwd", "x"]]}),
        json.dumps({**decoded, "sysctls": [[None, "net/../../../tmp/x", "x"]]}),
    ):
        _journal().write_text(bad, encoding="utf-8")
        for check in (True, False):
            with pytest.raises(Failed, match="is damaged; remove it"):
                run("netns", check=check, **_RED)
        assert differences(before, take_snapshot()) == {}
    _journal().write_text(good, encoding="utf-8")
    assert "restored first" in str(run("netns", **_RED)["warnings"])


def test_a_journal_of_another_boot_or_host_is_not_played_back(host: None) -> None:
    sh(_OTHERS)
    _kill_while_renumbering()
    decoded = json.loads(_journal().read_text(encoding="utf-8"))
    before = take_snapshot()
    for number in range(len(decoded["host"])):
        other = [*decoded["host"]]
        other[number] = "x" if number == 0 else other[number] + 1
        _journal().write_text(json.dumps({**decoded, "host": other}), encoding="utf-8")
        _journal().chmod(0o600)
        assert run("netns", name="nothing", state="absent")["warnings"] == []
        assert not _journal().exists() and differences(before, take_snapshot()) == {}


@pytest.mark.parametrize("script", ["chown 1 $F", "chmod 666 $F", "ln $F /run/redblue-netns/x"])
def test_a_journal_that_others_can_write_is_refused(host: None, script: str) -> None:
    sh(_OTHERS)
    _kill_while_renumbering()
    before = take_snapshot()
    sh(script.replace("$F", str(_journal())))
    with pytest.raises(Failed, match="remove it"):
        run("netns", **_RED)
    assert differences(before, take_snapshot()) == {}


def test_what_belongs_to_another_link_of_the_name_is_left_alone(host: None) -> None:
    sh(_OTHERS)
    _kill_while_renumbering()
    sh("ip link del dev user; ip link add user type bridge; ip addr add 10.99.0.1/24 dev user")
    before = stable_snapshot()
    run("netns", name="nothing", state="absent")
    assert differences(before, stable_snapshot()) == {} and not _journal().exists()


def test_only_a_run_that_changes_what_others_made_has_a_journal(host: None, tmp_path: Path) -> None:
    bare: Raw = {**LAB, "masquerade": [], "dnat": []}
    program = (
        f"import sys; sys.path[:0] = {sys.path!r}; from support.tasks import run; "
        f"[run('topology', **raw) for raw in {[bare, {**bare, 'netns_route': []}, LAB_ABSENT]!r}]"
    )
    trace = tmp_path / "trace"
    command = [sys.executable, "-B", "-c", program]
    subprocess.run(["strace", "-o", trace, "-e", "trace=file", *command], check=True)
    lines = [line for line in trace.read_text(errors="replace").splitlines() if "journal-" in line]
    assert len(lines) == 3 and all("ENOENT" in line for line in lines), lines


def test_modules_that_change_nothing_warn_of_a_killed_task(host: None) -> None:
    sh(_OTHERS)
    _kill_while_renumbering()
    before = take_snapshot()
    for module in ("netns_info", "netns_doctor_info"):
        result, _log = run_process(module, {})
        assert str(_journal()) in str(result["warnings"]), module
    assert differences(before, take_snapshot()) == {} and _journal().exists()
