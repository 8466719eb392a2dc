# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Other packet filters beside a lab: only those that drop its traffic, as pings show, are an
error.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from support.doctor import DOCKER_COMMANDS, diagnose_host
from support.nat_lab import set_bridge_filtering
from support.pings import ping, reaches
from support.shell import sh
from support.tasks import LAB, run

NET, NET6, FAR = "192.168.15.0/24", "fd00:15::/64", "192.0.2.99"
ESTABLISHED = "-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT"
RED_TO_BLUE, BLUE_TO_RED, OUTSIDE = ("red", "192.168.15.2"), ("blue", "192.168.15.1"), ("red", FAR)

Ping = tuple[str, str]


def iptables(*rules: str, program: str = "iptables-nft") -> str:
    return "\n".join(f"{program} {rule}" for rule in rules)


def nft(
    *rules: str, hook: str = "forward", family: str = "inet", policy: str = "accept", more: str = ""
) -> str:
    """A table with one chain, and other content."""
    chain = (
        f"chain c {{\ntype filter hook {hook} priority 0; policy {policy}\n"
        + "\n".join(rules)
        + "\n}"
    )
    return f"nft -f - <<'END'\ntable {family} t {{\n{more}\n{chain}\n}}\nEND"


def within(netns: str, script: str) -> str:
    """Run each line in that namespace."""
    return f"ip netns exec {netns} bash -euc \"$(cat <<'SCRIPT'\n{script}\nSCRIPT\n)\""


def told() -> set[tuple[str, str]]:
    """Return (check, severity) of the findings, which are the same with and without a topology."""
    found = {(one.check, one.severity) for one in diagnose_host(LAB)}
    assert found == {(one.check, one.severity) for one in diagnose_host()}
    return found


@pytest.fixture
def routed(lan: None) -> None:
    """The lab, and a LAN behind a router."""
    sh(f"ip route add default via {FAR}")
    run("topology", **LAB)
    set_bridge_filtering(1)
    assert all(reaches(*way) for way in (RED_TO_BLUE, BLUE_TO_RED, OUTSIDE))


BEGUN = {("filter_drop", "info")}
"""New connections from outside to the lab's port 80 are dropped, replies are not."""
UNCLEAR = {("filter_unclear", "info")}

