# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Other packet filters that accept the traffic of a lab, as pings show: no error is found."""

from __future__ import annotations

import pytest

from support.doctor import UNCLEAR, check_severities, diagnose_host
from support.firewall_rules import (
    ESTABLISHED,
    NET,
    NET6,
    iptables_commands,
    nft_table,
    script_in_netns,
)
from support.pings import BLUE_TO_RED, OUTSIDE, RED_TO_BLUE, reaches
from support.shell import sh
from support.tasks import LAB

BEGUN = {("filter_drop", "info")}
"""New connections from outside to the lab's port 80 are dropped, replies are not."""


HEALTHY: dict[str, tuple[str, set[tuple[str, str]]]] = {
    "a network accepted": (
        iptables_commands(
            "-P FORWARD DROP", f"-A FORWARD {ESTABLISHED}", f"-A FORWARD -s {NET} -j ACCEPT"
        ),
        BEGUN,
    ),
    "what answers accepted": (
        iptables_commands(
            f"-A FORWARD -o v-net-0 {ESTABLISHED}",
            "-A FORWARD -i v-net-0 -j ACCEPT",
            "-A FORWARD -o v-net-0 -j DROP",
        ),
        BEGUN,
    ),
    "what answers accepted by nft": (
        nft_table(
            "oifname v-net-0 ct state established,related accept",
            "iifname v-net-0 accept",
            "oifname v-net-0 counter drop",
        ),
        BEGUN,
    ),
    "both ways accepted before all is rejected": (
        iptables_commands(
            f"-A FORWARD -s {NET} -j ACCEPT",
            f"-A FORWARD -d {NET} -j ACCEPT",
            "-A FORWARD -j REJECT",
        ),
        set(),
    ),
    "wildcards": (
        iptables_commands(
            "-P FORWARD DROP", "-A FORWARD -i v-net-+ -j ACCEPT", "-A FORWARD -o v-net-+ -j ACCEPT"
        ),
        set(),
    ),
    "wildcards of nft": (
        nft_table('iifname "v-net-*" accept', 'oifname "v-net-*" accept', policy="drop"),
        set(),
    ),
    "everything accepted": (iptables_commands("-P FORWARD DROP", "-A FORWARD -j ACCEPT"), set()),
    "networks accepted by nft": (
        nft_table(
            "ct state established,related accept",
            f"ip saddr {NET} accept",
            f"ip6 saddr {NET6} accept",
            policy="drop",
        ),
        BEGUN,
    ),
    "a set of networks": (
        nft_table(
            "ct state vmap { established : accept, related : accept, invalid : drop }",
            "ip saddr @inner accept",
            f"ip6 saddr {NET6} accept",
            policy="drop",
            more=(
                f"set inner {{\ntype ipv4_addr\nflags interval\n"
                f"elements = {{ 10.0.0.0/8, {NET} }}\n}}"
            ),
        ),
        BEGUN,
    ),
    "a map of links": (
        nft_table(
            'iifname vmap { "v-net-0" : accept, "eth9" : drop }',
            "oifname v-net-0 accept",
            policy="drop",
        ),
        set(),
    ),
    "in a chain behind": (
        iptables_commands(
            "-P FORWARD DROP",
            "-N labs",
            f"-A FORWARD {ESTABLISHED}",
            "-A FORWARD -i v-net-0 -g labs",
            "-A labs -d 10.0.0.0/8 -j REJECT",
            "-A labs -j ACCEPT",
        ),
        {*BEGUN, ("filter_drop", "warning")},
    ),
    "only what leaves": (
        iptables_commands(
            "-P FORWARD DROP",
            "-A FORWARD -i v-net-0 -o v-net-0 -j ACCEPT",
            "-A FORWARD -i v-net-0 -o eth0 -j ACCEPT",
            f"-A FORWARD -o v-net-0 {ESTABLISHED}",
        ),
        BEGUN,
    ),
    "a part by protocol": (
        iptables_commands(
            "-P FORWARD DROP",
            f"-A FORWARD {ESTABLISHED}",
            "-A FORWARD -i v-net-0 -p icmp -j ACCEPT",
            "-A FORWARD -i v-net-0 -p tcp --dport 443 -j ACCEPT",
        ),
        UNCLEAR,
    ),
    "a drop of other traffic": (
        iptables_commands(
            "-A FORWARD -i eth9 -j DROP",
            "-A FORWARD -o eth9 -j DROP",
            "-A FORWARD -s 10.0.0.0/8 -j DROP",
        ),
        set(),
    ),
    "an empty set": (
        nft_table("ip saddr @inner drop", more="set inner {\ntype ipv4_addr\n}"),
        set(),
    ),
    "the name of a port instead of its bridge": (nft_table("iifname veth-red-br drop"), set()),
    "sent back to who asked": (
        iptables_commands(
            "-N x",
            "-A FORWARD -j x",
            "-A x -i v-net-0 -j RETURN",
            "-A x -o v-net-0 -j RETURN",
            "-A x -j DROP",
        ),
        set(),
    ),
    "what is no connection": (
        iptables_commands("-A FORWARD -m conntrack --ctstate INVALID -j DROP"),
        set(),
    ),
    "a namespace with a firewall of nft": (
        script_in_netns(
            "blue",
            nft_table(
                "ct state established,related accept",
                "iif lo accept",
                "meta l4proto { icmp, ipv6-icmp } accept",
                "tcp dport 80 accept",
                hook="input",
                policy="drop",
            ),
        ),
        UNCLEAR,
    ),
    "a namespace with a firewall of iptables": (
        script_in_netns(
            "blue",
            iptables_commands(
                "-P INPUT DROP",
                f"-A INPUT {ESTABLISHED}",
                "-A INPUT -i lo -j ACCEPT",
                "-A INPUT -p icmp -j ACCEPT",
                "-A INPUT -p tcp --dport 80 -j ACCEPT",
            ),
        ),
        UNCLEAR,
    ),
    "a namespace that lets its neighbours in": (
        script_in_netns(
            "blue",
            iptables_commands(
                "-P INPUT DROP", f"-A INPUT -s {NET} -j ACCEPT", f"-A INPUT {ESTABLISHED}"
            ),
        ),
        set(),
    ),
    "frames of one who is not there": (
        nft_table("ether type arp accept", "ip saddr 10.0.0.0/8 drop", family="bridge"),
        set(),
    ),
    "a host with a firewall": (
        iptables_commands("-P INPUT DROP", f"-A INPUT {ESTABLISHED}", "-A INPUT -p icmp -j ACCEPT"),
        set(),
    ),
}


@pytest.mark.parametrize("fault", HEALTHY)
def test_rules_that_accept_the_traffic_of_the_lab_are_no_error(routed: None, fault: str) -> None:
    script, expected = HEALTHY[fault]
    sh(script)
    assert check_severities() == expected, diagnose_host(LAB)
    assert all(reaches(*finding) for finding in (RED_TO_BLUE, BLUE_TO_RED, OUTSIDE))
