# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sound but unusual hosts: packets pass, and the doctor has no error."""

from __future__ import annotations

from typing import Any

import pytest

from support.doctor import diagnose_host, summaries
from support.info import gather_info
from support.pings import reaches
from support.shell import sh
from support.tasks import LAB, run

Pair = tuple[str | None, str]

SOUND: dict[str, tuple[str, list[Pair]]] = {
    "a foreign namespace as ip netns add leaves it": ("ip netns add other", []),
    "unnumbered ends on the host, and a gateway on its loopback": (
        "ip addr add 10.1.208.5/32 dev lo; sysctl -qw net.ipv4.ip_forward=1\n"
        "for n in 1 2; do ip netns add p$n; ip link add ptp$n type veth peer name eth0 netns p$n\n"
        "ip link set ptp$n up; ip -n p$n link set eth0 up; ip -n p$n link set lo up\n"
        "ip -n p$n addr add 10.150.1.$n/32 dev eth0; ip -n p$n route add 10.1.208.5 dev eth0\n"
        "ip -n p$n route add default via 10.1.208.5\n"
        "ip route add 10.150.1.$n dev ptp$n src 10.1.208.5; done",
        [("p1", "10.150.1.2"), ("p2", "10.1.208.5"), (None, "10.150.1.1")],
    ),
    "half of the internet by a tunnel, as OpenVPN routes it": (
        "ip -n red tuntap add tun0 mode tun; ip -n red addr add 10.8.0.6/24 dev tun0\n"
        "ip -n red link set tun0 up; ip -n red route add 0.0.0.0/1 dev tun0\n"
        "ip -n red route add 128.0.0.0/1 via 10.8.0.1\n"
        "ip -n red route add 192.0.2.99 via 192.168.15.5",
        [("red", "192.168.15.2")],
    ),
    "a part of a network behind another device": (
        "ip netns add vpn; ip link add vpn0 type veth peer name eth0 netns vpn\n"
        "ip link set vpn0 up; ip -n vpn link set eth0 up; ip -n vpn link set lo up\n"
        "ip addr add 10.7.0.1/30 dev vpn0; ip -n vpn addr add 10.7.0.2/30 dev eth0\n"
        "ip -n vpn addr add 10.9.9.9/32 dev lo\n"
        "ip route add 10.0.0.0/8 dev v-net-0; ip route add 10.9.0.0/16 via 10.7.0.2",
        [(None, "10.9.9.9"), ("red", "192.168.15.2")],
    ),
    "a gateway on no network of the link, onlink": (
        "ip addr add 203.0.113.1/32 dev v-net-0; ip -6 addr add fd00:99::1/128 dev v-net-0 nodad\n"
        "ip -n red route replace default via 203.0.113.1 dev veth-red onlink\n"
        "ip -n red -6 route replace default via fd00:99::1 dev veth-red onlink",
        [("red", "203.0.113.1"), ("red", "fd00:99::1")],
    ),
    "two interfaces on one segment": (
        "ip link add more type veth peer name more-br; ip link set more-br master v-net-0 up\n"
        "ip link set more netns red; ip -n red link set more up\n"
        "ip -n red addr add 192.168.15.11/24 dev more",
        [("red", "192.168.15.2"), ("blue", "192.168.15.1"), ("blue", "192.168.15.11")],
    ),
    "a host that drops ping from the lab": (
        "iptables-nft -A INPUT -i v-net-0 -p icmp --icmp-type echo-request -j DROP",
        [("red", "192.168.15.2"), (None, "192.168.15.1")],
    ),
    "a namespace that answers no ping": (
        "ip netns exec blue sysctl -qw net.ipv4.icmp_echo_ignore_all=1",
        [("blue", "192.168.15.1")],
    ),
    "isolated ports": (
        "for p in red blue; do bridge link set dev veth-$p-br isolated on; done",
        [("red", "192.168.15.5"), ("blue", "192.168.15.5")],
    ),
    "a table with a dead gateway for marked packets": (
        "ip link add eth0 type veth peer name wire; ip link set eth0 up; ip link set wire up\n"
        "ip addr add 192.0.2.2/24 dev eth0; ip route add default via 192.0.2.9 table 100\n"
        "ip rule add pref 100 fwmark 7 lookup 100",
        [("red", "192.168.15.2")],
    ),
    "the same network on two bridges": (
        "ip netns add other; ip link add sw type bridge; ip link set sw up\n"
        "ip link add tenant type veth peer name eth0 netns other; ip link set tenant master sw up\n"
        "ip -n other link set lo up; ip -n other link set eth0 up\n"
        "ip -n other addr add 192.168.15.2/24 dev eth0",
        [("red", "192.168.15.2"), ("blue", "192.168.15.1")],
    ),
    "a macvlan beside its parent": (
        "ip netns add mac; ip link add link v-net-0 name mac0 netns mac type macvlan mode bridge\n"
        "ip -n mac link set lo up; ip -n mac link set mac0 up\n"
        "ip -n mac addr add 192.168.15.31/24 dev mac0",
        [("red", "192.168.15.31"), ("mac", "192.168.15.2")],
    ),
    "gateways that stand for all that is beyond": (
        "sysctl -qw net.ipv6.conf.default.accept_dad=0; n=1\n"
        "for isp in isp1 isp2; do ip netns add $isp\n"
        "ip netns exec $isp sysctl -qw net.ipv4.ip_forward=0 net.ipv6.conf.default.accept_dad=0\n"
        "ip -n red link add $isp type veth peer name eth0 netns $isp\n"
        "ip -n $isp link set lo up; ip -n $isp link set eth0 up; ip -n red link set $isp up\n"
        "ip -n red addr add 203.0.$n.2/24 dev $isp; ip -n $isp addr add 203.0.$n.1/24 dev eth0\n"
        "ip -n red addr add fd0$n::2/64 dev $isp nodad\n"
        "ip -n $isp addr add fd0$n::1/64 dev eth0 nodad\n"
        "ip -n $isp addr add 198.51.100.9/32 dev lo; ip -n $isp addr add fd09::9/128 dev lo\n"
        "n=2; done\n"
        "ip -n red route replace default via 203.0.1.1\n"
        "ip -n red route add default via 203.0.2.1 metric 20\n"
        "ip -n red -6 route replace default via fd01::1",
        [("red", "198.51.100.9"), ("red", "fd09::9"), ("red", "203.0.2.1")],
    ),
    "a network that only the gateway itself has, on the same link": (
        "ip netns add wan; ip -n red link add wan0 type veth peer name eth0 netns wan\n"
        "ip -n red link set wan0 up; ip -n wan link set eth0 up; ip -n wan link set lo up\n"
        "ip -n red addr add 203.0.113.2/24 dev wan0; ip -n wan addr add 203.0.113.9/24 dev eth0\n"
        "ip -n wan addr add 10.99.0.1/24 dev eth0\n"
        "ip -n red route add 10.99.0.0/24 via 203.0.113.9",
        [("red", "10.99.0.1")],
    ),
    "next hops that are onlink": (
        "for n in 1 2; do ip netns add leaf$n; ip -n leaf$n link set lo up\n"
        "ip -n red link add up$n type veth peer name eth0 netns leaf$n\n"
        "ip -n red link set up$n up; ip -n leaf$n link set eth0 up\n"
        "ip -n leaf$n addr add 10.8.0.1/32 dev lo\n"
        "ip -n leaf$n addr add 10.7.0.$n/32 dev eth0; ip -n leaf$n route add 10.7.0.9 dev eth0\n"
        "ip -n red addr add 10.7.0.9/32 dev up$n; done\n"
        "ip -n red route add 10.8.0.1 nexthop via 10.7.0.1 dev up1 onlink weight 2 "
        "nexthop via 10.7.0.2 dev up2 onlink",
        [("red", "10.8.0.1")],
    ),
    "an address twice on one link, with a peer and without": (
        "ip -n red addr add 192.168.15.1 peer 10.65.0.2/32 dev veth-red",
        [("blue", "192.168.15.1")],
    ),
    "a way by a router where there is a direct one": (
        "ip -n red route add 192.168.15.2/32 via 192.168.15.5\n"
        "sysctl -qw net.bridge.bridge-nf-call-iptables=0",
        [("blue", "192.168.15.5")],
    ),
}


