# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""IPv6 link-local addresses beside the one that the kernel assigns to a link."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Refused

from support.failing_host import INTERRUPT, fail_at_change
from support.info import gather_info
from support.shell import ip, output, replay, sh
from support.snapshot import differences, take_snapshot
from support.tasks import run, run_as_predicted

ROUTER: dict[str, Any] = {
    "name": "ll",
    "netns": [{"name": "c"}, {"name": "r", "sysctls": {"net.ipv6.conf.all.forwarding": 1}}],
    "veth": [
        {
            "name": "eth0",
            "netns": "c",
            "addresses": ["2001:db8:1::2/64"],
            "peer": {
                "name": "c",
                "netns": "r",
                "addresses": ["2001:db8:1::1/64", "fe80::1/64"],
            },
        }
    ],
    "netns_link": [{"name": "lo", "netns": "r", "addresses": ["2001:db8:2::1/128"]}],
    "netns_route": [{"netns": "c", "destination": "::/0", "gateway": "fe80::1", "device": "eth0"}],
}
PAIR: dict[str, Any] = {"name": "eth0", "netns": "c", "peer": {"name": "c", "netns": "r"}}


def list_link_locals(netns: str, device: str) -> list[str]:
    words = output("ip", "-n", netns, "-6", "-o", "addr", "show", "dev", device).split()
    return [word for word in words if word.startswith("fe80::") and len(word) < 12]


def test_a_router_has_one(host: None) -> None:
    run_as_predicted("topology", **ROUTER)
    sh("ip netns exec c ping -c1 -w30 2001:db8:2::1; ip netns exec c ping -c1 -w30 fe80::1%eth0")
    topology = gather_info()["topology"]
    assert "fe80::1/64" in str(topology["veth"])
    assert not run("topology", **{**topology, "name": "ll", "purge": True})["changed"]
    assert run("topology", name="ll", state="absent")["changed"]


def test_every_container_may_have_the_same_gateway(host: None) -> None:
    """As the routed networks of LXD: one address on all links of the host."""
    names = ("c1", "c2")
    lab: dict[str, Any] = {
        "name": "routed",
        "isolate": False,
        "netns": [{"name": name} for name in names],
        "veth": [
            {
                "name": "eth0",
                "netns": name,
                "addresses": [f"192.0.2.1{index}/32", f"2001:db8::1{index}/128"],
                "peer": {"name": f"v{name}", "addresses": ["169.254.0.1/32", "fe80::1/64"]},
            }
            for index, name in enumerate(names)
        ],
        "netns_route": [
            route
            for index, name in enumerate(names)
            for route in (
                {
                    "netns": name,
                    "destination": "default",
                    "gateway": "169.254.0.1",
                    "device": "eth0",
                    "onlink": True,
                },
                {"netns": name, "destination": "::/0", "gateway": "fe80::1", "device": "eth0"},
                {"destination": f"192.0.2.1{index}", "device": f"v{name}"},
                {"destination": f"2001:db8::1{index}", "device": f"v{name}"},
            )
        ],
    }
    sh("sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1")
    before = take_snapshot()
    run_as_predicted("topology", **lab)
    for target in ("169.254.0.1", "192.0.2.11", "2001:db8::11"):
        sh(f"ip netns exec c1 ping -c1 -w30 {target}")
    assert run("topology", name="routed", state="absent")["changed"]
    assert differences(before, take_snapshot()) == {}


def test_they_are_changed_and_removed_on_links_of_this_collection(host: None) -> None:
    for name in ("c", "r"):
        run("netns", name=name)
    for addresses in (["fe80::1/64"], ["fe80::2/64", "10.0.0.1/24"], ["10.0.0.1/24"], []):
        result = run_as_predicted("veth", **PAIR, addresses=addresses)
        assert list_link_locals("c", "eth0") == [text for text in addresses if ":" in text]
        assert result["commands"]
    run("veth", **PAIR, addresses=["fe80::1/64"])
    assert not run("veth", **PAIR)["changed"]
    run_as_predicted("veth", **PAIR, addresses=["fe80::1/64"], up=False)
    run_as_predicted("veth", **PAIR, addresses=["fe80::1/64"])
    assert list_link_locals("c", "eth0") == ["fe80::1/64"]
    with pytest.raises(Refused, match="is too small for the IPv6 addresses"):
        run("veth", **PAIR, addresses=["fe80::1/64"], mtu=1279)
    ip("addr add fe80::9/64 dev eth0", "-n", "c")
    assert not run("veth", **PAIR, addresses=["fe80::1/64"], purge_addresses=False)["changed"]
    assert run("veth", **PAIR, addresses=["fe80::1/64"])["changed"]
    assert list_link_locals("c", "eth0") == ["fe80::1/64"]


def test_commands_add_them(host: None) -> None:
    for name in ("c", "r"):
        run("netns", name=name)
    commands = run("veth", check=True, **PAIR, addresses=["fe80::1/64", "fd00::1/64"])["commands"]
    replay(commands)
    assert not run("veth", **PAIR, addresses=["fe80::1/64", "fd00::1/64"])["changed"]


def test_those_of_others_stay(host: None) -> None:
    sh(
        "ip link add eth0 type veth peer name far; ip link set eth0 up; ip link set far up; "
        "ip addr add fe80::5/64 dev eth0"
    )
    run_as_predicted("netns_link", name="eth0", addresses=["10.0.0.1/24"])
    run_as_predicted("netns_link", name="eth0", addresses=["10.0.0.1/24", "fe80::6/64"])
    addresses = output("ip", "-6", "addr", "show", "dev", "eth0")
    assert "fe80::5/64" in addresses and "fe80::6/64" in addresses


def test_a_failed_task_puts_them_back(host: None) -> None:
    run("topology", **ROUTER)
    peer = {**ROUTER["veth"][0]["peer"], "addresses": ["2001:db8:1::1/64", "fe80::7/64"]}
    changed = {**ROUTER, "veth": [{**ROUTER["veth"][0], "peer": peer}]}
    changed["netns_route"] = [{**ROUTER["netns_route"][0], "gateway": "fe80::7"}]
    message = fail_at_change(2, INTERRUPT, **changed)
    assert "undone: add address fe80::7/64" in message
    assert list_link_locals("r", "c") == ["fe80::1/64"]
    assert run("topology", **changed)["changed"]
    assert list_link_locals("r", "c") == ["fe80::7/64"]


def test_where_they_lead_nowhere_they_are_refused(host: None) -> None:
    for name in ("c", "r"):
        run("netns", name=name)
    with pytest.raises(Refused, match="is a link-local address, which leads nowhere on lo"):
        run("netns_link", name="lo", netns="c", addresses=["fe80::1/64"])
    with pytest.raises(Refused, match="a bridge port has no addresses"):
        run("netns_link", name="eth0", netns="c", bridge="br0", addresses=["fe80::1/64"])
    run("veth", **PAIR, addresses=["fe80::1/64"])
    with pytest.raises(Refused, match="is an address of namespace c itself"):
        run("netns_route", netns="c", destination="::/0", gateway="fe80::1", device="eth0")
