# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A topology that is not isolated, whose namespaces the host reaches by routes to their addresses,
as routed virtual machines and the pods of Calico are reached.
"""

from __future__ import annotations

from typing import Any

import pytest

from support.netns import write_sysctl
from support.probes import reasons
from support.shell import ip, sh
from support.snapshot import differences, take_snapshot
from support.tasks import run

BACKENDS = ("nftables", "iptables")
GATEWAYS = ("192.0.2.2", "fd00:2::2")
LAN = ("192.0.2.99", "fd00:2::99")


def routed(backend: str, **namespaces: int) -> dict[str, Any]:
    """Namespaces with addresses of the LAN itself, each on a link of its own."""
    own = {name: (f"192.0.2.{last}", f"fd00:2::{last}") for name, last in namespaces.items()}
    lengths = (32, 128)
    return {
        "name": "lab",
        "backend": backend,
        "isolate": False,
        "netns": [{"name": name} for name in own],
        "veth": [
            {
                "name": "eth0",
                "netns": name,
                "addresses": list(map("{}/{}".format, addresses, lengths)),
                "peer": {
                    "name": f"v-{name}",
                    "addresses": list(map("{}/{}".format, GATEWAYS, lengths)),
                },
            }
            for name, addresses in own.items()
        ],
        "netns_route": [
            {"netns": name, "destination": to, "gateway": by, "device": "eth0", "onlink": True}
            for name in own
            for to, by in zip(("0.0.0.0/0", "::/0"), GATEWAYS)
        ]
        + [
            {"destination": address, "device": f"v-{name}"}
            for name, addresses in own.items()
            for address in addresses
        ],
    }


def reaches_lan(netns: str, target: str) -> bool:
    return reasons({"netns": netns, "to": target, "timeout": 3}) == ["ok"]


def announce(last: int) -> None:
    """Have the host answer in the LAN for an address behind it."""
    write_sysctl("net/ipv4/conf/eth0/proxy_arp", 1)
    write_sysctl("net/ipv4/neigh/eth0/proxy_delay", 0)
    write_sysctl("net/ipv6/conf/eth0/proxy_ndp", 1)
    write_sysctl("net/ipv6/neigh/eth0/proxy_delay", 0)
    ip(f"neigh add proxy fd00:2::{last} dev eth0")


@pytest.mark.parametrize("backend", BACKENDS)
def test_routed_namespaces_reach_each_other_and_the_lan(lan: None, backend: str) -> None:
    announce(50)
    # Where the collection alone enabled forwarding, the host is no ARP proxy for the LAN.
    sh("ip -n lan route add 192.0.2.50 via 192.0.2.2")
    before = take_snapshot()
    topology = routed(backend, vm=50, other=51)
    foreseen, done = run("topology", check=True, **topology), run("topology", **topology)
    assert foreseen["commands"] == done["commands"] and done["warnings"] == []
    assert run("topology", **topology)["actions"] == []
    for target in (*LAN, "192.0.2.51", "fd00:2::51"):
        assert reaches_lan("vm", target), target
    run("topology", name="lab", state="absent")
    assert not differences(before, take_snapshot())


@pytest.mark.parametrize("backend", BACKENDS)
def test_forwarding_that_somebody_enables_later_is_open(lan: None, backend: str) -> None:
    topology = routed(backend, vm=50)
    run("topology", **topology)
    announce(50)
    for device in ("eth0", "v-vm"):
        write_sysctl(f"net/ipv4/conf/{device}/forwarding", 1)
    # As where it was enabled before the topology came.
    told = run("topology", **topology)["warnings"]
    assert [text.partition(" of ")[0] for text in told] == [
        f"IPv4 forwarding from {device}" for device in ("eth0", "v-vm")
    ]
    again = run("topology", **topology)
    assert again["actions"] == again["warnings"] == []
    assert reasons({"netns": "lan", "to": "192.0.2.50", "timeout": 3}) == ["ok"]
    assert reaches_lan("vm", LAN[0])
    run("topology", name="lab", state="absent")
    with open("/proc/sys/net/ipv4/conf/eth0/forwarding", encoding="ascii") as file:
        assert file.read() == "1\n"
