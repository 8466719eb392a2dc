# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the namespaces of a lab reach of the host itself: the option host_access, by packets."""

from __future__ import annotations

import socket
import subprocess

import pytest

from support.flows import ADDRESSES
from support.host_access import build_labs
from support.host_services import Knock, host_services
from support.netns import in_netns, write_sysctl
from support.pings import ping, reaches
from support.services import SILENCE, TIMEOUT, Listeners
from support.shell import sh
from support.tasks import Raw, run

TCP, UDP = (22, 53, 7000, 8005), (53, 67, 7000)
BRIDGE_LINK_LOCAL = "ip -6 -o addr show dev br15 scope link | sed 's/.*inet6 //; s,/.*,,'"


def open_loopback() -> None:
    """Let red send to the loopback address of the host, and the host accept that."""
    write_sysctl("net/ipv4/conf/br15/route_localnet", 1)
    with in_netns("red"):
        write_sysctl("net/ipv4/conf/all/route_localnet", 1)
    sh(
        "ip -n red route flush table local 127.0.0.0/8; ip -n red route flush table local "
        "127.0.0.1; ip -n red route add 127.0.0.1 via 10.15.0.254 src 10.15.0.1"
    )


def all_knocks() -> list[Knock]:
    """Packets to every service by every kind of address of the host."""
    unicast = [
        *("10.15.0.254", "192.0.2.2", "10.16.0.254"),
        *("fd00:15::fe", "fd00:2::2", "fd00:16::fe", f"{sh(BRIDGE_LINK_LOCAL).strip()}%eth0"),
    ]
    # The kernel sends no replies from a loopback address, so there are no connections to it.
    one_way = ["127.0.0.1", "10.15.0.255", "255.255.255.255", "ff02::1%eth0"]
    return [
        *(Knock("tcp", address, port) for address in unicast for port in TCP),
        *(Knock("udp", address, port) for address in (*unicast, *one_way) for port in UDP),
    ]


OPEN = {
    "all": {*(("tcp", port) for port in TCP), *(("udp", port) for port in UDP)},
    "none": set(),
    "established": set(),
    "53/udp": {("udp", 53)},
    "53": {("udp", 53), ("tcp", 53)},
    "22/tcp 8000-8010/tcp 67/udp": {("tcp", 22), ("tcp", 8005), ("udp", 67)},
    "7000/sctp": set(),
    "icmp": set(),
}


@pytest.mark.parametrize("words", list(OPEN))
def test_only_the_listed_ports_of_the_host_are_reached(lan: None, backend: str, words: str) -> None:
    build_labs(backend, words.split())
    open_loopback()
    knocks = all_knocks()
    expected = {knock for knock in knocks if (knock.protocol, knock.port) in OPEN[words]}
    with host_services(TCP, UDP) as services:
        assert services.arrived("red", knocks, expected) == expected


ANSWERED = {
    "all": (True, True),
    "none": (False, False),
    "established": (True, False),
    "53/udp": (True, False),
    "icmp": (True, True),
}


@pytest.mark.parametrize("words", list(ANSWERED))
def test_replies_and_pings_pass_only_if_they_are_allowed(
    lan: None, backend: str, words: str
) -> None:
    """Replies to the host's own connections, and echo requests to the host."""
    build_labs(backend, [words])
    replies, pings = ANSWERED[words]
    listeners = Listeners()
    for family in (4, 6):
        red = ADDRESSES["red"][family]
        listeners.listen(f"tcp{family}", "red", red, 80)
        listeners.listen(f"udp{family}", "red", red, 80, "udp")
        patience = TIMEOUT if replies else SILENCE
        for protocol in ("tcp", "udp"):
            answered = listeners.connect(None, red, 80, protocol, patience=patience) is not None
            assert answered is replies, (family, protocol)
        assert reaches(None, red, patience=TIMEOUT if replies else 0) is replies
        for address in {4: ("10.15.0.254", "192.0.2.2"), 6: ("fd00:15::fe", "fd00:2::2")}[family]:
            assert reaches("red", address, patience=TIMEOUT if pings else 0) is pings
    listeners.close()