HEALTHY: dict[str, tuple[str, set[tuple[str, str]]]] = {
    "a network accepted": (
        iptables("-P FORWARD DROP", f"-A FORWARD {ESTABLISHED}", f"-A FORWARD -s {NET} -j ACCEPT"),
        BEGUN,
    ),
    "what answers accepted": (
        iptables(
            f"-A FORWARD -o v-net-0 {ESTABLISHED}",
            "-A FORWARD -i v-net-0 -j ACCEPT",
            "-A FORWARD -o v-net-0 -j DROP",
        ),
        BEGUN,
    ),
    "what answers accepted by nft": (
        nft(
            "oifname v-net-0 ct state established,related accept",
            "iifname v-net-0 accept",
            "oifname v-net-0 counter drop",
        ),
        BEGUN,
    ),
    "both ways accepted before all is rejected": (
        iptables(
            f"-A FORWARD -s {NET} -j ACCEPT",
            f"-A FORWARD -d {NET} -j ACCEPT",
            "-A FORWARD -j REJECT",
        ),
        set(),
    ),
    "wildcards": (
        iptables(
            "-P FORWARD DROP", "-A FORWARD -i v-net-+ -j ACCEPT", "-A FORWARD -o v-net-+ -j ACCEPT"
        ),
        set(),
    ),
    "wildcards of nft": (
        nft('iifname "v-net-*" accept', 'oifname "v-net-*" accept', policy="drop"),
        set(),
    ),
    "everything accepted": (iptables("-P FORWARD DROP", "-A FORWARD -j ACCEPT"), set()),
    "networks accepted by nft": (
        nft(
            "ct state established,related accept",
            f"ip saddr {NET} accept",
            f"ip6 saddr {NET6} accept",
            policy="drop",
        ),
        BEGUN,
    ),
    "a set of networks": (
        nft(
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
        nft(
            'iifname vmap { "v-net-0" : accept, "eth9" : drop }',
            "oifname v-net-0 accept",
            policy="drop",
        ),
        set(),
    ),
    "in a chain behind": (
        iptables(
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
        iptables(
            "-P FORWARD DROP",
            "-A FORWARD -i v-net-0 -o v-net-0 -j ACCEPT",
            "-A FORWARD -i v-net-0 -o eth0 -j ACCEPT",
            f"-A FORWARD -o v-net-0 {ESTABLISHED}",
        ),
        BEGUN,
    ),
    "a part by protocol": (
        iptables(
            "-P FORWARD DROP",
            f"-A FORWARD {ESTABLISHED}",
            "-A FORWARD -i v-net-0 -p icmp -j ACCEPT",
            "-A FORWARD -i v-net-0 -p tcp --dport 443 -j ACCEPT",
        ),
        UNCLEAR,
    ),
    "a drop for somebody else": (
        iptables(
            "-A FORWARD -i eth9 -j DROP",
            "-A FORWARD -o eth9 -j DROP",
            "-A FORWARD -s 10.0.0.0/8 -j DROP",
        ),
        set(),
    ),
    "nobody in a set": (nft("ip saddr @inner drop", more="set inner {\ntype ipv4_addr\n}"), set()),
    "a port's name where only bridges have one": (nft("iifname veth-red-br drop"), set()),
    "sent back to who asked": (
        iptables(
            "-N x",
            "-A FORWARD -j x",
            "-A x -i v-net-0 -j RETURN",
            "-A x -o v-net-0 -j RETURN",
            "-A x -j DROP",
        ),
        set(),
    ),
    "what is no connection": (iptables("-A FORWARD -m conntrack --ctstate INVALID -j DROP"), set()),
    "a namespace with a firewall of nft": (
        within(
            "blue",
            nft(
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
        within(
            "blue",
            iptables(
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
        within(
            "blue",
            iptables("-P INPUT DROP", f"-A INPUT -s {NET} -j ACCEPT", f"-A INPUT {ESTABLISHED}"),
        ),
        set(),
    ),
    "frames of one who is not there": (
        nft("ether type arp accept", "ip saddr 10.0.0.0/8 drop", family="bridge"),
        set(),
    ),
    "a host with a firewall": (
        iptables("-P INPUT DROP", f"-A INPUT {ESTABLISHED}", "-A INPUT -p icmp -j ACCEPT"),
        set(),
    ),
}


@pytest.mark.parametrize("way", HEALTHY)
def test_rules_that_accept_the_traffic_of_the_lab_are_no_error(routed: None, way: str) -> None:
    script, expected = HEALTHY[way]
    sh(script)
    assert told() == expected, diagnose_host(LAB)
    assert all(reaches(*one) for one in (RED_TO_BLUE, BLUE_TO_RED, OUTSIDE))


DEAD: dict[str, tuple[str, str, Ping]] = {
    "in a namespace": (
        within("blue", iptables(f"-A INPUT -s {NET} -j DROP")),
        f"chain INPUT of table filter (iptables) in namespace blue: -A INPUT -s {NET} -j DROP",
        RED_TO_BLUE,
    ),
    "a neighbour": (
        within("blue", iptables("-A INPUT -s 192.168.15.1 -j DROP")),
        "chain INPUT of table filter (iptables) in namespace blue",
        RED_TO_BLUE,
    ),
    "in a namespace by nft": (
        within("blue", nft(f"ip saddr {NET} drop", hook="input")),
        f"chain c of table inet t (nft) in namespace blue: ip saddr {NET} drop # handle ",
        RED_TO_BLUE,
    ),
    "before anything is tracked": (
        within("blue", nft("drop", hook="prerouting", family="ip")),
        "chain c of table ip t (nft) in namespace blue: drop",
        RED_TO_BLUE,
    ),
    "what is sent": (
        within("red", nft("ip daddr 192.168.15.2 drop", hook="output")),
        "chain c of table inet t (nft) in namespace red: ip daddr 192.168.15.2 drop",
        RED_TO_BLUE,
    ),
    "ARP of a namespace": (
        within("blue", "ping -c1 192.168.15.5\n" + nft("drop", hook="input", family="arp"))
        + "\nip -n red neigh flush all",
        "chain c of table arp t (nft) in namespace blue: drop",
        RED_TO_BLUE,
    ),
    "at a link": (
        within(
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
        nft('iifname vmap { "v-net-0" : drop }'),
        'chain c of table inet t (nft): iifname vmap { "v-net-0" : drop } # handle ',
        OUTSIDE,
    ),
    "a named map": (
        nft(
            "iifname vmap @links",
            more='map links {\ntype ifname : verdict\nelements = { "v-net-0" : drop }\n}',
        ),
        "chain c of table inet t (nft): iifname vmap @links # handle ",
        OUTSIDE,
    ),
    "a set": (
        nft(
            "ip saddr @inner drop",
            more=f"set inner {{\ntype ipv4_addr\nflags interval\nelements = {{ {NET} }}\n}}",
        ),
        "chain c of table inet t (nft): ip saddr @inner drop",
        OUTSIDE,
    ),
    "a set in the rule": (
        nft("ip saddr { 192.168.15.1, 192.168.15.4 } counter drop"),
        "chain c of table inet t (nft): ip saddr { 192.168.15.1, 192.168.15.4 } drop # handle ",
        OUTSIDE,
    ),
    "a chain behind": (
        iptables("-N x", "-A FORWARD -i v-net-0 -j x", "-A x -j DROP"),
        "chain x of table filter (iptables): -A x -j DROP",
        OUTSIDE,
    ),
    "a chain for good": (
        iptables("-N x", "-A FORWARD -i v-net-0 -g x", "-A x -j DROP"),
        "chain x of table filter (iptables): -A x -j DROP",
        OUTSIDE,
    ),
    "a chain that sends others back": (
        iptables("-N x", "-A FORWARD -j x", "-A x -i eth9 -j RETURN", "-A x -j REJECT"),
        "chain x of table filter (iptables): -A x -j REJECT",
        OUTSIDE,
    ),
    "answers only": (
        iptables("-A FORWARD -i v-net-0 -j ACCEPT", "-P FORWARD DROP"),
        "chain FORWARD of table filter (iptables)",
        OUTSIDE,
    ),
    "nothing may begin": (
        iptables(f"-A FORWARD {ESTABLISHED}", "-P FORWARD DROP"),
        "chain FORWARD of table filter (iptables)",
        OUTSIDE,
    ),
    "accepted too late": (
        iptables(f"-A FORWARD -s {NET} -j DROP", f"-A FORWARD -s {NET} -j ACCEPT"),
        f"chain FORWARD of table filter (iptables): -A FORWARD -s {NET} -j DROP",
        OUTSIDE,
    ),
    "another accepted": (
        iptables("-A FORWARD -s 192.168.15.2 -j ACCEPT", "-A FORWARD -s 192.168.15.1 -j DROP"),
        "chain FORWARD of table filter (iptables): -A FORWARD -s 192.168.15.1",
        OUTSIDE,
    ),
    "everybody's pings": (
        iptables("-P FORWARD DROP", "-A FORWARD -p icmp --icmp-type time-exceeded -j ACCEPT"),
        "chain FORWARD of table filter (iptables)",
        OUTSIDE,
    ),
    "others accepted": (
        iptables(
            "-P FORWARD DROP",
            "-A FORWARD -i lo -j ACCEPT",
            "-A FORWARD -s 10.0.0.0/8 -j ACCEPT",
            "-A FORWARD -o eth9 -j ACCEPT",
        ),
        "chain FORWARD of table filter (iptables)",
        OUTSIDE,
    ),
    "ARP of a bridge": (
        iptables("-A FORWARD -p ARP -j DROP", program="ebtables-nft")
        + "\nip -n red neigh flush all; ip -n blue neigh flush all",
        "chain FORWARD of table bridge filter (nft): ether type arp drop # handle ",
        RED_TO_BLUE,
    ),
    "a port of a bridge": (
        nft("iifname veth-red-br counter drop", family="bridge"),
        'chain c of table bridge t (nft): iifname "veth-red-br" drop # handle ',
        RED_TO_BLUE,
    ),
}


@pytest.mark.parametrize("way", DEAD)
def test_rules_that_drop_the_traffic_of_the_lab_are_the_first_finding(
    routed: None, way: str
) -> None:
    script, subject, dead = DEAD[way]
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
        nft(
            "oifname v-net-0 counter packets 1 bytes 2 drop",
            "ip saddr { 192.168.15.1, 192.168.15.2 } counter drop",
        )
    )
    before = [(one.check, one.subject, one.message) for one in diagnose_host()]
    assert not ping(*OUTSIDE)
    assert [(one.check, one.subject, one.message) for one in diagnose_host()] == before
    assert not [
        text for one in before for text in one if "{'" in text or '{"' in text or "counter" in text
    ]


def test_rules_that_may_match_the_lab_are_reported_as_unclear(routed: None) -> None:
    """Whether packets have a mark or a content is unknown, so the finding says that the lab
    may be affected.
    """
    for rule in ("-m mark --mark 7", "-p tcp --dport 25", "-p icmp"):
        sh(iptables(f"-A FORWARD {rule} -j DROP"))
        assert told() == UNCLEAR
        sh(iptables("-F FORWARD"))
    sh(iptables("-A FORWARD -m mark --mark 7 -j DROP"))
    sh(iptables("-A FORWARD -i v-net-0 -p tcp --dport 25 -j DROP"))
    assert told() == {*UNCLEAR, ("filter_drop", "warning")}


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
        [(one.check, one.severity) for one in diagnose_host(lab)]
        == expected
        == [(one.check, one.severity) for one in diagnose_host()]
    )


def test_each_lab_is_evaluated_by_itself(host: None) -> None:
    """A rule that accepts the traffic of one lab does not hide that another is dropped."""
    text = json.dumps({**LAB, "dnat": []})
    for one, other in (
        ("168.15.", "168.16."),
        ("fd00:15:", "fd00:16:"),
        ("v-net-0", "v-net-1"),
        ('"lab"', '"second"'),
        ("red", "pink"),
        ("blue", "grey"),
    ):
        text = text.replace(one, other)
    run("topology", **LAB)
    run("topology", **json.loads(text))
    sh(
        iptables(
            "-P FORWARD DROP", "-A FORWARD -i v-net-0 -j ACCEPT", "-A FORWARD -o v-net-0 -j ACCEPT"
        )
    )
    assert [(one.check, one.severity) for one in diagnose_host()] == [("filter_drop", "error")]
    sh(iptables("-A FORWARD -i v-net-1 -j ACCEPT", "-A FORWARD -o v-net-1 -j ACCEPT"))
    assert diagnose_host() == []
