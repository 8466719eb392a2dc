# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The doctor and hostile names: commands in findings are quoted for a shell."""

from __future__ import annotations

import shlex

import pytest

from support.doctor import diagnose_host
from support.shell import sh

NAME, NETNS = ";touch${IFS}Q#", "a b;touch Q #"


QUOTED, WITHIN = shlex.quote(NAME), shlex.quote(NETNS)


ODD = f"""
ip netns add {WITHIN}; ip link add {QUOTED} type veth peer name {QUOTED} netns {WITHIN}
ip link set {QUOTED} up; ip addr add 10.1.0.5/24 dev {QUOTED}
ip -n {WITHIN} link set lo up; ip -n {WITHIN} link set {QUOTED} up
ip -n {WITHIN} addr add 10.1.0.1/24 dev {QUOTED}
ip -n {WITHIN} route add default via 10.1.0.5; sysctl -qw net.ipv4.ip_forward=1
"""
"""Names of links and namespaces can contain shell syntax."""


@pytest.mark.parametrize(
    ("script", "check"),
    [
        (f"ip -n {WITHIN} link set lo down", "loopback_down"),
        (f"ip -n {WITHIN} link set {QUOTED} down", "link_down"),
        (f"ip -n {WITHIN} link set {QUOTED} arp off", "arp_off"),
        ("sysctl -qw net.ipv4.conf.all.arp_ignore=8", "arp_ignored"),
        (
            (
                f"ip link set {QUOTED} address 02:00:00:00:00:77; "
                f"ip -n {WITHIN} link set {QUOTED} address 02:00:00:00:00:77"
            ),
            "mac_duplicate",
        ),
        (
            (
                f"ip addr add fd00:1::5/64 dev {QUOTED}; "
                f"ip netns exec {WITHIN} sysctl -qw 'net/ipv6/conf/{NAME}/disable_ipv6=1'"
            ),
            "ipv6_disabled",
        ),
        ("ip addr add 10.1.0.1/32 dev lo", "address_duplicate"),
        (f"ip -n {WITHIN} addr add 10.1.0.5/24 dev {QUOTED}", "address_duplicate"),
        (
            (
                f"ip -n {WITHIN} neigh replace 10.1.0.5 lladdr 02:00:00:00:00:99 dev "
                f"{QUOTED} nud permanent"
            ),
            "neighbour_wrong",
        ),
        (
            f"ip -n {WITHIN} -6 route add default via fe80::1 dev {QUOTED} proto ra",
            "router_advertisement",
        ),
        (f"ip -n {WITHIN} rule add pref 100 blackhole", "rule_refuses"),
        (f"ip -n {WITHIN} route add blackhole 10.1.0.5", "route_refuses"),
        (f"ip -n {WITHIN} rule add pref 100 ipproto udp blackhole", "send_refused"),
        (
            f"ip -n {WITHIN} route add 10.2.0.0/16 via 10.9.0.1 dev {QUOTED} onlink",
            "gateway_off_link",
        ),
        (f"ip -n {WITHIN} route add 10.2.0.0/16 via 10.1.0.9", "gateway_silent"),
        ("sysctl -qw net.ipv4.ip_forward=0", "forwarding_off"),
        (
            "ip link add vpn type bridge; ip addr add 10.1.0.193/26 dev vpn; ip link set vpn up",
            "overlap",
        ),
        (f"ip link set {QUOTED} mtu 1400", "mtu_mismatch"),
        (f"tc qdisc add dev {QUOTED} root tbf rate 8bit burst 1 limit 1", "impaired"),
        ("touch '/run/netns/;touch Q'", "netns_stale"),
        (
            (
                f"ip link add br0 type bridge stp_state 1; ip link set br0 up; "
                f"ip addr flush dev {QUOTED}; ip link set {QUOTED} master br0"
            ),
            "stp_blocking",
        ),
    ],
)
def test_commands_of_a_finding_quote_hostile_names(host: None, script: str, check: str) -> None:
    sh(ODD)
    sh(script)
    found = diagnose_host()
    assert check in {finding.check for finding in found}, found
    for text in [text for finding in found for text in (finding.evidence, finding.remedy)]:
        message = shlex.shlex(text, posix=True, punctuation_chars=True)
        message.commenters = ""
        assert not [word for word in message if word.startswith("touch")], text


def test_the_quoted_fix_of_a_finding_works(host: None) -> None:
    sh(f"{ODD}ip -n {WITHIN} link set lo down; ip -n {WITHIN} link set {QUOTED} down")
    fixes = {
        finding.subject: finding.remedy
        for finding in diagnose_host()
        if finding.check in ("loopback_down", "link_down")
    }
    assert fixes == {
        f"{NETNS}/lo": f"ip -n {WITHIN} link set dev lo up  # option up",
        f"{NETNS}/{NAME}": f"ip -n {WITHIN} link set dev {QUOTED} up  # option up",
    }
    for command in fixes.values():
        sh(command.partition(" (")[0])
    sh(f"ip -n {WITHIN} route replace default via 10.1.0.5")
    assert [finding.subject for finding in diagnose_host() if finding.severity == "error"] == []
