# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules of this collection that drop the lab's own packets since something else was changed.

Packets are lost, the first error names the cause, and its remedy works when it is pasted.
"""

from __future__ import annotations

import subprocess

import pytest

from support.doctor import UNCLEAR, diagnose_host
from support.flows import flow_lab
from support.nat_lab import HAS_BRIDGE_FILTER, set_bridge_filtering
from support.pings import ping, reaches
from support.shell import ip, sh
from support.tasks import run

bridged = pytest.mark.skipif(not HAS_BRIDGE_FILTER, reason="this kernel has no br_netfilter")
BACKENDS = ("nftables", "iptables")
INSIDE = (("red", "10.15.0.2"), ("red", "fd00:15::2"))
OUTSIDE = (("red", "192.0.2.99"), ("red", "fd00:2::99"))
RESTORE_MARKS = "-t mangle -A PREROUTING -j CONNMARK --restore-mark"

A_BRIDGE_JOINS = """
ip link add br9 type bridge; ip link set br9 up
ip link add j0 type veth peer j1; ip link set j0 master br15 up; ip link set j1 master br9 up
ip link set p-blue master br9
"""
THE_ADDRESS_MOVES = """
ip link add h0 type veth peer h1; ip link set h1 master br15 up; ip link set h0 up
ip addr flush dev br15
ip addr add 10.15.0.254/24 dev h0; ip addr add fd00:15::fe/64 dev h0 nodad
"""
RENAMED = """
ip link set br15 down; ip link set br15 name brX; ip link set brX up
ip addr add fd00:15::fe/64 dev brX nodad
"""
MARKS_OF_OTHERS = """
nft add table inet x
nft 'add chain inet x c { type filter hook prerouting priority 2000; }'
nft add rule inet x c meta mark set ct mark
"""
FAULTS = [
    pytest.param(A_BRIDGE_JOINS, INSIDE, BACKENDS, "isolation_outdated", "br9", marks=bridged),
    (THE_ADDRESS_MOVES, (("red", "10.15.0.254"),), BACKENDS, "isolation_outdated", "h0"),
    (RENAMED, OUTSIDE, BACKENDS, "rule_link_missing", "br15"),
    (
        "sysctl -qw net.ipv4.conf.br15.src_valid_mark=0",
        OUTSIDE[:1],
        BACKENDS,
        "guard_outdated",
        "br15",
    ),
    (
        f"iptables {RESTORE_MARKS}; ip6tables {RESTORE_MARKS}",
        OUTSIDE,
        ("iptables",),
        "mark_cleared",
        "chain PREROUTING of table mangle (iptables)",
    ),
    (MARKS_OF_OTHERS, OUTSIDE, BACKENDS, "mark_cleared", "chain c of table inet x (nft)"),
]


def forget_neighbours() -> None:
    for netns in ("", "-n red", "-n blue"):
        sh(f"ip {netns} neigh flush all")


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(("fault", "pairs", "backends", "check", "subject"), FAULTS)
def test_the_cause_is_named_and_the_remedy_works(
    lan: None,
    backend: str,
    fault: str,
    pairs: tuple[tuple[str, str], ...],
    backends: tuple[str, ...],
    check: str,
    subject: str,
) -> None:
    if backend not in backends:
        pytest.skip(f"no fault with {backend}")
    if HAS_BRIDGE_FILTER:
        set_bridge_filtering(1)
    ip("route add default via 192.0.2.99\nroute add default via fd00:2::99")
    run("topology", **flow_lab("lab", 15, ("red", "blue"), backend))
    assert {(found.check, found.severity) for found in diagnose_host()} <= UNCLEAR
    sh(fault)
    forget_neighbours()
    assert not any(ping(*pair) for pair in pairs)
    found = [finding for finding in diagnose_host() if finding.severity == "error"]
    assert (found[-1].check, found[-1].subject) == (check, subject) or (
        (found[0].check, found[0].subject) == (check, subject)
    )
    for finding in found:
        if finding.check == check:
            subprocess.run(["bash", "-euc", finding.remedy], check=True)
    forget_neighbours()
    assert all(reaches(*pair) for pair in pairs)
    assert check not in {finding.check for finding in diagnose_host()}


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_network_behind_the_lab_by_a_route_of_later(lan: None, backend: str) -> None:
    run("topology", **flow_lab("lab", 15, ("red", "blue"), backend))
    ip("addr add 10.99.0.7/32 dev lo\nlink set lo up", "-n", "red")
    ip("route add 10.99.0.0/16 via 10.15.0.1")
    from_there = ("red", "192.0.2.2", "-I", "10.99.0.7")
    assert ping(*from_there) == (backend == "nftables")
    [finding] = [found for found in diagnose_host() if found.check == "isolation_outdated"]
    assert finding.subject == "br15"
    assert finding.severity == ("warning" if backend == "nftables" else "error")
    subprocess.run(["bash", "-euc", finding.remedy], check=True)
    assert reaches(*from_there)
    assert not [found for found in diagnose_host() if found.check == "isolation_outdated"]


def test_marks_of_others_are_told(lan: None) -> None:
    run("topology", **flow_lab("lab", 15, ("red", "blue"), "auto"))
    sh("iptables -t mangle -A PREROUTING -i eth0 -j MARK --set-mark 7")
    [finding] = diagnose_host()
    assert (finding.check, finding.severity) == ("guard_bypassed", "info")
    assert "-i eth0 -j MARK --set-xmark 0x7/0xffffffff" in finding.message


def test_a_guard_that_would_let_packets_through_is_a_warning(lan: None) -> None:
    run("topology", **flow_lab("lab", 15, ("red", "blue"), "auto"))
    sh("sysctl -qw net.ipv4.conf.br15.rp_filter=0")
    [finding] = [found for found in diagnose_host() if found.check == "guard_outdated"]
    assert finding.severity == "warning"
    sh(finding.remedy)
    assert not run("topology", **flow_lab("lab", 15, ("red", "blue"), "auto"))["changed"]
