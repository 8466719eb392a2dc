# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The doctor and policy routing: rules, tables and routes that refuse packets."""

from __future__ import annotations

import errno
import os
import subprocess

import pytest

from support.doctor import diagnose_host, summaries
from support.shell import sh
from support.tasks import LAB, run


@pytest.mark.parametrize(
    ("refusing", "number"),
    [("blackhole", errno.EINVAL), ("prohibit", errno.EACCES), ("unreachable", errno.ENETUNREACH)],
)
def test_the_evidence_shows_the_error_of_the_kernel(host: None, refusing: str, number: int) -> None:
    run("topology", **LAB)
    sh(f"ip -n red rule add to 192.168.15.5 ipproto udp pref 100 {refusing}")
    [found] = diagnose_host(LAB)
    command, output_text = found.evidence.rsplit(": ", 1)
    assert (
        found.check == "send_refused"
        and output_text == os.strerror(number)
        and f"192.168.15.5/32 ... {refusing}" in found.message
    )
    seen = subprocess.run(command.split(), capture_output=True, text=True, check=False)
    assert seen.returncode and output_text in seen.stderr, seen


@pytest.mark.parametrize(
    "script",
    [
        "ip -n red rule add pref 40000 from all blackhole",
        "ip -n red rule add pref 100 to 10.0.0.0/8 blackhole",
        "ip rule add pref 100 fwmark 7 prohibit",
        (
            "ip rule add pref 100 from all lookup 100; "
            "ip route add 192.168.15.0/24 dev v-net-0 table 100"
        ),
        "ip -n red route add blackhole 192.168.15.77/32",
        "ip -n red route add blackhole 192.168.0.0/16; ip route add blackhole 192.168.15.5/32",
        (
            "ip -n red route add blackhole 192.168.15.0/29; "
            "ip -n red route add 192.168.15.0/30 dev veth-red; "
            "ip -n red route add 192.168.15.4/30 dev veth-red"
        ),
        "sysctl -qw net.ipv4.conf.all.arp_ignore=2",
        "ip netns exec red nft 'add table ip t; "
        "add chain ip t o { type filter hook output priority 0; }; "
        "add rule ip t o udp dport 9 drop'",
        (
            "sysctl -qw net.ipv4.conf.v-net-0.arp_ignore=1; "
            "ip -n red addr add 192.168.15.50/32 dev veth-red; "
            "ip addr add 192.168.15.50/32 dev lo"
        ),
        "ip -n red addr add 10.77.0.1/32 dev lo; ip addr add 10.77.0.1/32 dev lo",
        "tc qdisc add dev veth-red-br root tbf rate 64kbit burst 5kb limit 10kb",
    ],
)
def test_policy_rules_that_do_not_affect_the_lab_are_no_error(host: None, script: str) -> None:
    run("topology", **LAB)
    sh(script)
    for found in (diagnose_host(LAB), diagnose_host()):
        assert {finding.check for finding in found if finding.severity == "info"} == {
            finding.check for finding in found if finding.check != "not_declared"
        }, found


def test_a_routing_table_in_place_of_main_is_a_warning(host: None) -> None:
    run("topology", **LAB)
    sh(
        "ip rule add pref 200 lookup 100; ip route add 192.168.15.0/24 dev v-net-0 table "
        "100; ip rule del pref 32766"
    )
    assert summaries(diagnose_host(LAB)) == [("rule_missing", "warning", "table main")]


def test_a_declared_prohibit_route_is_no_finding(host: None) -> None:
    refusing = {"netns": "red", "destination": "192.168.15.2/32", "type": "blackhole"}
    lab = {**LAB, "netns_route": [*LAB["netns_route"], refusing]}
    run("topology", **lab)
    assert diagnose_host(lab) == []
    assert summaries(diagnose_host()) == [
        ("route_refuses", "info", "red/blackhole 192.168.15.2/32")
    ]
