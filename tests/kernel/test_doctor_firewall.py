# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Other packet filters beside a lab: only those that drop its traffic, as pings show, are an
error.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from support.doctor import DOCKER_COMMANDS, UNCLEAR, check_severities, diagnose_host
from support.firewall_rules import (
    ESTABLISHED,
    NET,
    iptables_commands,
    nft_table,
    script_in_netns,
)
from support.nat_lab import set_bridge_filtering
from support.pings import OUTSIDE, RED_TO_BLUE, ping, reaches
from support.shell import sh
from support.tasks import LAB, run

Ping = tuple[str, str]


DEAD: dict[str, tuple[str, str, Ping]] = {
    "in a namespace": (
        script_in_netns("blue", iptables_commands(f"-A INPUT -s {NET} -j DROP")),
        f"chain INPUT of table filter (iptables) in namespace blue: -A INPUT -s {NET} -j DROP",
        RED_TO_BLUE,
    ),
    "a neighbour": (
        script_in_netns("blue", iptables_commands("-A INPUT -s 192.168.15.1 -j DROP")),
        "chain INPUT of table filter (iptables) in namespace blue",
        RED_TO_BLUE,
    ),
    "in a namespace by nft": (
        script_in_netns("blue", nft_table(f"ip saddr {NET} drop", hook="input")),
        f"chain c of table inet t (nft) in namespace blue: ip saddr {NET} drop # handle ",
        RED_TO_BLUE,
    ),
    "before anything is tracked": (
        script_in_netns("blue", nft_table("drop", hook="prerouting", family="ip")),
        "chain c of table ip t (nft) in namespace blue: drop",
        RED_TO_BLUE,
    ),
    "what is sent": (
        script_in_netns("red", nft_table("ip daddr 192.168.15.2 drop", hook="output")),
        "chain c of table inet t (nft) in namespace red: ip daddr 192.168.15.2 drop",
        RED_TO_BLUE,
    ),
    "ARP of a namespace": (
        script_in_netns(
            "blue", "ping -c1 192.168.15.5\n" + nft_table("drop", hook="input", family="arp")
        )
        + "\nip -n red neigh flush all",
        "chain c of table arp t (nft) in namespace blue: drop",
        RED_TO_BLUE,
    ),
    "at a link": (
        script_in_netns(
            "blue",
            (
                "nft -f - <<'END'\ntable netdev t {\nchain c {\n"
                "type filter hook ingress device veth-blue priority 0\n"
                "meta protocol ip drop\n}\n}\nEND"
            ),
        ),
        "chain c of table netdev t (nft) in namespace blue",
        RED_TO_BLUE,
    ),
    "a map": (
        nft_table('iifname vmap { "v-net-0" : drop }'),
        'chain c of table inet t (nft): iifname vmap { "v-net-0" : drop } # handle ',
        OUTSIDE,
    ),
    "a named map": (
        nft_table(
            "iifname vmap @links",
            more='map links {\ntype ifname : verdict\nelements = { "v-net-0" : drop }\n}',
        ),
        "chain c of table inet t (nft): iifname vmap @links # handle ",
        OUTSIDE,
    ),
    "a set": (
        nft_table(
            "ip saddr @inner drop",
            more=f"set inner {{\ntype ipv4_addr\nflags interval\nelements = {{ {NET} }}\n}}",
        ),
        "chain c of table inet t (nft): ip saddr @inner drop",
        OUTSIDE,
    ),
    "a set in the rule": (
        nft_table("ip saddr { 192.168.15.1, 192.168.15.4 } counter drop"),
        "chain c of table inet t (nft): ip saddr { 192.168.15.1, 192.168.15.4 } drop # handle ",
        OUTSIDE,
    ),
    "a chain behind": (
        iptables_commands("-N x", "-A FORWARD -i v-net-0 -j x", "-A x -j DROP"),
        "chain x of table filter (iptables): -A x -j DROP",
        OUTSIDE,
    ),
    "a chain for good": (
        iptables_commands("-N x", "-A FORWARD -i v-net-0 -g x", "-A x -j DROP"),
        "chain x of table filter (iptables): -A x -j DROP",
        OUTSIDE,
    ),
    "a chain that sends others back": (
        iptables_commands("-N x", "-A FORWARD -j x", "-A x -i eth9 -j RETURN", "-A x -j REJECT"),
        "chain x of table filter (iptables): -A x -j REJECT",
        OUTSIDE,
    ),
    "answers only": (
        iptables_commands("-A FORWARD -i v-net-0 -j ACCEPT", "-P FORWARD DROP"),
        "chain FORWARD of table filter (iptables)",
        OUTSIDE,
    ),
    "nothing may begin": (
        iptables_commands(f"-A FORWARD {ESTABLISHED}", "-P FORWARD DROP"),
        "chain FORWARD of table filter (iptables)",
        OUTSIDE,
    ),
    "accepted too late": (
        iptables_commands(f"-A FORWARD -s {NET} -j DROP", f"-A FORWARD -s {NET} -j ACCEPT"),
        f"chain FORWARD of table filter (iptables): -A FORWARD -s {NET} -j DROP",
        OUTSIDE,
    ),
    "another accepted": (
        iptables_commands(
            "-A FORWARD -s 192.168.15.2 -j ACCEPT", "-A FORWARD -s 192.168.15.1 -j DROP"
        ),
        "chain FORWARD of table filter (iptables): -A FORWARD -s 192.168.15.1",
        OUTSIDE,
    ),
    "everybody's pings": (
        iptables_commands(
            "-P FORWARD DROP", "-A FORWARD -p icmp --icmp-type time-exceeded -j ACCEPT"
        ),
        "chain FORWARD of table filter (iptables)",
        OUTSIDE,
    ),
    "others accepted": (
        iptables_commands(
            "-P FORWARD DROP",
            "-A FORWARD -i lo -j ACCEPT",
            "-A FORWARD -s 10.0.0.0/8 -j ACCEPT",
            "-A FORWARD -o eth9 -j ACCEPT",
        ),
        "chain FORWARD of table filter (iptables)",
        OUTSIDE,
    ),
    "ARP of a bridge": (
        iptables_commands("-A FORWARD -p ARP -j DROP", program="ebtables-nft")
        + "\nip -n red neigh flush all; ip -n blue neigh flush all",
        "chain FORWARD of table bridge filter (nft): ether type arp drop # handle ",
        RED_TO_BLUE,
    ),
    "a port of a bridge": (
        nft_table("iifname veth-red-br counter drop", family="bridge"),
        'chain c of table bridge t (nft): iifname "veth-red-br" drop # handle ',
        RED_TO_BLUE,
    ),
}


