# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Labs whose address is not on the bridge itself, with br_netfilter: their packets pass, and those
with forged sources do not.
"""

from __future__ import annotations

import socket
from typing import Any

import pytest

from support.doctor import diagnose_host
from support.kernel_link_types import need_type
from support.nat_lab import HAS_BRIDGE_FILTER, set_bridge_filtering
from support.netns import in_netns
from support.pings import reaches
from support.services import TIMEOUT
from support.shell import ip, output
from support.tasks import run

pytestmark = pytest.mark.skipif(not HAS_BRIDGE_FILTER, reason="this kernel has no br_netfilter")

GATES = ["10.15.0.5/24", "fd15::5/64"]
BLUE = ["10.15.0.2", "[fd15::2]"]
INSIDE = ["10.15.0.2", "10.15.0.5", "fd15::2", "fd15::5"]
LAN = ["192.0.2.99", "fd00:2::99"]


def _member(name: str, number: int, bridge: str, **more: Any) -> dict[str, Any]:
    return {
        "name": "eth0",
        "netns": name,
        "addresses": [f"10.15.0.{number}/24", f"fd15::{number}/64"],
        "peer": {"name": f"p-{name}", "bridge": bridge, **more},
    }


def _lab(**more: Any) -> dict[str, Any]:
    routes = [
        {"netns": netns, "destination": "default", "gateway": gate.partition("/")[0]}
        for netns in ("red", "blue")
        for gate in GATES
    ]
    return {
        "name": "lab",
        "netns": [{"name": "red"}, {"name": "blue"}],
        "netns_route": routes,
        "masquerade": [{"source": ["10.15.0.0/24", "fd15::/64"]}],
        "dnat": [{"destination_port": 80, "to_destination": f"{blue}:80"} for blue in BLUE],
        **more,
    }


LABS = {
    "a cable of the host": _lab(
        linux_bridge=[{"name": "br0"}],
        veth=[
            _member("red", 1, "br0"),
            _member("blue", 2, "br0"),
            {"name": "host0", "addresses": GATES, "peer": {"name": "h", "bridge": "br0"}},
        ],
    ),
    "two bridges": _lab(
        linux_bridge=[{"name": "br0"}, {"name": "br1", "addresses": GATES}],
        veth=[
            _member("red", 1, "br0"),
            _member("blue", 2, "br1"),
            {"name": "j0", "bridge": "br0", "peer": {"name": "j1", "bridge": "br1"}},
        ],
    ),
    "a switch in a namespace": {
        **_lab(
            linux_bridge=[{"name": "br0", "netns": "switch"}],
            veth=[
                {**_member("red", 1, "br0", netns="switch")},
                {**_member("blue", 2, "br0", netns="switch")},
                {
                    "name": "host0",
                    "addresses": GATES,
                    "peer": {"name": "up", "netns": "switch", "bridge": "br0"},
                },
            ],
        ),
        "netns": [{"name": "red"}, {"name": "blue"}, {"name": "switch"}],
    },
}

_ON_A_VLAN = {"name": "br0.20", "type": "vlan", "link": "br0", "id": 20, "addresses": GATES}


def _tagging_member(name: str, number: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """A member that tags its own packets: its cable, and the VLAN link with its addresses."""
    cable = _member(name, number, "br0")
    addresses = cable.pop("addresses")
    link = {"name": "eth0.20", "netns": name, "type": "vlan", "id": 20}
    link.update(link="eth0", link_netns=name)
    return cable, {**link, "addresses": addresses}


_MEMBERS = [_tagging_member("red", 1), _tagging_member("blue", 2)]
VLAN_LABS = {
    "ports in a VLAN": _lab(
        linux_bridge=[{"name": "br0", "vlan_filtering": True, "vlans": [20]}],
        veth=[_member("red", 1, "br0", vlan=20), _member("blue", 2, "br0", vlan=20)],
        netns_link=[_ON_A_VLAN],
    ),
    "members that tag": _lab(
        linux_bridge=[{"name": "br0"}],
        veth=[cable for cable, _link in _MEMBERS],
        netns_link=[_ON_A_VLAN, *(link for _cable, link in _MEMBERS)],
    ),
}


HARMLESS = {"forwarding_off", "segment_unclear"}
"""Findings that no lost packet causes."""


def _make_the_lan_know_nobody() -> None:
    """Only translated packets are answered."""
    ip("route del 10.0.0.0/8\nroute del fd00::/16", "-n", "lan")


def _unreached(*pairs: tuple[str | None, str]) -> list[tuple[str | None, str]]:
    """The (namespace, address) pairs without an answer."""
    return [pair for pair in pairs if not reaches(*pair)]


def _build(topology: dict[str, Any], backend: str) -> bool:
    """Build a lab twice, and return whether the second run changed something."""
    _make_the_lan_know_nobody()
    run("topology", backend=backend, **topology)
    return bool(run("topology", backend=backend, **topology)["changed"])


def _find_unreached() -> list[tuple[str | None, str]]:
    """What should be reached within the lab, from the host and on the LAN, and is not."""
    inside = [("red", address) for address in INSIDE]
    outside = [(netns, address) for netns in ("red", "blue") for address in LAN]
    return _unreached(*inside, (None, "10.15.0.1"), (None, "fd15::2"), *outside)


def _exchange_by_port() -> list[bytes]:
    """What blue receives when the LAN sends to the host's port, over IPv4 and IPv6."""
    received = []
    with in_netns("blue"):
        listener = socket.create_server(("::", 80), family=socket.AF_INET6, dualstack_ipv6=True)
    with listener, in_netns("lan"):
        for address in ("192.0.2.2", "fd00:2::2"):
            with socket.create_connection((address, 80), timeout=TIMEOUT) as client:
                client.sendall(b"hello")
                with listener.accept()[0] as connection:
                    received.append(connection.recv(5))
    return received


