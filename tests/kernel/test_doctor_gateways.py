# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Gateways, policy routing and segments: healthy networks that look like faulty ones, and
faulty ones.
"""

from __future__ import annotations

import errno
import os
import shlex
import subprocess
from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._doctor.findings import Finding
from ansible_collections.redblue.netns.plugins.module_utils._host.kernel_features import (
    lacks_feature,
)

from support.doctor import diagnose_host
from support.shell import sh
from support.tasks import LAB, run

TWINS = """
sysctl -qw net.ipv6.conf.default.disable_ipv6=1
for twin in a z; do
  for end in h r; do ip netns add $twin-$end; ip -n $twin-$end link set lo up; done
  ip -n $twin-h link add e0 type veth peer name e0 netns $twin-r
  for end in h r; do ip -n $twin-$end link set e0 up; done
  ip -n $twin-h addr add 10.0.0.2/24 dev e0; ip -n $twin-r addr add 10.0.0.1/24 dev e0
done
ip -n a-h route add default via 10.0.0.1
"""
"""Two networks with the same addresses, each of a host and its router."""
with_netem = pytest.mark.skipif(lacks_feature("netem"), reason="no netem in this kernel")
FORWARD = "ip netns exec {} sysctl -qw net.ipv4.ip_forward={}"


def told(found: list[Finding]) -> list[tuple[str, str, str]]:
    return [(one.check, one.severity, one.subject) for one in found]


def test_networks_with_the_same_addresses_are_distinguished(host: None) -> None:
    sh(TWINS)
    sh(FORWARD.format("a-r", 1))
    assert diagnose_host() == []
    sh(f"{FORWARD.format('a-r', 0)}; {FORWARD.format('z-r', 1)}")
    assert told(diagnose_host()) == [("forwarding_off", "error", "a-r/ipv4:e0")]
    sh(
        f"{FORWARD.format('a-r', 1)}; mac=$(ip netns exec a-r cat "
        f"/sys/class/net/e0/address); ip -n z-h neigh replace 10.0.0.1 lladdr $mac dev "
        f"e0 nud permanent"
    )
    assert told(diagnose_host()) == [("neighbour_wrong", "error", "z-h/10.0.0.1")]
    sh(
        "mac=$(ip netns exec z-r cat /sys/class/net/e0/address); "
        "ip -n z-h neigh replace 10.0.0.1 lladdr $mac dev e0 nud permanent"
    )
    assert diagnose_host() == []


def test_an_answer_through_proxy_arp_is_no_wrong_neighbour(host: None) -> None:
    """A router replies on one link for all its addresses, and may be a proxy for others
    behind it.
    """
    sh(TWINS)
    sh(
        "ip -n a-r addr add 10.9.9.9/32 dev lo; ip -n a-h route add 10.9.9.9 dev e0; "
        "mac=$(ip netns exec a-r cat /sys/class/net/e0/address)\n"
        f"ip -n a-h neigh replace 10.9.9.9 lladdr $mac dev e0 nud permanent; "
        f"{FORWARD.format('a-r', 1)}"
    )
    assert diagnose_host() == []
    sh("ip -n a-h neigh replace 10.9.9.9 lladdr 02:00:00:00:00:99 dev e0 nud permanent")
    assert told(diagnose_host()) == [("neighbour_wrong", "error", "a-h/10.9.9.9")]


REFUSED = {
    "a filter of a device": (
        (
            "ip netns exec red nft 'add table netdev t; "
            "add chain netdev t i { type filter hook ingress device veth-red priority 0; "
            "policy drop; }'"
        ),
        "filter_drop",
        "chain i of table netdev t (nft) in namespace red",
        1,
    ),
    "a namespace that takes nothing of IPv6": (
        (
            "ip netns exec blue nft 'add table ip6 t; "
            "add chain ip6 t i { type filter hook input priority 0; policy drop; }'; "
            "ip -n blue neigh flush all"
        ),
        "filter_drop",
        "chain i of table ip6 t (nft) in namespace blue",
        1,
    ),
    "a rule that blackholes all": (
        "ip -n red rule add from all pref 100 blackhole",
        "rule_refuses",
        "red/rule 100",
        1,
    ),
    "a rule that prohibits what is ours": (
        "ip -n red rule add from 192.168.15.0/24 pref 100 prohibit",
        "rule_refuses",
        "red/rule 100",
        1,
    ),
    "a rule of the host": (
        "ip rule add to 192.168.15.0/25 pref 100 unreachable",
        "rule_refuses",
        "rule 100",
        1,
    ),
    "a rule of IPv6": (
        "ip -n blue -6 rule add from all pref 100 blackhole",
        "rule_refuses",
        "blue/rule 100",
        1,
    ),
    "a rule that has more to it": (
        "ip -n red rule add to 192.168.15.5 ipproto udp pref 100 blackhole",
        "send_refused",
        "red/192.168.15.5",
        1,
    ),
    "an address on the loopback of the host": (
        "ip addr add 192.168.15.1/32 dev lo",
        "address_duplicate",
        "192.168.15.1",
        1,
    ),
    "an address on the loopback of a neighbour": (
        "ip -n blue addr add fd00:15::1/128 dev lo",
        "address_duplicate",
        "fd00:15::1",
        1,
    ),
    "a gateway that ignores": (
        "sysctl -qw net.ipv4.conf.v-net-0.arp_ignore=8",
        "arp_ignored",
        "v-net-0",
        1,
    ),
    "a gateway that answers for one link alone": (
        "ip addr del 192.168.15.5/24 dev v-net-0; ip addr add 192.168.15.5/32 dev lo; "
        "ip addr add 192.168.15.6/24 dev v-net-0\n"
        "sysctl -qw net.ipv4.conf.all.arp_ignore=1",
        "arp_ignored",
        "v-net-0",
        None,
    ),
    "a line so slow that nothing comes": (
        "tc qdisc add dev veth-red-br root tbf rate 8bit burst 1 limit 1",
        "impaired",
        "veth-red-br",
        1,
    ),
    "a route that blackholes a neighbour": (
        "ip -n red route add blackhole 192.168.15.2/32",
        "route_refuses",
        "red/blackhole 192.168.15.2/32",
        1,
    ),
    "a route that blackholes half of them": (
        "ip -n red route add prohibit 192.168.15.0/29",
        "route_refuses",
        "red/prohibit 192.168.15.0/29",
        1,
    ),
    "a route of IPv6": (
        "ip -n blue route add unreachable fd00:15::5/128",
        "route_refuses",
        "blue/unreachable fd00:15::5/128",
        1,
    ),
    "a route of the host": (
        "ip route add blackhole 192.168.15.1/32",
        "route_refuses",
        "blackhole 192.168.15.1/32",
        1,
    ),
    "no rule for the table main": ("ip rule del pref 32766", "rule_missing", "table main", 1),
    "no rule for the table main in a namespace": (
        "ip -n red rule del pref 32766",
        "rule_missing",
        "red/table main",
        1,
    ),
}
"""The script; check and subject of the first finding; the number of errors, or None for any."""


@pytest.mark.parametrize("declared", [True, False])
@pytest.mark.parametrize("way", REFUSED)
def test_the_cause_of_a_silent_gateway_is_the_first_finding(
    host: None, way: str, declared: bool
) -> None:
    run("topology", **LAB)
    script, check, subject, errors = REFUSED[way]
    sh(script)
    found = diagnose_host(LAB if declared else None)
    assert told(found)[:1] == [(check, "error", subject)], found
    assert found[0].message and found[0].evidence and found[0].remedy
    assert errors is None or [one.severity for one in found].count("error") == errors, found


@pytest.mark.parametrize(
    ("refusing", "number"),
    [("blackhole", errno.EINVAL), ("prohibit", errno.EACCES), ("unreachable", errno.ENETUNREACH)],
)
def test_the_evidence_shows_the_error_of_the_kernel(host: None, refusing: str, number: int) -> None:
    run("topology", **LAB)
    sh(f"ip -n red rule add to 192.168.15.5 ipproto udp pref 100 {refusing}")
    [found] = diagnose_host(LAB)
    command, said = found.evidence.rsplit(": ", 1)
    assert (
        found.check == "send_refused"
        and said == os.strerror(number)
        and f"192.168.15.5/32 ... {refusing}" in found.message
    )
    seen = subprocess.run(command.split(), capture_output=True, text=True, check=False)
    assert seen.returncode and said in seen.stderr, seen


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
        assert {one.check for one in found if one.severity == "info"} == {
            one.check for one in found if one.check != "not_declared"
        }, found


def test_a_routing_table_in_place_of_main_is_a_warning(host: None) -> None:
    run("topology", **LAB)
    sh(
        "ip rule add pref 200 lookup 100; ip route add 192.168.15.0/24 dev v-net-0 table "
        "100; ip rule del pref 32766"
    )
    assert told(diagnose_host(LAB)) == [("rule_missing", "warning", "table main")]


def test_a_declared_prohibit_route_is_no_finding(host: None) -> None:
    refusing = {"netns": "red", "destination": "192.168.15.2/32", "type": "blackhole"}
    lab = {**LAB, "netns_route": [*LAB["netns_route"], refusing]}
    run("topology", **lab)
    assert diagnose_host(lab) == []
    assert told(diagnose_host()) == [("route_refuses", "info", "red/blackhole 192.168.15.2/32")]


@with_netem
def test_an_impairment_that_loses_all_packets_is_found(host: None) -> None:
    run("topology", **LAB)
    sh("tc -n red qdisc add dev veth-red root netem loss 100%")
    for found in (diagnose_host(LAB), diagnose_host()):
        assert told(found)[0] == ("impaired", "error", "red/veth-red") and "gateway_silent" not in {
            one.check for one in found
        }


@with_netem
def test_a_gateway_behind_a_declared_loss_is_not_reported_as_silent(host: None) -> None:
    ends = [{**LAB["veth"][0], "impairment": {"loss": "100%"}}, LAB["veth"][1]]
    lab = {**LAB, "veth": ends}
    run("topology", **lab)
    assert told(diagnose_host(lab)) == [("impaired", "info", "red/veth-red")]
    assert told(diagnose_host()) == [("impaired", "error", "red/veth-red")]


def test_a_harmless_impairment_does_not_hide_a_silent_gateway(host: None) -> None:
    run("topology", **LAB)
    sh(
        "tc qdisc add dev veth-red-br root tbf rate 1mbit burst 5kb limit 10kb; "
        "ip -n red route replace 10.0.0.0/8 via 192.168.15.77"
    )
    assert told(diagnose_host()) == [
        ("gateway_silent", "error", "red/192.168.15.77"),
        ("impaired", "info", "veth-red-br"),
    ]


RING: dict[str, Any] = {
    "name": "ring",
    "netns": [{"name": "red"}, {"name": "blue"}],
    "linux_bridge": [{"name": name, "stp": True, "forward_delay": 2} for name in ("br1", "br2")],
    "veth": [
        *(
            {"name": f"up{n}", "bridge": "br1", "peer": {"name": f"down{n}", "bridge": "br2"}}
            for n in (1, 2)
        ),
        {
            "name": "eth0",
            "netns": "red",
            "addresses": ["10.1.0.1/24"],
            "peer": {"name": "to-red", "bridge": "br1"},
        },
        {
            "name": "eth0",
            "netns": "blue",
            "addresses": ["10.1.0.2/24"],
            "peer": {"name": "to-blue", "bridge": "br2"},
        },
    ],
}
BLOCKED = (
    "bridge link | grep -q 'state blocking' && ! bridge link | "
    "grep -qE 'state (listening|learning)'"
)


def test_a_port_blocked_by_stp_is_healthy(host: None) -> None:
    run("topology", **RING)
    assert {one.check for one in diagnose_host(RING)} == {"stp_blocking"}
    sh(f"for try in {{1..200}}; do {BLOCKED} && exit 0; sleep 0.1; done; exit 1")
    assert diagnose_host(RING) == [] == diagnose_host()
    sh("ip link set to-red nomaster; ip link set to-red master br1")
    assert [(one.check, one.subject) for one in diagnose_host(RING)] == [("stp_blocking", "to-red")]


def test_a_port_blocked_by_hand_is_found(host: None) -> None:
    run("topology", **LAB)
    sh("bridge link set dev veth-red-br state 0")
    found = diagnose_host(LAB)
    assert (
        told(found) == [("stp_blocking", "error", "veth-red-br")]
        and found[0].remedy == "bridge link set dev veth-red-br state 3"
    )
    sh(found[0].remedy)
    assert diagnose_host(LAB) == []


PROXIED = """
sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.default.disable_ipv6=1
for n in 1 2 3 4 5 6; do
  ip netns add pod$n; ip link add cali$n type veth peer name eth0 netns pod$n; ip link set cali$n up; sysctl -qw net.ipv4.conf.cali$n.proxy_arp=1
  ip -n pod$n link set lo up; ip -n pod$n link set eth0 up; ip -n pod$n addr add 10.65.0.$n/32 dev eth0; ip route add 10.65.0.$n dev cali$n
  ip -n pod$n route add 169.254.1.1 dev eth0 scope link; ip -n pod$n route add default via 169.254.1.1
