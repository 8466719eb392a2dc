# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Addresses at several places: allowed where they cannot meet, or by a word of the user."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Refused

from support.info import gather_info
from support.shell import sh
from support.snapshot import differences, take_snapshot
from support.tasks import run, run_as_predicted

MAC = "02:00:00:00:00:01"


def cable(end: tuple[str, str, Any], peer: tuple[str, str, Any], **options: Any) -> dict[str, Any]:
    """A veth pair of (namespace, name, addresses)."""
    (netns, name, addresses), (peer_netns, peer_name, peer_addresses) = end, peer
    return {
        "name": name,
        "netns": netns,
        "addresses": addresses,
        "peer": {"name": peer_name, "netns": peer_netns, "addresses": peer_addresses},
        **options,
    }


def port(netns: str, addresses: Any, bridge: str = "br0", **options: Any) -> dict[str, Any]:
    """A namespace on a bridge of the namespace s."""
    return {
        "name": "eth0",
        "netns": netns,
        "addresses": addresses,
        "peer": {"name": f"p-{netns}", "netns": "s", "bridge": bridge},
        **options,
    }


def lab(*veths: dict[str, Any], **more: Any) -> dict[str, Any]:
    names = {item["netns"] for veth in veths for item in (veth, veth["peer"])}
    return {
        "name": "lab",
        "netns": [{"name": name} for name in sorted(names)],
        "veth": list(veths),
        **more,
    }


def lo(netns: str, *addresses: str, **options: Any) -> dict[str, Any]:
    return {"name": "lo", "netns": netns, "addresses": list(addresses), **options}


BRIDGE = {"name": "br0", "netns": "s"}
ONE, TWO = ["10.0.0.1/24", "fd00::1/64"], ["10.0.0.2/24", "fd00::2/64"]

TENANTS = lab(
    cable(("a1", "eth0", ONE), ("a2", "eth0", TWO)),
    cable(("b1", "eth0", ONE), ("b2", "eth0", TWO)),
)
TENANTS_ON_BRIDGES = lab(
    port("a1", ONE),
    port("a2", TWO),
    port("b1", ONE, "br1"),
    port("b2", TWO, "br1"),
    linux_bridge=[BRIDGE, {**BRIDGE, "name": "br1"}],
)
SAME_MAC = lab(
    cable(("a1", "eth0", ["10.0.1.1/24"]), ("a2", "eth0", ["10.0.1.2/24"]), mac=MAC),
    cable(("b1", "eth0", ["10.0.2.1/24"]), ("b2", "eth0", ["10.0.2.2/24"]), mac=MAC),
)
ANYCAST = lab(
    cable(
        ("c", "to-a", ["10.0.1.0/31", "fd00:1::/127"]),
        ("a", "eth0", ["10.0.1.1/31", "fd00:1::1/127"]),
    ),
    cable(
        ("c", "to-b", ["10.0.2.0/31", "fd00:2::/127"]),
        ("b", "eth0", ["10.0.2.1/31", "fd00:2::1/127"]),
    ),
    netns_link=[lo(name, "10.255.0.1/32", "fd00:255::1/128") for name in "ab"],
    netns_route=[
        {
            "netns": "c",
            "destination": "10.255.0.1",
            "nexthops": [{"gateway": "10.0.1.1"}, {"gateway": "10.0.2.1"}],
        },
        {"netns": "c", "destination": "fd00:255::1", "gateway": "fd00:1::1"},
    ],
)
SERVICE_ADDRESS = lab(
    cable(("a", "eth0", TWO), ("c", "eth0", ONE)),
    linux_bridge=[{"name": "vip0", "netns": "a", "addresses": ["10.0.0.53/32", "fd00::53/128"]}],
)
SERVICE_ADDRESS_FIRST = lab(
    cable(("a", "zz0", ["10.0.0.53/32", "fd00::53/128"]), ("d", "eth0", [])),
    cable(("a", "eth0", TWO), ("c", "eth0", ONE)),
)
ROUTED_CONTAINERS = lab(
    cable(("r", "v1", ["10.0.0.1/32"]), ("a", "eth0", ["10.0.0.11/32"])),
    cable(("r", "v2", ["10.0.0.1/32"]), ("b", "eth0", ["10.0.0.12/32"])),
    cable(("r", "lan", ["10.0.0.2/24"]), ("c", "eth0", ["10.0.0.3/24"])),
    netns_route=[
        {"netns": "r", "destination": "10.0.0.11", "device": "v1"},
        {"netns": "r", "destination": "10.0.0.12", "device": "v2"},
        {"netns": "a", "destination": "10.0.0.1", "device": "eth0"},
    ],
)