@pytest.mark.parametrize("words", ["none", "established"])
def test_the_lab_stays_connected_beside_the_host(lan: None, backend: str, words: str) -> None:
    """Its namespaces, masquerading, and published ports of its own and of others."""
    build_labs(backend, [words])
    listeners = Listeners()
    listeners.listen("blue", "blue", "10.15.0.2", 80)
    listeners.listen("blue6", "blue", "fd00:15::2", 80)
    listeners.listen("green", "green", "10.16.0.1", 80)
    listeners.listen("lan", "lan", "192.0.2.99", 80)
    flows = [
        ("red", "10.15.0.2", 80, "blue"),
        ("red", "fd00:15::2", 80, "blue6"),
        ("red", "192.0.2.99", 80, "lan"),
        ("red", "192.0.2.2", 90, "green"),
        ("lan", "192.0.2.2", 80, "blue"),
        ("lan", "fd00:2::2", 80, "blue6"),
        ("green", "192.0.2.2", 80, "blue"),
    ]
    for netns, address, port, answering in flows:
        answer = listeners.connect(netns, address, port)
        assert answer is not None and answer[0] == answering, (netns, address)
    # The host's own use of the published port is a connection of the host.
    answer = listeners.connect(
        None, "192.0.2.2", 80, patience=SILENCE if words == "none" else TIMEOUT
    )
    assert (answer is None) is (words == "none")
    listeners.close()


def test_a_connection_that_was_open_before_is_cut_off(lan: None, backend: str) -> None:
    lab = build_labs(backend, "all")
    with socket.create_server(("10.15.0.254", 7000)) as server:
        with in_netns("red"):
            client = socket.create_connection(("10.15.0.254", 7000), timeout=TIMEOUT)
        with client, server.accept()[0] as connection:
            client.send(b"before")
            connection.settimeout(TIMEOUT)
            assert connection.recv(100) == b"before"
            run("topology", **{**lab, "host_access": ["established"]})
            client.send(b"after")
            connection.settimeout(SILENCE)
            with pytest.raises(TimeoutError):
                connection.recv(100)


def test_neighbours_are_discovered_in_a_lab_that_reaches_nothing(lan: None, backend: str) -> None:
    """IPv6 through the host needs the host's link-layer address, and the host that of the lab."""
    build_labs(backend, "none")
    sh("ip neigh flush dev br15; ip -n red neigh flush dev eth0; ip -n blue neigh flush dev eth0")
    listeners = Listeners()
    listeners.listen("lan", "lan", "fd00:2::99", 80)
    listeners.listen("blue", "blue", "fd00:15::2", 80)
    assert listeners.connect("red", "fd00:2::99", 80) is not None
    assert listeners.connect("lan", "fd00:2::2", 80) is not None
    listeners.close()


def test_an_interface_without_addresses_is_limited_too(lan: None, backend: str) -> None:
    """The host accepts packets for any of its addresses by any interface."""
    name = "nftables" if backend == "nftables" else "iptables"
    lab: Raw = {
        "name": "flat",
        "backend": name,
        "netns": [{"name": "red"}, {"name": "blue"}],
        "linux_bridge": [{"name": "flat0"}],
        "veth": [
            {
                "name": "eth0",
                "netns": "red",
                "addresses": ["10.15.0.1/24"],
                "peer": {"name": "p-red", "bridge": "flat0"},
            },
            {"name": "eth0", "netns": "blue", "addresses": ["10.17.0.1/24"], "peer": {"name": "b"}},
        ],
    }
    run("topology", **lab)
    for netns, device in (("red", "flat0"), ("blue", "b")):
        mac = sh(f"cat /proc/self/net/dev >/dev/null; ip -o link show {device}").split("ether ")[1]
        sh(f"ip -n {netns} route add 192.0.2.2 dev eth0")
        sh(f"ip -n {netns} neigh add 192.0.2.2 lladdr {mac.split()[0]} dev eth0")
    knocks = [Knock("udp", "192.0.2.2", 7000)]
    with host_services((), (7000,)) as services:
        for netns in ("red", "blue"):
            assert services.arrived(netns, knocks, knocks) == set(knocks)
        run("topology", **lab, host_access=["none"])
        for netns in ("red", "blue"):
            assert services.arrived(netns, knocks, []) == set()


def test_a_namespace_is_not_the_host(lan: None) -> None:
    """Where the bridge is in a namespace, the limit is on the interface that leads to the host."""
    run(
        "topology",
        name="lab",
        host_access=["none"],
        netns=[{"name": "red"}, {"name": "switch"}],
        linux_bridge=[{"name": "br0", "netns": "switch"}],
        veth=[
            {
                "name": "up0",
                "addresses": ["10.15.0.254/24"],
                "peer": {"name": "host", "netns": "switch", "bridge": "br0"},
            },
            {
                "name": "eth0",
                "netns": "red",
                "addresses": ["10.15.0.1/24"],
                "peer": {"name": "p-red", "netns": "switch", "bridge": "br0"},
            },
        ],
    )
    listed = subprocess.run(["nft", "list", "ruleset"], check=True, capture_output=True, text=True)
    assert '"up0" comment "redblue.netns:lab"' in listed.stdout and "p-red" not in listed.stdout
    assert not ping("red", "10.15.0.254")
