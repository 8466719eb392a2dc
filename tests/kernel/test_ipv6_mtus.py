# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""MTUs that the kernel changes by itself: of bridges with that of a port, of IPv6 with its link."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Refused

from support.info import gather_info
from support.shell import ip, sh
from support.snapshot import differences, take_snapshot
from support.tasks import Raw, run, run_as_predicted


def lab(port_mtu: int | None, bridge: Raw | None = None, peer: str = "fd00::2/64") -> Raw:
    addresses = ["fd00::1/64", "10.0.0.1/24"]
    mtu = {} if port_mtu is None else {"mtu": port_mtu}
    return {
        "name": "lab",
        "netns": [{"name": "a"}, {"name": "b"}],
        "linux_bridge": [{"name": "br0", "netns": "a", "addresses": addresses, **(bridge or {})}],
        "veth": [
            {
                "name": "p0",
                "netns": "a",
                "bridge": "br0",
                **mtu,
                "peer": {"name": "eth0", "netns": "b", "addresses": [peer], **mtu},
            }
        ],
    }


PORT: Raw = {"name": "p0", "netns": "a", "peer": {"name": "eth0", "netns": "b"}}
LOST = (
    r"mtu: 1200: bridge br0 in namespace a takes the MTU of its port \w+, and would lose its IPv6 "
    r"addresses \(fd00::1/64\): IPv6 needs 1280"
)


def assert_refused(module: str, raw: Raw, rule: str) -> None:
    before = take_snapshot()
    for check in (True, False):
        with pytest.raises(Refused, match=rule):
            run(module, check=check, **raw)
    assert differences(before, take_snapshot()) == {}


def test_a_port_does_not_take_ipv6_from_its_bridge(host: None) -> None:
    run("topology", **lab(None))
    assert_refused("veth", {**PORT, "mtu": 1200}, LOST)
    new: Raw = {"name": "p1", "netns": "a", "mtu": 1200, "bridge": "br0", "peer": {"name": "x1"}}
    assert_refused("veth", new, LOST)
    sh("ip -n a link add p2 mtu 1200 type veth peer name far2")
    listed: Raw = {"name": "br0", "netns": "a", "ports": ["p0", "p2"]}
    assert_refused("linux_bridge", listed, LOST)
    run_as_predicted("veth", **{**PORT, "mtu": 1400})
    assert "fd00::1/64" in sh("ip -n a addr show br0")


@pytest.mark.parametrize("bridge", [{}, {"mtu": 1500}])
def test_bridges_of_others_keep_their_ipv6_addresses_too(host: None, bridge: Raw) -> None:
    ip("netns add a\nnetns add b")
    ip("link add br0 type bridge\nlink set br0 up\naddr add fd00::1/64 dev br0 nodad", "-n", "a")
    task = lab(1200, peer="10.0.0.2/24")
    if bridge:
        task["linux_bridge"][0].update(bridge)
    else:
        del task["linux_bridge"]
    assert_refused("topology", task, LOST)


def test_a_new_bridge_is_refused_unless_it_has_an_mtu_of_its_own(host: None) -> None:
    assert_refused("topology", lab(1200, peer="10.0.0.2/24"), LOST)
    run_as_predicted("topology", **lab(1200, {"mtu": 1500}, peer="10.0.0.2/24"))
    assert "mtu 1500" in sh("ip -n a link show br0")
    sh("ip netns exec a ping -c1 -w30 10.0.0.2")
    assert not run("topology", **gather_info()["topology"])["changed"]


def test_a_bridge_without_ipv6_addresses_follows(host: None) -> None:
    task = lab(None, {"addresses": ["10.0.0.1/24"]}, peer="10.0.0.2/24")
    run("topology", **task)
    run_as_predicted("veth", **{**PORT, "mtu": 1200})
    assert "mtu 1200" in sh("ip -n a link show br0")


def test_a_bridge_keeps_the_mtu_that_the_task_gives_it(host: None) -> None:
    run("topology", **lab(None, {"mtu": 1500}))
    run_as_predicted("topology", **lab(1400, {"mtu": 1500}))
    assert "mtu 1500" in sh("ip -n a link show br0")


KEY = "net.ipv6.conf.eth0.mtu"


def narrow(value: Any, mtu: int | None = None, **options: Any) -> Raw:
    """A namespace whose IPv6 packets are smaller than those of its link."""
    end: Raw = {"addresses": ["fd00::1/64"], **({} if mtu is None else {"mtu": mtu}), **options}
    peer: Raw = {"name": "eth0", "netns": "b", "addresses": ["fd00::2/64"]}
    return {
        "name": "lab",
        "netns": [{"name": "a", "sysctls": {KEY: value}}, {"name": "b"}],
        "veth": [{"name": "eth0", "netns": "a", **end, "peer": peer}],
    }


def read_mtu() -> str:
    return sh(f"ip netns exec a sysctl -n {KEY}").strip()


def test_the_ipv6_mtu_stays_when_the_link_is_set_up_or_has_another_mtu(host: None) -> None:
    run_as_predicted("topology", **narrow(1400))
    assert read_mtu() == "1400"
    assert not run("topology", **gather_info()["topology"])["changed"]
    run_as_predicted("topology", **narrow(1400, mtu=1450))
    assert read_mtu() == "1400"
    sh("ip -n a link set eth0 down")
    run_as_predicted("topology", **narrow(1400, mtu=1450))
    assert read_mtu() == "1400"
    sh("ip netns exec a ping -c1 -w30 fd00::2")


def test_an_ipv6_mtu_that_the_link_does_not_have_is_refused(host: None) -> None:
    rule = "is larger than the MTU of interface eth0 in namespace a, which is 1300"
    assert_refused("topology", narrow(1400, mtu=1300), rule)