@pytest.mark.parametrize("name", SOUND)
def test_a_sound_host_has_no_error(host: None, name: str) -> None:
    run("topology", **LAB)
    script, pairs = SOUND[name]
    sh(script)
    assert [pair for pair in pairs if not reaches(*pair)] == []
    # The kernel puts ports to work one by one, and late on a busy machine.
    unready = "bridge link | grep -Eq 'state (disabled|listening)'"
    sh(f"for i in {{1..50}}; do {unready} || break; sleep 0.1; done")
    assert [finding for finding in diagnose_host() if finding.severity == "error"] == []


_MAC = "02:00:00:00:00:09"
_SAME: dict[str, Any] = {"addresses": ["10.1.0.9/24", "fd00:1::9/64"], "mac": _MAC}


def _port(netns: str, bridge: str, **options: Any) -> dict[str, Any]:
    peer = {"name": f"p-{netns}", "bridge": bridge}
    return {"name": "eth0", "netns": netns, "peer": peer, **options}


_OVERLAPPING: dict[str, Any] = {
    "name": "lab",
    "isolate": False,
    "netns": [{"name": name} for name in "abcd"],
    "linux_bridge": [
        {"name": "br0", "addresses": ["10.0.0.1/24", "fd00:5::1/64"]},
        {
            "name": "br1",
            "addresses": ["10.0.0.129/25", "fd00:5::1:0:0:1/80"],
            "allow_overlap": True,
        },
        {"name": "br2"},
    ],
    "veth": [
        _port("a", "br0", addresses=["10.0.0.10/24", "fd00:5::10/64"]),
        _port("b", "br1", addresses=["10.0.0.130/25", "fd00:5::1:0:0:2/80"]),
        _port("c", "br2", **_SAME),
        _port("d", "br2", **_SAME, allow_overlap=True),
    ],
}
"""A network within another, and two interfaces of one segment with the same addresses."""
_WITHOUT_THE_WORD = {
    *{("overlap", network) for network in ("10.0.0.128/25", "fd00:5:0:0:1::/80")},
    *{("address_duplicate", address) for address in ("10.1.0.9", "fd00:1::9")},
    ("mac_duplicate", _MAC),
}


