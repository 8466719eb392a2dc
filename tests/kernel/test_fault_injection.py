# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Faults during a run: system calls that fail, programs that are killed, locks that are held."""

from __future__ import annotations

import json
import os
from typing import Any

import pytest

from support.failing_host import fail_at_change
from support.faults import (
    FAULTY_CALL,
    outcome,
    outcomes_of_processes,
    stable_snapshot,
    start_process,
    strace_injecting,
)
from support.info import gather_info
from support.shell import sh
from support.snapshot import differences, take_snapshot
from support.tasks import LAB, Raw, run

EMPTY: Raw = {"name": "lab"}
BARE: Raw = {
    "isolate": False,
    **{key: value for key, value in LAB.items() if key not in ("masquerade", "dnat")},
}  # This needs no program.
BARE_ABSENT: Raw = {**BARE, "state": "absent"}
CHANGED: Raw = {
    **BARE,
    "purge": True,
    "netns": [*BARE["netns"], {"name": "green"}],
    "linux_bridge": [
        {"name": "v-net-0", "addresses": ["192.168.15.6/24", "fd00:15::5/64"], "mtu": 1400}
    ],
    "veth": [BARE["veth"][0], {**BARE["veth"][1], "mtu": 1300}],
    "netns_route": [{"netns": "blue", "destination": "10.9.0.0/16", "gateway": "192.168.15.1"}],
}


@pytest.mark.parametrize(
    "around",
    [
        *map(
            strace_injecting,
            (
                "unshare:error=ENOSPC",
                "unshare:error=EPERM:when=2",
                "mount:error=EPERM",
                "mount:error=ENOSPC:when=2",
            ),
        ),
        ["setpriv", "--bounding-set", "-net_admin"],
    ],
    ids=lambda around: around[-1],
)
def test_a_namespace_that_cannot_be_created_leaves_no_file(host: None, around: list[str]) -> None:
    before = take_snapshot()
    # A topology would fail earlier, when it reads the rules.
    [message] = (
        outcomes_of_processes("netns", [{"name": "red"}], *around)
        if "-net_admin" in around
        else outcomes_of_processes("topology", [BARE], *around)
    )
    assert (
        message.startswith("Failed: create namespace ")
        and ("No space left" if "ENOSPC" in around[-1] else "not permitted") in message
    )
    assert "could not be undone" not in message and differences(before, take_snapshot()) == {}


def test_a_stale_file_of_a_killed_run_is_replaced(host: None) -> None:
    assert outcomes_of_processes(
        "netns", [{"name": "red"}], *strace_injecting("unshare:signal=KILL")
    ) == [""] and os.path.exists("/run/netns/red")
    result = run("netns", name="red")
    assert (
        result["changed"]
        and "a crash left behind" in str(result["warnings"])
        and not run("netns", name="red")["changed"]
    )


@pytest.mark.parametrize(
    ("fault", "numbers", "raw", "first"),
    [
        ("sendto:error=EPERM", range(6, 36, 3), LAB, EMPTY),
        ("sendto:error=ENOBUFS", range(7, 36, 3), LAB, EMPTY),
        ("recvfrom:error=ENOBUFS", range(9, 76, 4), LAB, EMPTY),
        ("descriptors", range(7, 13), BARE, EMPTY),
        ("descriptors", range(13, 19), LAB, EMPTY),
        ("sendto:error=ENOBUFS", range(15, 40, 2), CHANGED, BARE),
        ("recvfrom:error=ENOBUFS", range(35, 70, 2), CHANGED, BARE),
        ("sendto:error=ENOBUFS", range(15, 28), BARE_ABSENT, BARE),
        ("recvfrom:error=ENOBUFS", range(35, 50, 2), BARE_ABSENT, BARE),
        ("descriptors", range(10, 14), CHANGED, BARE),
        # And if the host cannot be observed.
        ("descriptors", range(4, 7), BARE, EMPTY),
        ("sendto:error=ENOBUFS", range(1, 5, 2), BARE, EMPTY),
        ("recvfrom:error=ENOBUFS", range(1, 7, 3), BARE, EMPTY),
    ],
)
def test_a_run_with_a_failing_system_call_converges_or_is_rolled_back(
    host: None, fault: str, numbers: range, raw: Raw, first: Raw
) -> None:
    around = strace_injecting(f"{fault}:when={FAULTY_CALL}") if "error" in fault else []
    report = json.loads(
        start_process(
            f"report_faults({fault.split(':')[0]!r}, {list(numbers)!r}, {raw!r}, {first!r})",
            *around,
        ).communicate()[0]
    )
    right: list[list[Any]] = [[{}], ["nothing to do", True]]
    wrong = {
        number: it
        for number, it in report.items()
        if it[1:] != right[it[0] == "changed"] or "could not be undone" in it[0]
    }
    kinds = {message.split(":")[0] for message, *_wrong in report.values()}
    assert (
        wrong == {}
        and len(report) == len(numbers)
        and "Failed" in kinds
        and kinds <= {"Failed", "Refused", "changed"}
    )