done
ip link add wan type veth peer name isp; ip link set wan up; ip link set isp up; ip route add default dev wan
"""
"""Namespaces with a gateway for which the host is the ARP proxy, which replies after a
random delay of up to 0.8 s.
"""


def test_a_slow_arp_proxy_is_no_silent_gateway(host: None) -> None:
    sh(PROXIED)
    assert diagnose_host(patient=True) == []


NAME, NETNS = ";touch${IFS}Q#", "a b;touch Q #"
QUOTED, WITHIN = shlex.quote(NAME), shlex.quote(NETNS)
ODD = f"""
ip netns add {WITHIN}; ip link add {QUOTED} type veth peer name {QUOTED} netns {WITHIN}; ip link set {QUOTED} up; ip addr add 10.1.0.5/24 dev {QUOTED}
ip -n {WITHIN} link set lo up; ip -n {WITHIN} link set {QUOTED} up
ip -n {WITHIN} addr add 10.1.0.1/24 dev {QUOTED}; ip -n {WITHIN} route add default via 10.1.0.5; sysctl -qw net.ipv4.ip_forward=1
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
    assert check in {one.check for one in found}, found
    for text in [text for one in found for text in (one.evidence, one.remedy)]:
        words = shlex.shlex(text, posix=True, punctuation_chars=True)
        words.commenters = ""
        assert not [word for word in words if word.startswith("touch")], text


def test_the_quoted_fix_of_a_finding_works(host: None) -> None:
    sh(f"{ODD}ip -n {WITHIN} link set lo down; ip -n {WITHIN} link set {QUOTED} down")
    mended = {
        one.subject: one.remedy
        for one in diagnose_host()
        if one.check in ("loopback_down", "link_down")
    }
    assert mended == {
        f"{NETNS}/lo": f"ip -n {WITHIN} link set dev lo up (option up)",
        f"{NETNS}/{NAME}": f"ip -n {WITHIN} link set dev {QUOTED} up (option up)",
    }
    for command in mended.values():
        sh(command.partition(" (")[0])
    sh(f"ip -n {WITHIN} route replace default via 10.1.0.5")
    assert [one.subject for one in diagnose_host() if one.severity == "error"] == []
