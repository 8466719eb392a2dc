# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""No task cuts off the SSH connection by which it came: a machine with a real sshd."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from support.machines import Machine, fleet
from support.shell import sh
from support.ssh_session import Session, connect
from support.tasks import LAB

FAR, FAR6 = "203.0.113.9", "2001:db8:9::9"
"""The addresses of a client behind the default gateway."""
STATE = """
ip -o link; ip -o addr | sed 's/ tentative//'; ip rule; ip netns
ip -4 route show table all; ip -6 route show table all | grep -v fe80
"""


@pytest.fixture(scope="module")
def machine(own_process: None) -> Iterator[Machine]:
    with fleet("web") as (started,):
        sh(
            f"ip addr add {FAR}/32 dev lo; ip addr add {FAR6}/128 dev lo nodad; "
            "ip addr add fd00:99::1/64 dev mgmt nodad"
        )
        started.run(
            "ip route add default via 10.99.0.1; ip addr add fd00:99::2/64 dev eth0 nodad; "
            "ip -6 route add default via fd00:99::1; ip netns add empty"
        )
        yield started


@pytest.fixture(scope="module")
def near(machine: Machine) -> Iterator[Session]:
    """A client on the same link, which becomes root by sudo."""
    with connect(machine, "trusty") as session:
        yield session


@pytest.fixture(scope="module")
def far(machine: Machine) -> Iterator[Session]:
    """A client behind the default gateway."""
    with connect(machine, "root", source=FAR) as session:
        yield session


@pytest.fixture(scope="module")
def far6(machine: Machine) -> Iterator[Session]:
    """A client behind the IPv6 default gateway."""
    with connect(machine, "root", "fd00:99::2", FAR6) as session:
        yield session


def check_refused(
    machine: Machine, session: Session, module: str, raw: dict[str, Any], *reasons: str
) -> None:
    """Check that a task is refused, in check mode too, and that nothing has changed."""
    before = machine.run(STATE)
    results = [session.run(module, check=check, **raw) for check in (True, False)]
    for result in results:
        assert result.get("failed") and all(part in result["msg"] for part in reasons), result
    assert machine.run(STATE) == before
    assert session.is_alive()


CUT = "the SSH connection of this task (client 10.99.0.1) would be cut off"
IPV4_ONLY = {"name": "eth0", "addresses": ["10.99.0.2/24"]}
PHYSICAL = {
    "name": "wan",
    "device": "eth0",
    "netns": "empty",
    "type": "physical",
    "force": True,
}
VETH = {"name": "eth0", "peer": {"name": "gone", "netns": "empty"}}
ON_LINK: list[tuple[str, dict[str, Any], str]] = [
    ("veth", {"name": "eth0", "state": "absent"}, "eth0 would be removed"),
    ("netns_link", {"name": "eth0", "up": False}, "eth0 would be set down"),
    ("netns_link", {"name": "eth0", "up": False, "force": True}, "eth0 would be set down"),
    ("netns_link", {**IPV4_ONLY, "mtu": 68, "force": True}, "mtu: 68: "),
    ("netns_link", {**IPV4_ONLY, "mtu": 600, "force": True}, "mtu: 600: "),
    ("netns_link", {**IPV4_ONLY, "mtu": 1279, "force": True}, "links on this path need 1280"),
    ("netns_link", {"name": "eth0", "mac": "02:00:00:00:00:77"}, "know its old MAC address"),
    ("netns_link", {"name": "eth0", "arp": False}, "would not find its neighbours"),
    ("netns_link", {"name": "eth0", "addresses": ["10.1.1.1/24"]}, "addresses: '10.99.0.2'"),
    (
        "netns_link",
        {"name": "eth0", "addresses": [], "force": True},
        "eth0 would lose this address",
    ),
    (
        "netns_link",
        {"name": "eth0", "addresses": ["10.99.0.2/32", "fd00:99::2/64"]},
        "addresses: '10.99.0.0/24': this network would not be on eth0 any more",
    ),
    ("netns_link", PHYSICAL, "eth0 would be moved to namespace empty"),
    ("netns_link", {**PHYSICAL, "force": True}, "eth0 would be moved to namespace empty"),
    (
        "topology",
        {"name": "t", "netns": [{"name": "n"}], "netns_link": [{**PHYSICAL, "netns": "n"}]},
        "eth0 would be moved to namespace n",
    ),
    (
        "netns_route",
        {"destination": "10.99.0.0/25", "type": "blackhole"},
        "packets would meet the route blackhole 10.99.0.0/25",
    ),
    ("netns_route", {"destination": "10.99.0.1", "type": "prohibit"}, "the route prohibit 10.99"),
    ("netns_route", {"destination": "10.99.0.0/30", "type": "unreachable"}, "unreachable 10.99"),
    (
        "netns_route",
        {"destination": "10.99.0.0/28", "device": "v-net-0", "force": True},
        "packets would take the route 10.99.0.0/28 dev v-net-0",
    ),
    (
        "netns_route",
        {"destination": "10.99.0.1", "gateway": "192.168.15.1"},
        "packets would take the route 10.99.0.1/32 via 192.168.15.1",
    ),
]


