# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Gateways, policy routing and segments: healthy networks that look like faulty ones, and
faulty ones.
"""

from __future__ import annotations

import pytest

from support.doctor import diagnose_host, summaries
from support.pings import reaches
from support.shell import sh
from support.tasks import LAB, run

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
@pytest.mark.parametrize("fault", REFUSED)
def test_the_cause_of_a_silent_gateway_is_the_first_finding(
    host: None, fault: str, declared: bool
) -> None:
    run("topology", **LAB)
    script, check, subject, errors = REFUSED[fault]
    sh(script)
    found = diagnose_host(LAB if declared else None)
    assert summaries(found)[:1] == [(check, "error", subject)], found
    assert found[0].message and found[0].evidence and found[0].remedy
    assert errors is None or [finding.severity for finding in found].count("error") == errors, found


PROXIED = """
sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.default.disable_ipv6=1
for n in 1 2 3 4 5 6; do
  ip netns add pod$n; ip link add cali$n type veth peer name eth0 netns pod$n
  ip link set cali$n up
  sysctl -qw net.ipv4.conf.cali$n.proxy_arp=1
  ip -n pod$n link set lo up; ip -n pod$n link set eth0 up
  ip -n pod$n addr add 10.65.0.$n/32 dev eth0; ip route add 10.65.0.$n dev cali$n
  ip -n pod$n route add 169.254.1.1 dev eth0 scope link
  ip -n pod$n route add default via 169.254.1.1
done
ip link add wan type veth peer name isp
ip link set wan up; ip link set isp up; ip route add default dev wan
"""
"""Namespaces with a gateway for which the host is the ARP proxy, which replies after a
random delay of up to 0.8 s.
"""


def test_a_slow_arp_proxy_is_no_silent_gateway(host: None) -> None:
    sh(PROXIED)
    assert diagnose_host(patient=True) == []


LOST_GATEWAY = """
for n in near far; do ip netns add $n; ip -n $n link set lo up; done
ip -n near link add eth0 type veth peer name eth0 netns far
for n in near far; do ip -n $n link set eth0 up; done
ip -n near addr add 10.1.0.2/24 dev eth0; ip -n far addr add 10.1.0.9/24 dev eth0
ip -n near addr add fd01::2/64 dev eth0 nodad; ip -n far addr add fd01::9/64 dev eth0 nodad
ip -n far addr add 10.1.0.1/24 dev eth0; ip -n far addr add fd01::1/64 dev eth0 nodad
ip -n near route add 10.2.0.0/16 via 10.1.0.1; ip -n near route add fd02::/64 via fd01::1
ip netns exec far sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
"""
"""Two namespaces, of which one has two addresses of each family, and is the other's gateway."""
_GATEWAYS = ("10.1.0.1", "fd01::1")
_FORGET = "ip -n far addr del 10.1.0.1/24 dev eth0; ip -n far addr del fd01::1/64 dev eth0"


@pytest.mark.parametrize("state", ["reachable", "stale"])
def test_a_gateway_that_is_gone_is_found_while_its_mac_address_is_known(
    host: None, state: str
) -> None:
    sh(LOST_GATEWAY)
    assert all(reaches("near", gateway) for gateway in _GATEWAYS)
    assert diagnose_host() == []
    sh(_FORGET)
    for gateway in _GATEWAYS:
        sh(f"ip -n near neigh change {gateway} dev eth0 nud {state}")
    silent = [("gateway_silent", "error", f"near/{gateway}") for gateway in _GATEWAYS]
    assert summaries(diagnose_host()) == silent


@pytest.mark.parametrize("scope", ["all", "eth0"])
def test_a_known_gateway_for_which_a_proxy_answers_is_sound(host: None, scope: str) -> None:
    """It answers after up to 0.8 s, as it does by default."""
    sh(LOST_GATEWAY)
    assert all(reaches("near", gateway) for gateway in _GATEWAYS)
    sh(_FORGET)
    sh(
        f"ip netns exec far sysctl -qw net.ipv6.conf.{scope}.proxy_ndp=1\n"
        "ip -n far link add other type bridge; ip -n far link set other up"
    )
    for gateway in _GATEWAYS:
        sh(f"ip -n far neigh add proxy {gateway} dev eth0; ip -n far route add {gateway} dev other")
    assert diagnose_host(patient=True) == []


MOVED_GATEWAY = """
for n in one two near switch; do ip netns add $n; ip -n $n link set lo up; done
ip -n switch link add br0 type bridge; ip -n switch link set br0 up; i=10
for n in one two near; do
  ip -n $n link add eth0 type veth peer name $n netns switch; ip -n $n link set eth0 up
  ip -n switch link set $n master br0; ip -n switch link set $n up
  ip -n $n addr add 10.1.0.$i/24 dev eth0; i=$((i+1))
done
ip -n one addr add 10.1.0.1/32 dev eth0
ip -n near route add default via 10.1.0.1
for n in one two; do ip netns exec $n sysctl -qw net.ipv4.ip_forward=0; done
"""
"""Three namespaces on a bridge, of which one has an address more."""


def test_a_gateway_whose_address_moved_in_silence_is_found(host: None) -> None:
    sh(MOVED_GATEWAY)
    assert reaches("near", "10.1.0.1") and reaches("near", "10.1.0.11")
    assert diagnose_host() == []
    sh("ip -n one addr del 10.1.0.1/32 dev eth0; ip -n two addr add 10.1.0.1/32 dev eth0")
    found = diagnose_host()
    assert summaries(found) == [("neighbour_wrong", "warning", "near/10.1.0.1")]
    assert "to one/eth0, which does not have that address: two/eth0 has it" in found[0].message
    assert reaches("near", "10.1.0.1")
    assert diagnose_host() == []


def test_routers_may_share_a_virtual_mac_address(host: None) -> None:
    sh(MOVED_GATEWAY)
    shared = "00:00:5e:00:01:0a"
    for router in ("one", "two"):
        sh(
            f"ip -n {router} link add vrrp link eth0 address {shared} type macvlan mode private\n"
            f"ip -n {router} link set vrrp up"
        )
    assert [finding for finding in diagnose_host() if finding.severity == "error"] == []
    sh("for n in one two; do ip -n $n link set vrrp address 02:00:00:00:00:0a; done")
    assert summaries(diagnose_host())[:1] == [("mac_duplicate", "error", "02:00:00:00:00:0a")]