def test_what_a_declared_topology_lets_overlap_is_no_finding(host: None) -> None:
    run("topology", **_OVERLAPPING)
    pairs = [("a", "10.0.0.1"), ("b", "10.0.0.129"), ("b", "fd00:5::1:0:0:1")]
    assert [pair for pair in pairs if not reaches(*pair)] == []
    assert diagnose_host(_OVERLAPPING) == []
    assert diagnose_host(gather_info()["topology"]) == []
    found = {(finding.check, finding.subject) for finding in diagnose_host()}
    assert found == _WITHOUT_THE_WORD


def test_a_link_that_waits_for_its_router_is_sound(host: None) -> None:
    """It has no address yet but its link-local one, and is not a port of a bridge."""
    client = {"name": "c", "sysctls": {"net.ipv6.conf.eth0.accept_ra": 2}}
    router = {"name": "eth0", "netns": "r", "addresses": ["2001:db8:1::1/64"]}
    veth = {"name": "eth0", "netns": "c", "peer": router}
    run("topology", name="lab", netns=[client, {"name": "r"}], veth=[veth])
    assert diagnose_host() == []
    run("topology", name="lab", netns=[{"name": "c"}, {"name": "r"}], veth=[veth])
    sh("ip netns exec c sysctl -qw net.ipv6.conf.eth0.accept_ra=0")
    assert [finding.check for finding in diagnose_host()] == ["port_missing"]


def test_a_link_that_is_declared_down_is_no_error(host: None) -> None:
    ends = [{**end, "up": False} for end in LAB["veth"][:1]]
    routes = [route for route in LAB["netns_route"] if route["netns"] == "blue"]
    topology = {**LAB, "veth": [*ends, *LAB["veth"][1:]], "netns_route": routes}
    run("topology", **topology)
    found = summaries(diagnose_host(topology))
    assert found == [("link_down", "info", "red/veth-red")]
    assert ("link_down", "error", "red/veth-red") in summaries(diagnose_host())


def test_what_links_inherit_of_a_declared_parameter_does_not_differ(host: None) -> None:
    """The parameters of links that exist are read only where a topology sets those of all."""
    sysctls = {"net.ipv6.conf.default.accept_dad": 0, "net.ipv6.conf.default.accept_ra": 0}
    topology = {**LAB, "netns": [{"name": "red", "sysctls": sysctls}, {"name": "blue"}]}
    run("topology", **topology)
    assert diagnose_host(topology) == []
