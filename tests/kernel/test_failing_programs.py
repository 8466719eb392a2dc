# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Programs that fail, are killed or are missing during a run."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

import pytest

from support import nat_lab
from support.faults import (
    outcome,
    replaced_program,
    stable_snapshot,
    strace_injecting,
)
from support.shell import sh
from support.snapshot import differences, take_snapshot
from support.tasks import LAB, Raw, run

FORWARDED: Raw = {
    **LAB,
    "netns": [*LAB["netns"], {"name": "green"}],
    "dnat": [{"destination_port": 82, "to_destination": "192.168.15.1:80"}],
    "purge": True,
}


# Bridges, addresses, routes, sysctls, rules and a namespace that this collection did not make.
FOREIGN = """
ip link add theirs type bridge && ip link add fixed address 02:00:00:00:00:42 type bridge
ip link add p type veth peer name q && ip link set p master theirs
ip addr add 192.0.2.2/24 dev q && ip link set q up && ip link set p up && ip link set theirs up
ip route add default via 192.0.2.9 metric 50
ip route add default via 192.0.2.8 metric 100
ip route add blackhole 10.8.0.0/16 table 7
sysctl -qw net.ipv4.conf.q.forwarding=1 net.ipv4.conf.fixed.rp_filter=2 net.ipv6.conf.q.accept_ra=2
nft 'table inet mine {
    chain forward { type filter hook forward priority 0; tcp dport 1 counter drop; };
}'
iptables -A FORWARD -p tcp --dport 5 -j DROP
ip netns add theirs && ip -n theirs link add theirs type bridge && ip -n theirs link set lo up
"""


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
        message = outcome("topology", **LAB)
    assert (
        "no room in the kernel" in message
        and "undone: " in message
        and "could not be undone" not in message
    )
    assert differences(before, take_snapshot()) == {}
    assert (
        outcome("topology", **LAB) == "changed"
        and outcome("topology", **LAB) == "nothing to do"
        and outcome("topology", **LAB, state="absent") == "changed"
    )


def test_rules_that_are_gone_when_their_removal_fails_are_put_back(
    host: None, tmp_path: Path
) -> None:
    run("topology", **{**LAB, "backend": "nftables"})
    before = stable_snapshot()
    moved = {**LAB, "backend": "iptables"}
    script = 'if [ "$*" = "-f -" ] && [ ! -e $real.x ]; then : >$real.x; $real -f -; exit 1; fi'
    with replaced_program("/usr/sbin/nft", script, tmp_path):
        assert "nft refused the rules" in outcome("topology", **moved)
    assert (tmp_path / "real.x").exists() and differences(before, stable_snapshot()) == {}
    assert [outcome("topology", **moved) for _run in range(2)] == ["changed", "nothing to do"]


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
        message = outcome("topology", **LAB)
        sh("umount /usr/sbin/nft /usr/sbin/iptables-save")
        again = outcome("topology", **LAB)
    assert (
        "package nftables" in message and "package iptables" in message and "undone" not in message
    )
    assert again == "changed" and not (tmp_path / "canary").exists()
    assert (
        outcome("topology", **LAB, state="absent") == "changed"
        and differences(before, take_snapshot()) == {}
    )


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
        before, message = take_snapshot(), outcome("topology", **LAB, backend="iptables")
        assert (
            message.startswith("Failed: ")
            and f"the lock of iptables, /run/xtables.lock, is taken (held by process {os.getpid()})"
            in message
        )
        assert differences(before, take_snapshot()) == {}
    assert [outcome("topology", **LAB, backend="iptables") for _run in range(2)] == [
        "changed",
        "nothing to do",
    ]