ALLOWED = {
    "two tenants": (TENANTS, ["a1 10.0.0.2", "b1 fd00::2"]),
    "two tenants with a bridge each": (TENANTS_ON_BRIDGES, ["a1 10.0.0.2", "b1 fd00::2"]),
    "one MAC address on two cables": (SAME_MAC, ["a1 10.0.1.2", "b1 10.0.2.2"]),
    "anycast": (ANYCAST, ["c 10.255.0.1", "c fd00:255::1"]),
    "a service address": (SERVICE_ADDRESS, ["c 10.0.0.53"]),
    "a service address on an earlier interface": (SERVICE_ADDRESS_FIRST, ["c 10.0.0.53"]),
    "routed containers in a network": (ROUTED_CONTAINERS, ["a 10.0.0.1", "r 10.0.0.3"]),
}

TWO_NICS = lab(
    port("a", ["10.0.0.1/24", "fd00::1/64"]),
    port("c", ["10.0.0.3/24"]),
    {
        **port("a", ["10.0.0.2/24", "fd00::2/64"]),
        "name": "eth1",
        "peer": {"name": "p2", "netns": "s", "bridge": "br0"},
    },
    linux_bridge=[BRIDGE],
)
NESTED = lab(
    cable(("r", "wide", ["10.0.0.1/16"]), ("a", "eth0", ["10.0.0.2/16"])),
    cable(("r", "narrow", ["10.0.5.1/24"]), ("b", "eth0", ["10.0.5.2/24"])),
)
SAME_SEGMENT = lab(
    port("a", ["10.0.0.1/24"]),
    port("b", ["10.0.0.1/24"]),
    port("c", ["10.0.0.3/24"]),
    linux_bridge=[BRIDGE],
)
SAME_MAC_ON_SEGMENT = lab(
    port("a", ["10.0.0.1/24"], mac=MAC),
    port("b", ["10.0.0.2/24"], mac=MAC),
    linux_bridge=[BRIDGE],
)
SAME_MAC_ON_CABLE = lab(
    cable(("a", "eth0", ["10.0.0.1/24"]), ("b", "eth0", ["10.0.0.2/24"]), mac=MAC),
)
SAME_MAC_ON_CABLE["veth"][0]["peer"]["mac"] = MAC

BY_WORD = {
    "two interfaces in one network": (
        TWO_NICS,
        2,
        r"addresses: '10\.0\.0\.[12]/24': overlaps 10\.0\.0\.0/24 on eth[01] in namespace a; set "
        "allow_overlap: true if that is intended",
    ),
    "a network in another": (NESTED, 0, "overlaps 10.0.* in namespace r; set allow_overlap: true"),
    "one address twice on a segment": (
        SAME_SEGMENT,
        1,
        r"veth\[1\]\.addresses\[0\]: '10\.0\.0\.1/24': this address is already declared at "
        r"veth\[0\]\.addresses\[0\], on the same Ethernet segment; set allow_overlap: true at "
        r"veth\[1\] if that is intended",
    ),
    "one MAC address twice on a segment": (
        SAME_MAC_ON_SEGMENT,
        1,
        r"veth\[1\]\.mac: .* this MAC address is already declared at veth\[0\]\.mac, on the same",
    ),
    "one MAC address at both ends": (
        SAME_MAC_ON_CABLE,
        0,
        r"veth\[0\]\.peer\.mac: .* at veth\[0\]\.mac, on the same Ethernet segment; set allow_ov",
    ),
}


def assert_feedback_changes_nothing() -> None:
    topology = gather_info()["topology"]
    assert not run("topology", **topology)["changed"]


def assert_can_be_built_from(topology: dict[str, Any], before: dict[str, Any]) -> None:
    """What netns_info returns builds the same once more."""
    run("topology", name="lab", state="absent")
    assert differences(before, take_snapshot()) == {}
    run("topology", **topology)
    assert_feedback_changes_nothing()
    run("topology", name="lab", state="absent")