@pytest.mark.parametrize(("module", "raw", "reason"), ON_LINK)
def test_a_client_on_the_link_is_not_cut_off(
    machine: Machine, near: Session, module: str, raw: dict[str, Any], reason: str
) -> None:
    check_refused(machine, near, module, raw, reason, CUT)


def test_the_uplink_does_not_become_a_port_without_its_addresses(
    machine: Machine, near: Session
) -> None:
    reason = "eth0 carries 10.99.0.2/24 and fd00:99::2/64 and the default route"
    check_refused(machine, near, "linux_bridge", {"name": "new", "ports": ["eth0"]}, reason)
    port = {"name": "eth0", "bridge": "v-net-0", "addresses": []}
    check_refused(machine, near, "netns_link", port, "eth0 carries the default route")


BY_ROUTE: list[tuple[str, dict[str, Any], str]] = [
    ("netns_route", {"destination": "128.0.0.0/1", "type": "blackhole"}, "blackhole 128.0.0.0/1"),
    ("netns_route", {"destination": "128.0.0.0/1", "gateway": "192.168.15.1", "force": True}, ""),
    ("netns_route", {"destination": "203.0.113.0/24", "gateway": "192.168.15.1"}, "via 192.168"),
    ("netns_route", {"destination": "default", "state": "absent"}, "no other route would lead"),
    (
        "netns_route",
        {"destination": "default", "gateway": "192.168.15.1", "force": True},
        "packets would take the route default via 192.168.15.1",
    ),
    ("netns_route", {"destination": "default", "gateway": "192.168.15.1", "metric": 0}, "default"),
    (
        "netns_route",
        {"destination": "default", "gateway": "10.99.0.77", "force": True},
        "packets would take the route default via 10.99.0.77",
    ),
    ("netns_route", {"destination": "default", "gateway": "10.99.0.1", "mtu": 600}, ""),
    ("linux_bridge", {"name": "new", "addresses": ["203.0.113.1/24"]}, "would be on new"),
    ("linux_bridge", {"name": "new", "addresses": [f"{FAR}/32"]}, "an address of the host itself"),
    ("linux_bridge", {"name": "new", "addresses": ["203.0.113.9/1"]}, ""),
    (
        "netns_link",
        {"name": "eth0", "addresses": ["10.99.0.2/24", "203.0.113.7/24", "fd00:99::2/64"]},
        "addresses: '203.0.113.0/24': this network would be on eth0",
    ),
]


@pytest.mark.parametrize(("module", "raw", "reason"), BY_ROUTE)
def test_a_client_behind_the_gateway_is_not_cut_off(
    machine: Machine, far: Session, module: str, raw: dict[str, Any], reason: str
) -> None:
    check_refused(machine, far, module, raw, reason)