@pytest.mark.parametrize("fault", DEAD)
def test_rules_that_drop_the_traffic_of_the_lab_are_the_first_finding(
    routed: None, fault: str
) -> None:
    script, subject, dead = DEAD[fault]
    sh(script)
    assert not ping(*dead)
    for found in (diagnose_host(LAB), diagnose_host()):
        assert (found[0].check, found[0].severity, found[0].subject[: len(subject)]) == (
            "filter_drop",
            "error",
            subject,
        ), found
        assert found[0].subject.partition(": ")[2] in found[0].message


def test_counters_are_not_part_of_the_rule_in_a_finding(routed: None) -> None:
    sh(
        nft_table(
            "oifname v-net-0 counter packets 1 bytes 2 drop",
            "ip saddr { 192.168.15.1, 192.168.15.2 } counter drop",
        )
    )
    before = [(finding.check, finding.subject, finding.message) for finding in diagnose_host()]
    assert not ping(*OUTSIDE)
    assert [
        (finding.check, finding.subject, finding.message) for finding in diagnose_host()
    ] == before
    assert not [
        text
        for finding in before
        for text in finding
        if "{'" in text or '{"' in text or "counter" in text
    ]


def test_rules_that_may_match_the_lab_are_reported_as_unclear(routed: None) -> None:
    """Whether packets have a mark or a content is unknown, so the finding says that the lab
    may be affected. Whether a ping is lost is seen.
    """
    for rule in ("-m mark --mark 7", "-p tcp --dport 25", "-p icmp"):
        sh(iptables_commands(f"-A FORWARD {rule} -j DROP"))
        lost = {("packets_filtered", "warning")} if rule == "-p icmp" else set()
        assert check_severities() == UNCLEAR | lost
        sh(iptables_commands("-F FORWARD"))
    sh(iptables_commands("-A FORWARD -m mark --mark 7 -j DROP"))
    sh(iptables_commands("-A FORWARD -i v-net-0 -p tcp --dport 25 -j DROP"))
    assert check_severities() == {*UNCLEAR, ("filter_drop", "warning")}


SWITCH: dict[str, Any] = {
    **{name: LAB[name] for name in ("name", "netns", "linux_bridge", "veth")},
    "isolate": False,
}


@pytest.mark.parametrize("gateway", [False, True])
def test_a_lab_without_a_gateway_needs_no_forwarding(host: None, gateway: bool) -> None:
    """Docker enables forwarding and drops forwarded traffic; a lab within one segment is not
    affected.
    """
    sh(DOCKER_COMMANDS)
    set_bridge_filtering(0)
    lab = {**SWITCH, "netns_route": LAB["netns_route"][:1]} if gateway else SWITCH
    run("topology", **lab)
    assert reaches(*RED_TO_BLUE)
    expected = [("filter_drop", "error")] if gateway else []
    assert (
        [(finding.check, finding.severity) for finding in diagnose_host(lab)]
        == expected
        == [(finding.check, finding.severity) for finding in diagnose_host()]
    )


def test_each_lab_is_evaluated_by_itself(host: None) -> None:
    """A rule that accepts the traffic of one lab does not hide that another is dropped."""
    text = json.dumps({**LAB, "dnat": []})
    for finding, other in (
        ("168.15.", "168.16."),
        ("fd00:15:", "fd00:16:"),
        ("v-net-0", "v-net-1"),
        ('"lab"', '"second"'),
        ("red", "pink"),
        ("blue", "grey"),
    ):
        text = text.replace(finding, other)
    run("topology", **LAB)
    run("topology", **json.loads(text))
    sh(
        iptables_commands(
            "-P FORWARD DROP", "-A FORWARD -i v-net-0 -j ACCEPT", "-A FORWARD -o v-net-0 -j ACCEPT"
        )
    )
    assert [(finding.check, finding.severity) for finding in diagnose_host()] == [
        ("filter_drop", "error")
    ]
    sh(iptables_commands("-A FORWARD -i v-net-1 -j ACCEPT", "-A FORWARD -o v-net-1 -j ACCEPT"))
    assert diagnose_host() == []


def test_a_rule_that_changes_few_packets_explains_no_loss(host: None) -> None:
    run("topology", **LAB)
    few = nft_table("limit rate 1/hour burst 1 packets ip ttl set 1", hook="output", family="ip")
    sh(script_in_netns("red", few))
    sh("ip netns exec blue sysctl -qw net.ipv4.icmp_echo_ignore_all=1")
    assert {finding.check for finding in diagnose_host()} == {"echo_ignored"}
