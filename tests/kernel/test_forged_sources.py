# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Packets of namespaces to the host with source addresses that are not theirs."""

from __future__ import annotations

import select
import socket
from collections.abc import Collection
from typing import Any

import pytest

from support.flows import flow_lab
from support.host_services import Knock, host_services
from support.nat_lab import HAS_BRIDGE_FILTER, set_bridge_filtering
from support.netns import in_netns, write_sysctl
from support.pings import reaches
from support.services import TIMEOUT
from support.shell import ip, sh
from support.tasks import predicted_part, run

HOST_ADDRESSES = {4: ("10.15.0.254", "192.0.2.2"), 6: ("fd00:15::fe", "fd00:2::2")}
FORGED = {
    # A host of the LAN, a namespace of another lab, a host elsewhere.
    4: ("192.0.2.99", "10.16.0.1", "203.0.113.7"),
    6: ("fd00:2::99", "fd00:16::1", "2001:db8::7"),
}
RECEIVE_ERRORS = {4: (socket.IPPROTO_IP, 11), 6: (socket.IPPROTO_IPV6, 25)}
"""IP_RECVERR and IPV6_RECVERR, which the module socket does not name."""
OWN = {4: ("10.15.0.1", "10.15.0.77"), 6: ("fd00:15::1", "fd00:15::77")}


def build_labs(backend: str, **options: Any) -> dict[str, Any]:
    """Build two labs on a host that validates no source addresses itself; red has many."""
    name = "nftables" if backend == "nftables" else "iptables"
    run("topology", **flow_lab("other", 16, ("green",), name))
    lab = flow_lab("lab", 15, ("red", "blue"), name, **options)
    foreseen = run("topology", check=True, **lab)
    assert predicted_part(foreseen) == predicted_part(run("topology", **lab))
    assert not run("topology", **lab)["changed"]
    for key in ("all", "default", "br15", "eth0"):
        write_sysctl(f"net/ipv4/conf/{key}/rp_filter", 0)
    add_sources(*FORGED[4], OWN[4][1], *FORGED[6], OWN[6][1])
    return lab


def add_sources(*sources: str) -> None:
    """Let red send with these source addresses."""
    ip("\n".join(f"addr add {source} dev lo nodad" for source in sources), "-n", "red")


def knocks(sources: Collection[str], port: int = 7000) -> list[Knock]:
    """Datagrams from each source to an address of the host on the lab's network and on the LAN."""
    return [
        Knock("udp", address, port, source)
        for source in sources
        for address in HOST_ADDRESSES[6 if ":" in source else 4]
    ]


@pytest.mark.parametrize("isolate", [True, False])
def test_forged_sources_reach_the_host_only_without_isolation(
    lan: None, backend: str, isolate: bool
) -> None:
    build_labs(backend, isolate=isolate)
    forged = knocks((*FORGED[4], *FORGED[6]))
    own = knocks((*OWN[4], *OWN[6]))
    # The other lab is isolated, so that its addresses are forged in any case.
    other = {"10.16.0.1", "fd00:16::1"}
    unclear = () if isolate else {knock for knock in forged if knock.source not in other}
    expected = {*own, *unclear}
    with host_services((), (7000,)) as services:
        assert services.arrived("red", [*forged, *own], expected) == expected


def test_an_address_of_the_host_is_forged(lan: None, backend: str) -> None:
    build_labs(backend)
    add_sources("192.0.2.2", "fd00:2::2")
    of_host = [
        Knock("udp", "10.15.0.254", 7000, "192.0.2.2"),
        Knock("udp", "fd00:15::fe", 7000, "fd00:2::2"),
    ]
    own = [Knock("udp", "fd00:15::fe", 7000, "fd00:15::1")]
    with host_services((), (7000,)) as services:
        assert services.arrived("red", [*of_host, *own], own) == {*own}


@pytest.mark.skipif(not HAS_BRIDGE_FILTER, reason="no br_netfilter")
def test_a_forged_source_is_dropped_beside_bridge_filtering(lan: None, backend: str) -> None:
    """Bridged packets pass rules of IP only there; what stays on the bridge may have any source."""
    build_labs(backend)
    set_bridge_filtering(1)
    ip("addr add 172.31.0.1/24 dev eth0", "-n", "red")
    ip("addr add 172.31.0.2/24 dev eth0", "-n", "blue")
    assert reaches("red", "172.31.0.2")
    forged, own = knocks(FORGED[4]), knocks(OWN[4])
    with host_services((), (7000,)) as services:
        assert services.arrived("red", [*forged, *own], own) == {*own}


