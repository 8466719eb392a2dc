# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Faults during a run: system calls that fail, programs that are killed, locks that are held."""

from __future__ import annotations

import fcntl
import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

from support import nat_lab
from support.failing_host import fail_at_change
from support.faults import (
    FAULTY_CALL,
    outcome,
    outcomes_of_processes,
    replaced_program,
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
GONE: Raw = {**BARE, "state": "absent"}
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
FORWARDED: Raw = {
    **LAB,
    "netns": [*LAB["netns"], {"name": "green"}],
    "dnat": [{"destination_port": 82, "to_destination": "192.168.15.1:80"}],
    "purge": True,
}
# Bridges, addresses, routes, sysctls, rules and a namespace that this collection did not make.
FOREIGN = """
ip link add theirs type bridge && ip link add fixed address 02:00:00:00:00:42 type bridge && ip link add p type veth peer name q && ip link set p master theirs
ip addr add 192.0.2.2/24 dev q && ip link set q up && ip link set p up && ip link set theirs up
ip route add default via 192.0.2.9 metric 50 && ip route add default via 192.0.2.8 metric 100 && ip route add blackhole 10.8.0.0/16 table 7
sysctl -qw net.ipv4.conf.q.forwarding=1 net.ipv4.conf.fixed.rp_filter=2 net.ipv6.conf.q.accept_ra=2
nft 'table inet mine { chain forward { type filter hook forward priority 0; tcp dport 1 counter drop; }; }' && iptables -A FORWARD -p tcp --dport 5 -j DROP
ip netns add theirs && ip -n theirs link add theirs type bridge && ip -n theirs link set lo up
"""


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
    [words] = (
        outcomes_of_processes("netns", [{"name": "red"}], *around)
        if "-net_admin" in around
        else outcomes_of_processes("topology", [BARE], *around)
    )
    assert (
        words.startswith("Failed: create namespace ")
        and ("No space left" if "ENOSPC" in around[-1] else "not permitted") in words
    )
    assert "could not be undone" not in words and differences(before, take_snapshot()) == {}


def test_a_stale_file_of_a_killed_run_is_replaced(host: None) -> None:
    assert outcomes_of_processes(
        "netns", [{"name": "red"}], *strace_injecting("unshare:signal=KILL")
    ) == [""] and os.path.exists("/run/netns/red")
    result = run("netns", name="red")
    assert (
        result["changed"]
        and "a crash had left behind" in str(result["warnings"])
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
        ("sendto:error=ENOBUFS", range(15, 28), GONE, BARE),
        ("recvfrom:error=ENOBUFS", range(35, 50, 2), GONE, BARE),
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
    told = json.loads(
        start_process(
            f"report_faults({fault.split(':')[0]!r}, {list(numbers)!r}, {raw!r}, {first!r})",
            *around,
        ).communicate()[0]
    )
    right: list[list[Any]] = [[{}], ["nothing to do", True]]
    wrong = {
        number: it
        for number, it in told.items()
        if it[1:] != right[it[0] == "changed"] or "could not be undone" in it[0]
    }
    kinds = {words.split(":")[0] for words, *_wrong in told.values()}
    assert (
        wrong == {}
        and len(told) == len(numbers)
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
    for module, raw in (("netns", {"name": "red", "state": "absent"}), ("topology", GONE)):
        [words] = outcomes_of_processes(
            module, [raw], "setpriv", "--bounding-set", "-dac_override,-dac_read_search"
        )
        assert words.startswith("Refused: ") and "no write access to /run/netns" in words
        assert differences(before, stable_snapshot()) == {}
    green = {"name": "lab", "linux_bridge": [{"name": "br9"}], "netns": [{"name": "green"}]}
    [words] = outcomes_of_processes(
        "topology", [green], "setpriv", "--bounding-set", "-dac_override,-dac_read_search"
    )
    assert (
        words.startswith("Refused: name: 'green': ")
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


def _listed() -> list[str]:
    """Return our table, sorted: a set that was deleted and added again is last."""
    return sorted(sh("nft list table inet redblue_netns").splitlines())


@pytest.mark.parametrize(
    "inject", ["sendmsg:signal=KILL", "recvmsg:signal=KILL:when=3", "exit_group:signal=KILL"]
)
@pytest.mark.parametrize("always", [False, True], ids=["once", "always"])
def test_rules_are_the_old_or_the_new_ones_if_nft_is_killed(
    host: None, inject: str, always: bool, tmp_path: Path
) -> None:
    run("topology", **LAB)
    before, old = stable_snapshot(), _listed()
    # Once: the rollback is not disturbed. A kill at the very end comes after the kernel has taken
    # the rules.
    script = (
        f'if [ "$*" = "-f -" ] && [ ! -e $real.x ]; '
        f"then {'' if always else ': >$real.x;'} exec {' '.join(strace_injecting(inject))} "
        f'$real "$@"; fi'
    )
    with replaced_program("/usr/sbin/nft", script, tmp_path):
        assert "nft was killed by signal 9" in outcome("topology", **FORWARDED)
    found, left = _listed(), {} if always else differences(before, stable_snapshot())
    assert [outcome("topology", **FORWARDED) for _run in range(2)] == ["changed", "nothing to do"]
    assert found in (old, _listed()) and left == {}


def test_the_error_of_a_program_is_quoted_and_the_run_is_rolled_back(
    host: None, tmp_path: Path
) -> None:
    sh(FOREIGN)
    before = take_snapshot()
    with replaced_program(
        "/usr/sbin/nft",
        'if [ "$1" = -f ]; then echo "no room in the kernel" >&2; exit 1; fi',
        tmp_path,
    ):
        words = outcome("topology", **LAB)
    assert (
        "no room in the kernel" in words
        and "undone: " in words
        and "could not be undone" not in words
    )
    assert differences(before, take_snapshot()) == {}
    assert (
        outcome("topology", **LAB) == "changed"
        and outcome("topology", **LAB) == "nothing to do"
        and outcome("topology", **LAB, state="absent") == "changed"
    )


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
    words = fail_at_change(
        3,
        "ip -n red route add blackhole 10.9.0.0/16",
        name="lab",
        netns=[{"name": "red"}],
        veth=[veth],
        netns_route=[route],
    )
    assert (
        "File exists" in words
        and "could not be undone" not in words
        and differences(before, take_snapshot()) == {}
    )


def test_a_missing_program_is_named_and_path_is_not_searched(
    host: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sh(
        f"cd {tmp_path} && printf '#!/bin/sh\\ntouch {tmp_path}/canary\\n' | "
        f"tee nft iptables-save && chmod 777 nft iptables-save"
    )
    before = take_snapshot()
    sh("mount --bind /dev/null /usr/sbin/nft && mount --bind /dev/null /usr/sbin/iptables-save")
    with monkeypatch.context() as patch:
        patch.chdir(tmp_path)
        patch.setenv("PATH", f".:{tmp_path}:{os.environ['PATH']}")
        words = outcome("topology", **LAB)
        sh("umount /usr/sbin/nft /usr/sbin/iptables-save")
        again = outcome("topology", **LAB)
    assert "package nftables" in words and "package iptables" in words and "undone" not in words
    assert again == "changed" and not (tmp_path / "canary").exists()
    assert (
        outcome("topology", **LAB, state="absent") == "changed"
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
        words = outcome("netns", name="red", sysctls={"net.ipv4.conf.all.rp_filter": 1})
        assert (
            words.startswith("Failed: ")
            and "net.ipv4.conf.all.rp_filter" in words
            and "Read-only" in words
        )
        words = outcome("linux_bridge", name="br1")
        assert words.startswith("Failed: ") and "accept_ra" in words and "Read-only" in words
    finally:
        sh("umount /proc/sys")
    assert differences(before, take_snapshot()) == {}


def test_concurrent_runs_keep_the_rules_of_each_other(host: None) -> None:
    text = re.sub(
        r"red|blue|v-net-|(?<=\.)15(?=\.)|(?<=fd00:)15|lab",
        lambda word: word[0].strip("015") + "@",
        json.dumps(LAB),
    ).replace('": 81', '": "81"')
    labs = [
        json.loads(text.replace("@", str(number)).replace('_port": "', f'_port": "{number}'))
        for number in range(16, 20)
    ]
    assert outcomes_of_processes("topology", labs) == ["changed"] * 4
    rules = sh("nft list table inet redblue_netns")
    assert all(
        f"192.168.{number}.2" in rules and f"fd00:{number}::2" in rules for number in range(16, 20)
    )
    assert [outcome("topology", **lab) for lab in labs] == ["nothing to do"] * 4


def test_the_first_namespaces_of_a_host_share_one_mount(host: None) -> None:
    sh("umount /run/netns")
    names = [f"n{number}" for number in range(8)]
    try:
        assert outcomes_of_processes("netns", [{"name": name} for name in names]) == ["changed"] * 8
        mounts = sh("cut -d' ' -f5 /proc/self/mountinfo").split()
        assert mounts.count("/run/netns") == 1 and sorted(os.listdir("/run/netns")) == names
        assert [outcome("netns", name=name) for name in names] == ["nothing to do"] * 8
    finally:
        sh("ip -all netns delete")


def test_a_failed_run_leaves_no_mount(host: None) -> None:
    sh("umount /run/netns")
    before = sh("cut -d' ' -f5- /proc/self/mountinfo")
    try:
        assert outcomes_of_processes(
            "netns", [{"name": "red", "sysctls": {"net.ipv4.conf.all.rp_filter": 5000000000}}]
        )[0].startswith("Failed: ")
        assert (
            sh("cut -d' ' -f5- /proc/self/mountinfo") == before and os.listdir("/run/netns") == []
        )
    finally:
        sh("mount -t tmpfs tmpfs /run/netns")  # the mount that every test has


def test_the_lock_of_iptables_legacy_is_respected(
    host: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open("/run/xtables.lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert [outcome("topology", **LAB, backend="iptables") for _run in range(2)] == [
            "changed",
            "nothing to do",
        ]
        run("topology", **LAB, state="absent")
    nat_lab.use_iptables_legacy(tmp_path, monkeypatch)
    with open("/run/xtables.lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        before, words = take_snapshot(), outcome("topology", **LAB, backend="iptables")
        assert (
            words.startswith("Failed: ")
            and f"the lock of iptables, /run/xtables.lock, is taken (held by process {os.getpid()})"
            in words
        )
        assert differences(before, take_snapshot()) == {}
    assert [outcome("topology", **LAB, backend="iptables") for _run in range(2)] == [
        "changed",
        "nothing to do",
    ]