@pytest.mark.parametrize(
    ("module", "raw"),
    [
        ("netns_route", {"destination": "10.9.0.0/16", "type": "blackhole"}),
        ("veth", {"name": "one", "peer": {"name": "two"}}),
        ("linux_bridge", {"name": "br0"}),
        ("masquerade", {"source": "10.9.0.0/24"}),
    ],
)
def test_observing_a_missing_namespace_does_not_create_it(
    host: None, module: str, raw: Raw
) -> None:
    before = take_snapshot()
    outcome(module, check=True, **raw, netns="typo")
    outcome(module, state="absent", **raw, netns="typo")
    gather_info(netns=["typo"])
    assert (
        "typo" in outcome(module, **raw, netns="typo")
        and differences(before, take_snapshot()) == {}
    )


@pytest.mark.parametrize(
    "script", ["chown 1:1 /run/netns; chmod 755 /run/netns", "mount -o remount,ro /run/netns"]
)
def test_a_namespace_whose_file_cannot_be_deleted_is_kept(host: None, script: str) -> None:
    run("topology", **BARE)
    sh(script)
    before = stable_snapshot()
    for module, raw in (("netns", {"name": "red", "state": "absent"}), ("topology", BARE_ABSENT)):
        [message] = outcomes_of_processes(
            module, [raw], "setpriv", "--bounding-set", "-dac_override,-dac_read_search"
        )
        assert message.startswith("Refused: ") and "no write access to /run/netns" in message
        assert differences(before, stable_snapshot()) == {}
    green = {"name": "lab", "linux_bridge": [{"name": "br9"}], "netns": [{"name": "green"}]}
    [message] = outcomes_of_processes(
        "topology", [green], "setpriv", "--bounding-set", "-dac_override,-dac_read_search"
    )
    assert (
        message.startswith("Refused: name: 'green': ")
        and outcome("topology", **BARE) == "nothing to do"
        and differences(before, stable_snapshot()) == {}
    )


def test_fifty_namespaces_are_created_together_or_not_at_all(host: None) -> None:
    names = [{"name": f"n{number}"} for number in range(50)]
    before = take_snapshot()
    assert "netns[49].name: 'a b'" in outcome(
        "topology", name="lab", netns=[*names[:49], {"name": "a b"}]
    )
    assert differences(before, take_snapshot()) == {}
    assert "File exists" in fail_at_change(0, "touch /run/netns/n30", name="lab", netns=names)
    sh("rm /run/netns/n30")
    assert differences(before, take_snapshot()) == {}


@pytest.mark.parametrize("ports", [0, 1])
def test_a_rollback_restores_the_mac_of_a_foreign_bridge(host: None, ports: int) -> None:
    sh(
        (
            "ip link add theirs type bridge && ip link add p address fe:ff:ff:ff:ff:fe type "
            "veth peer name q"
        )
        + " && ip link set p master theirs" * ports
    )
    before = take_snapshot()
    veth = {
        "name": "veth-red",
        "netns": "red",
        "peer": {"name": "veth-red-br", "bridge": "theirs", "mac": "02:00:00:00:00:01"},
    }
    route = {"netns": "red", "destination": "10.9.0.0/16", "type": "blackhole"}
    message = fail_at_change(
        3,
        "ip -n red route add blackhole 10.9.0.0/16",
        name="lab",
        netns=[{"name": "red"}],
        veth=[veth],
        netns_route=[route],
    )
    assert (
        "File exists" in message
        and "could not be undone" not in message
        and differences(before, take_snapshot()) == {}
    )


def test_a_read_only_sysctl_is_named(host: None) -> None:
    red = {"name": "red", "sysctls": {"net.ipv4.conf.all.rp_filter": 2}}
    assert outcome("netns", **red) == outcome("topology", **LAB) == "changed"
    before = take_snapshot()
    sh("mount --bind /proc/sys /proc/sys && mount -o remount,ro,bind /proc/sys")
    try:
        assert (
            outcome("netns", **red) == "nothing to do"
            and outcome("topology", **LAB) == "nothing to do"
        )
        message = outcome("netns", name="red", sysctls={"net.ipv4.conf.all.rp_filter": 1})
        assert (
            message.startswith("Refused: ")
            and "net.ipv4.conf.all.rp_filter" in message
            and "Read-only" in message
        )
        message = outcome("linux_bridge", name="br1")
        assert message.startswith("Failed: ") and "accept_ra" in message and "Read-only" in message
    finally:
        sh("umount /proc/sys")
    assert differences(before, take_snapshot()) == {}