@pytest.mark.parametrize("name", ALLOWED)
def test_it_is_allowed_where_nothing_can_meet(host: None, name: str) -> None:
    task, pings = ALLOWED[name]
    before = take_snapshot()
    run_as_predicted("topology", **task)
    for words in pings:
        netns, address = words.split()
        sh(f"ip netns exec {netns} ping -c1 -w30 {address}")
    assert_feedback_changes_nothing()
    assert_can_be_built_from(gather_info()["topology"], before)


@pytest.mark.parametrize("name", BY_WORD)
def test_it_is_refused_without_a_word_of_the_user(host: None, name: str) -> None:
    task, index, message = BY_WORD[name]
    before = take_snapshot()
    for check in (True, False):
        with pytest.raises(Refused, match=message):
            run("topology", check=check, **task)
    assert differences(before, take_snapshot()) == {}
    veths = [dict(veth) for veth in task["veth"]]
    veths[index]["allow_overlap"] = True
    if name == "one MAC address at both ends":
        veths[index]["peer"] = {**veths[index]["peer"], "allow_overlap": True}
    run_as_predicted("topology", **{**task, "veth": veths})
    assert_feedback_changes_nothing()
    assert_can_be_built_from(gather_info()["topology"], before)


def test_a_single_module_takes_the_word_too(host: None) -> None:
    run("topology", **lab(cable(("a", "eth0", ONE), ("c", "eth0", TWO))))
    second = cable(("a", "eth1", ["10.0.0.9/24"]), ("d", "eth0", []))
    run("netns", name="d")
    with pytest.raises(Refused, match="set allow_overlap: true if that is intended"):
        run("veth", **second)
    run_as_predicted("veth", **second, allow_overlap=True)


def test_sysctls_of_links_are_fed_back(host: None) -> None:
    task = lab(cable(("a", "eth.0", ["10.0.0.1/24"]), ("c", "eth0", ["10.0.0.2/24"])))
    task["netns"][0]["sysctls"] = {
        "net.ipv6.conf.eth/0.accept_ra": 2,
        "net.ipv6.conf.eth/0.addr_gen_mode": 0,
        "net.ipv6.conf.eth/0.accept_dad": 2,
    }
    run_as_predicted("topology", **task)
    assert gather_info()["topology"]["netns"][0]["sysctls"] == {
        "net.ipv6.conf.eth/0.accept_ra": "2",
        "net.ipv6.conf.eth/0.accept_dad": "2",
    }
    assert_feedback_changes_nothing()


def test_tenants_of_somebody_else_are_fed_back(host: None) -> None:
    for tenant in "ab":
        sh(
            f"ip netns add {tenant}1; ip netns add {tenant}2;"
            f"ip -n {tenant}1 link add eth0 type veth peer name eth0 netns {tenant}2;"
            f"ip -n {tenant}1 addr add 10.0.0.1/24 dev eth0; ip -n {tenant}1 link set eth0 up;"
            f"ip -n {tenant}2 addr add 10.0.0.2/24 dev eth0; ip -n {tenant}2 link set eth0 up;"
            f"ip -n {tenant}1 link set lo up; ip -n {tenant}2 link set lo up"
        )
    assert_feedback_changes_nothing()


HALVES = ("0.0.0.0/1", "128.0.0.0/1", "2000::/3", "fc00::/7")


def test_a_vpn_with_halves_of_the_internet_overlaps_no_network(host: None) -> None:
    """As OpenVPN's redirect-gateway def1 routes them, and with its options for IPv6."""
    sh(
        "ip link add vpn0 type veth peer name far; ip link set vpn0 up; ip link set far up\n"
        "ip addr add 10.8.0.6/32 dev vpn0\n"
        + "\n".join(f"ip route add {network} dev vpn0" for network in HALVES)
    )
    run_as_predicted("linux_bridge", name="br0", addresses=["10.5.0.1/24", "fd00:5::1/64"])
    assert_feedback_changes_nothing()
    sh("ip route add 10.0.0.0/8 dev vpn0")
    with pytest.raises(Refused, match="overlaps the route to 10.0.0.0/8 by vpn0"):
        run("linux_bridge", name="br1", addresses=["10.6.0.1/24"])