@pytest.mark.parametrize("by", ["topology", "hand"])
def test_a_network_behind_a_namespace_is_no_forgery(lan: None, backend: str, by: str) -> None:
    routes = {"10.99.0.0/16": "10.15.0.1", "fd00:99::/32": "fd00:15::1"}
    if by == "hand":
        lab = build_labs(backend)
        for network, gateway in routes.items():
            sh(f"ip route add {network} via {gateway}")
        changed = run("topology", **lab)["actions"]
        isolates = ["isolate anew br15 on the host: 10.15.0.0/24, fd00:15::/64"]
        # build_labs disables rp_filter, to show that the rules do not depend on it.
        assert changed == [*isolates, "set net.ipv4.conf.br15.rp_filter = 2 on the host"]
    else:
        lab = flow_lab("lab", 15, ("red", "blue"), "auto")["netns_route"]
        for network, gateway in routes.items():
            lab.append({"destination": network, "gateway": gateway})
        build_labs(backend, netns_route=lab)
    sources = ["10.99.0.7", "fd00:99::7"]
    add_sources(*sources)
    with host_services((), (7000,)) as services:
        found = services.arrived("red", knocks(sources), knocks(sources))
    assert found == {*knocks(sources)}


def test_a_lab_may_be_the_way_to_everything(lan: None, backend: str) -> None:
    """A namespace with a VPN is the host's default gateway: every source comes from there."""
    lab = build_labs(backend)
    sh("ip route add default via 10.15.0.1; ip -6 route add default via fd00:15::1")
    run("topology", **lab)
    sources = ["203.0.113.7", "2001:db8::7"]
    with host_services((), (7000,)) as services:
        found = services.arrived("red", knocks(sources), knocks(sources))
    assert found == {*knocks(sources)}


def test_a_client_without_an_address_may_ask_for_one(lan: None, backend: str) -> None:
    build_labs(backend)
    ip("addr flush dev eth0", "-n", "blue")
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server,
        in_netns("blue"),
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client,
    ):
        server.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        server.bind(("0.0.0.0", 67))
        client.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"eth0")
        client.bind(("0.0.0.0", 68))
        client.sendto(b"discover", ("255.255.255.255", 67))
        assert select.select([server], [], [], TIMEOUT)[0]
        assert server.recvfrom(100)[1] == ("0.0.0.0", 68)


@pytest.mark.parametrize("family", [4, 6])
def test_errors_of_a_router_with_an_unknown_address_arrive(
    lan: None, backend: str, family: int
) -> None:
    """Without them the host would not learn that a host or a large packet is not delivered."""
    lab = build_labs(backend)
    target = {4: "10.99.0.7", 6: "fd00:99::7"}[family]
    hidden = {4: "172.31.0.2", 6: "fd00:31::2"}[family]
    sh(f"ip route add {target} via {OWN[family][0]}")
    run("topology", **lab)
    write_sysctl("net/ipv4/conf/br15/rp_filter", 0)
    write_sysctl("net/ipv4/conf/all/rp_filter", 0)
    gateway = HOST_ADDRESSES[family][0]
    ip(
        f"addr add {hidden} dev lo nodad\nroute add unreachable {target}\n"
        f"route add {gateway} dev eth0 src {hidden}",
        "-n",
        "red",
    )
    sh("ip netns exec red sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1")
    kind = socket.AF_INET if family == 4 else socket.AF_INET6
    with socket.socket(kind, socket.SOCK_DGRAM) as client:
        client.setsockopt(*RECEIVE_ERRORS[family], 1)
        client.settimeout(TIMEOUT)
        client.connect((target, 9))
        client.send(b"question")
        with pytest.raises(OSError, match="unreachable|No route|refused"):
            client.recv(100)


def test_a_host_that_filters_sources_itself_is_not_changed(lan: None, backend: str) -> None:
    build_labs(backend)
    assert sh("sysctl -n net.ipv4.conf.br15.rp_filter net.ipv4.conf.eth0.rp_filter").split() == [
        "0",
        "0",
    ]