def _find_checks() -> set[str]:
    return {finding.check for finding in diagnose_host()}


@pytest.mark.parametrize("backend", ["nftables", "iptables"])
@pytest.mark.parametrize("topology", LABS.values(), ids=LABS)
def test_a_lab_reaches_itself_and_the_host_and_is_reached_by_its_port(
    lan: None, topology: dict[str, Any], backend: str
) -> None:
    set_bridge_filtering(1)
    assert not _build(topology, backend)
    assert _find_unreached() == []
    assert _exchange_by_port() == [b"hello", b"hello"]
    assert _find_checks() <= HARMLESS


@pytest.mark.parametrize("backend", ["nftables", "iptables"])
@pytest.mark.parametrize("tagged", ["0", "1"])
@pytest.mark.parametrize("topology", VLAN_LABS.values(), ids=["ports", "members"])
def test_an_address_on_a_vlan_of_the_bridge(
    lan: None, topology: dict[str, Any], tagged: str, backend: str
) -> None:
    """br_netfilter shows tagged packets to the rules only if a kernel parameter says so."""
    need_type("vlan")
    set_bridge_filtering(1)
    output("sysctl", "-qw", f"net.bridge.bridge-nf-filter-vlan-tagged={tagged}")
    assert not _build(topology, backend)
    assert _find_unreached() == []
    assert _exchange_by_port() == [b"hello", b"hello"]
    assert _find_checks() <= HARMLESS


@pytest.mark.parametrize("backend", ["nftables", "iptables"])
def test_a_user_bridge_that_a_cable_joins(lan: None, backend: str) -> None:
    """The bridge is not the lab's own, and answers for the host's address, too."""
    ip("link add br0 type bridge\nlink set br0 up")
    set_bridge_filtering(1)
    topology = _lab(
        veth=[
            _member("red", 1, "br0"),
            _member("blue", 2, "br0"),
            {"name": "host0", "addresses": GATES, "peer": {"name": "h", "bridge": "br0"}},
        ]
    )
    run("topology", backend=backend, **topology)
    assert not run("topology", backend=backend, **topology)["changed"]
    assert _unreached(*(("red", address) for address in INSIDE)) == []


@pytest.mark.parametrize("backend", ["nftables", "iptables"])
def test_a_host_of_the_lan_cannot_pretend_to_be_in_the_lab(lan: None, backend: str) -> None:
    """It is on another segment, also where its own link is a port of a bridge of the host."""
    ip("link add br-lan type bridge\nlink set eth0 master br-lan\nlink set br-lan up")
    ip("addr flush dev eth0\naddr add 192.0.2.2/24 dev br-lan")
    set_bridge_filtering(1)
    run("topology", backend=backend, **LABS["a cable of the host"])
    assert reaches("lan", "192.0.2.2")
    ip("addr add 10.15.0.9/32 dev lo", "-n", "lan")
    sent = ["ip", "netns", "exec", "lan", "ping", "-c2", "-W1", "-I", "10.15.0.9", "192.0.2.2"]
    counter = "nft add table inet seen; nft add chain inet seen input "
    counter += "'{ type filter hook input priority 10; }'; "
    counter += "nft add rule inet seen input ip saddr 10.15.0.9 counter"
    output("bash", "-ec", f"{counter}; {' '.join(sent)} || true")
    assert "packets 0 " in output("nft", "list", "table", "inet", "seen")


@pytest.mark.parametrize("backend", ["nftables", "iptables"])
def test_a_bridge_of_others_keeps_ipv6_beside_a_masquerade(lan: None, backend: str) -> None:
    """IPv6 forwarding is enabled on all interfaces, and every packet has a route: the default."""
    ip("route add default via fd00:2::99\nlink add br7 type bridge\nlink set br7 up")
    for number in (1, 2):
        name = f"vm{number}"
        ip(f"netns add {name}\nlink add {name} type veth peer eth0 netns {name}")
        ip(f"link set {name} master br7 up")
        ip(f"link set eth0 up\naddr add fd99::{number}/64 dev eth0 nodad", "-n", name)
    set_bridge_filtering(1)
    run("topology", backend=backend, **LABS["two bridges"])
    assert reaches("vm1", "fd99::2")
