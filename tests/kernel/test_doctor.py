# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The doctor names the cause of a fault first, and has no finding on a healthy lab."""

from __future__ import annotations

import pytest

from support.doctor import DOCKER_COMMANDS, diagnose_host
from support.doctor_faults import BROKEN
from support.shell import sh
from support.tasks import LAB, run


def test_a_healthy_lab_has_no_finding(host: None) -> None:
    run("topology", **LAB)
    assert diagnose_host(LAB) == []
    assert diagnose_host() == []


def test_a_healthy_lab_beside_docker_has_no_finding(host: None) -> None:
    sh(DOCKER_COMMANDS)
    run("topology", **LAB, integrate=["docker"])
    assert diagnose_host({**LAB, "integrate": ["docker"]}) == []
    assert diagnose_host() == []


BY_HAND = """
sysctl -qw net.ipv6.conf.default.disable_ipv6=1 net.ipv4.ip_forward=1
ip link add v-net-0 type bridge; ip link set v-net-0 up; ip addr add 192.168.15.5/24 dev v-net-0
for name in red blue; do
  ip netns add $name; ip -n $name link set lo up
  ip link add veth-$name type veth peer name veth-$name-br
  ip link set veth-$name netns $name; ip link set veth-$name-br master v-net-0 up
  ip -n $name link set veth-$name up
done
ip -n red addr add 192.168.15.1/24 dev veth-red; ip -n blue addr add 192.168.15.2/24 dev veth-blue
ip -n red route add default via 192.168.15.5; ip -n blue route add default via 192.168.15.5
iptables-nft -t nat -A POSTROUTING -s 192.168.15.0/24 -j MASQUERADE
"""


def test_a_lab_made_by_other_tools_is_diagnosed_too(host: None) -> None:
    """Made by the commands of the walkthrough; its faults are found as well."""
    sh(BY_HAND)
    assert diagnose_host() == []
    sh("iptables-nft -P FORWARD DROP")
    assert [(finding.check, finding.severity) for finding in diagnose_host()] == [
        ("filter_drop", "error")
    ]
    sh("iptables-nft -A FORWARD -i v-net-0 -j ACCEPT; iptables-nft -A FORWARD -o v-net-0 -j ACCEPT")
    assert diagnose_host() == []
    sh("iptables-nft -P FORWARD ACCEPT; iptables-nft -I FORWARD -i v-net-0 -o eth9 -j DROP")
    assert [(finding.check, finding.severity) for finding in diagnose_host()] == [
        ("filter_drop", "warning")
    ]
    sh("sysctl -qw net.ipv4.ip_forward=0")
    assert [(finding.check, finding.severity) for finding in diagnose_host()] == [
        ("forwarding_off", "error")
    ]


EVIDENCE_PROGRAMS = (
    "ip",
    "ip6tables",
    "iptables",
    "iptables-legacy",
    "bridge",
    "tc",
    "nft",
    "sysctl",
    "ls",
)
"""Programs whose output is the evidence of a finding."""


@pytest.mark.parametrize("fault", BROKEN)
def test_the_cause_of_a_fault_is_the_first_finding(host: None, fault: str) -> None:
    run("topology", **LAB)
    script, check, subject = BROKEN[fault]
    sh(script)
    found = diagnose_host(LAB)
    assert (found[0].check, found[0].subject[: len(subject)]) == (check, subject), found
    assert (
        found[0].message and found[0].evidence.split()[0] in EVIDENCE_PROGRAMS and found[0].remedy
    )