BY_IPV6: list[tuple[str, dict[str, Any], str]] = [
    ("netns_route", {"destination": "2001:db8::/32", "type": "unreachable"}, "2001:db8::/32"),
    ("netns_route", {"destination": "2000::/3", "device": "v-net-0"}, "2000::/3 dev v-net-0"),
    ("netns_route", {"destination": "::/0", "state": "absent"}, "no other route would lead"),
    ("linux_bridge", {"name": "new", "addresses": ["2001:db8:9::1/64"]}, "would be on new"),
    ("netns_link", {"name": "eth0", "addresses": ["10.99.0.2/24"]}, "addresses: 'fd00:99::2'"),
    ("netns_link", {"name": "eth0", "mtu": 1200}, "IPv6 needs 1280"),
]


@pytest.mark.parametrize(("module", "raw", "reason"), BY_IPV6)
def test_an_ipv6_client_is_not_cut_off(
    machine: Machine, far6: Session, module: str, raw: dict[str, Any], reason: str
) -> None:
    check_refused(machine, far6, module, raw, reason)


def test_a_client_with_a_link_local_address_is_not_cut_off(machine: Machine) -> None:
    (address,) = [
        word.split("/")[0]
        for word in machine.run("ip -6 -o addr show dev eth0 scope link").split()
        if word.startswith("fe80")
    ]
    down = {"name": "eth0", "up": False, "force": True}
    with connect(machine, "root", f"{address}%mgmt") as session:
        check_refused(machine, session, "netns_link", down, "(client fe80::")


def test_a_connection_that_no_environment_names_is_found(machine: Machine) -> None:
    with connect(machine, "trusty", without_environment=True) as session:
        down = {"name": "eth0", "up": False, "force": True}
        check_refused(machine, session, "netns_link", down, CUT)


def test_a_lab_is_added_and_removed_over_ssh(machine: Machine, far: Session) -> None:
    before = machine.run(STATE)
    lab = {**LAB, "name": "other", "linux_bridge": [{**LAB["linux_bridge"][0], "name": "other-0"}]}
    lab["netns"] = [{"name": "one"}]
    lab["linux_bridge"] = [{"name": "other-0", "addresses": ["10.5.0.1/24", "fd00:5::1/64"]}]
    lab["veth"] = [
        {
            "name": "eth0",
            "netns": "one",
            "addresses": ["10.5.0.2/24", "fd00:5::2/64"],
            "peer": {"name": "one-br", "bridge": "other-0"},
        }
    ]
    lab["netns_route"] = [
        {"netns": "one", "destination": "default", "gateway": "10.5.0.1"},
        {"netns": "one", "destination": "::/0", "gateway": "fd00:5::1"},
        {"netns": "one", "destination": "10.99.0.0/16", "type": "blackhole"},
        {"destination": "10.6.0.0/16", "gateway": "10.5.0.2"},
    ]
    lab["masquerade"] = [{"source": "10.5.0.0/24"}]
    lab["dnat"] = []
    for raw in (lab, {"name": "other", "state": "absent"}):
        result = far.run("topology", **raw)
        assert result.get("changed"), result
        assert far.is_alive()
    assert machine.run(STATE) == before


TAKEOVER: dict[str, Any] = {
    "name": "bridged",
    "linux_bridge": [{"name": "br0", "addresses": ["10.99.0.2/24", "fd00:99::2/64"]}],
    "netns_link": [{"name": "eth0", "bridge": "br0", "addresses": []}],
    "netns_route": [
        {"destination": "default", "gateway": "10.99.0.1", "force": True},
        {"destination": "::/0", "gateway": "fd00:99::1", "force": True},
    ],
    "isolate": False,
}


def test_a_bridge_takes_over_the_uplink(machine: Machine, far: Session, far6: Session) -> None:
    """The bridge gets address and routes of its port in the same task. This comes last."""
    result = far.run("topology", **TAKEOVER)
    assert result.get("changed"), result
    assert far.is_alive() and far6.is_alive()
    assert far.run("topology", **TAKEOVER)["changed"] is False
    for session in (far, far6):
        removed = {"name": "bridged", "state": "absent"}
        check_refused(machine, session, "topology", removed, "br0 would be removed")
        ports = {"name": "br0", "ports": []}
        check_refused(machine, session, "linux_bridge", ports, "would not be a port of br0")
