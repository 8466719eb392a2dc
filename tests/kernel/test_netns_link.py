# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Link types of netns_link, tested with packets: reachability over them, and their removal."""

from __future__ import annotations

import subprocess
from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import (
    Conflict,
    Failed,
)

from support.links import RED_AND_BLUE, link_in_each, show_link
from support.netns import add_namespace, write_sysctl
from support.pings import ping, reaches
from support.services import Listeners
from support.shell import ip
from support.tasks import run


def test_macvlan_links_reach_each_other_by_mode(port: None) -> None:
    for mode, together in (("bridge", True), ("private", False), ("bridge", True), ("vepa", False)):
        run(
            "topology",
            **RED_AND_BLUE,
            netns_link=link_in_each(type="macvlan", link="eth0", mode=mode),
        )
        for address in ("10.3.0.2", "fd00:3::2"):
            assert (reaches if together else ping)("red", address) is together, (mode, address)


def test_a_passthru_macvlan_has_the_mac_of_its_parent_and_is_the_only_one(port: None) -> None:
    mac = show_link(None, "eth0").split("link/ether ")[1].split()[0]
    run("netns", name="red")
    run("netns_link", name="leg", netns="red", type="macvlan", link="eth0", mode="passthru")
    assert f"link/ether {mac} " in show_link("red", "leg")
    with pytest.raises(
        Conflict,
        match=(
            r"mode: 'bridge': interface leg in namespace red is on the same parent with mode "
            r"passthru, and mode passthru allows"
        ),
    ):
        run("netns_link", name="other", netns="red", type="macvlan", link="eth0")
    # It is not visible from the host; the kernel refuses it, and the message explains the error.
    with pytest.raises(
        Failed,
        match=(
            "create macvlan other on eth0 on the host: "
            ".* has mode passthru, which is exclusive. nothing had been changed"
        ),
    ):
        run("netns_link", name="other", type="macvlan", link="eth0")


def test_a_macvlan_link_reaches_the_network_of_its_parent(port: None) -> None:
    add_namespace("lan")
    ip("link set switch netns lan")
    ip(
        (
            "link set lo up\nlink set switch up\naddr add 10.3.0.9/24 dev switch\n"
            "addr add 10.9.0.1/32 dev lo"
        ),
        "-n",
        "lan",
    )
    routes = [
        {"netns": "red", "destination": "default", "gateway": "10.3.0.9"},
        {"netns": "red", "destination": "10.8.0.0/16", "device": "leg"},
    ]
    run(
        "topology",
        **RED_AND_BLUE,
        netns_link=link_in_each(type="macvlan", link="eth0"),
        netns_route=routes,
    )
    assert reaches("red", "10.9.0.1")


@pytest.mark.parametrize("underlay", ["the host's", "their own"])
def test_vxlan_connects_two_namespaces(host: None, underlay: str) -> None:
    addresses = {"red": "10.0.0.1", "blue": "10.0.0.2"}
    veth = {
        "name": "below",
        "netns": "red",
        "addresses": ["10.0.0.1/24"],
        "peer": {"name": "below", "netns": "blue", "addresses": ["10.0.0.2/24"]},
    }
    tunnels = link_in_each(type="vxlan", id=7)
    for tunnel, local, remote in zip(tunnels, ("red", "blue"), ("blue", "red")):
        tunnel.update(local=addresses[local], remote=addresses[remote], link_netns=local)
    if underlay == "the host's":
        # Red has only its end of the tunnel: the host sends its packets.
        veth = {
            "name": "below",
            "addresses": ["10.0.0.1/24"],
            "peer": {"name": "below", "netns": "blue", "addresses": ["10.0.0.2/24"]},
        }
        del tunnels[0]["link_netns"]
    run("topology", **RED_AND_BLUE, veth=[veth], netns_link=tunnels)
    for address in ("10.3.0.2", "fd00:3::2"):
        assert reaches("red", address)
    ip("link set below down", "-n", "blue")
    assert not ping("red", "10.3.0.2")


@pytest.mark.parametrize(
    "first, second",
    [
        ({}, {"remote": "fd00::1"}),
        ({}, {"local": "fd00::2"}),
        ({"remote": "192.0.2.10"}, {"remote": "fd00::1"}),
        ({"local": "fd00::2"}, {"remote": "192.0.2.10"}),
    ],
)
def test_the_address_family_of_a_vxlan_link_is_fixed(
    host: None, first: dict[str, Any], second: dict[str, Any]
) -> None:
    run("netns_link", name="vx", type="vxlan", id=5, **first)
    ((option, address),) = second.items()
    family = 6 if ":" in address else 4
    for check in (True, False):
        with pytest.raises(
            Conflict,
            match=(
                f"{option}: '{address}': interface vx on the host tunnels over IPv{10 - family}, "
                "which cannot be changed; delete it first"
            ),
        ):
            run("netns_link", check=check, name="vx", **{"type": "vxlan", "id": 5, **second})
    assert subprocess.run(
        ["ip", "link", "set", "dev", "vx", "type", "vxlan", "id", "5", option, address],
        capture_output=True,
        check=False,
    ).returncode


def test_an_address_of_a_loopback_is_reachable_by_a_route(host: None) -> None:
    veth = [
        {
            "name": "up",
            "netns": "red",
            "addresses": ["10.0.0.1/24"],
            "peer": {"name": "up", "netns": "blue", "addresses": ["10.0.0.2/24"]},
        }
    ]
    route = {"netns": "red", "destination": "10.0.0.99", "gateway": "10.0.0.2"}
    lab = {**RED_AND_BLUE, "veth": veth, "netns_route": [route]}
    run("topology", **lab)
    assert not ping("red", "10.0.0.99")
    # It may belong to a network of the host: a host route leads to it.
    run(
        "topology",
        **lab,
        netns_link=[
            {"name": "lo", "netns": "blue", "addresses": ["10.0.0.99/32", "fd00:9::1/128"]}
        ],
    )
    assert reaches("red", "10.0.0.99")
    assert not run(
        "netns_link", name="lo", netns="blue", addresses=["10.0.0.99/32", "fd00:9::1/128"]
    )["changed"]
    assert run("netns_link", name="lo", netns="blue", addresses=["fd00:9::1/128"], state="absent")[
        "actions"
    ] == ["remove address fd00:9::1/128 of lo in namespace blue"]
    assert reaches("red", "10.0.0.99")
    assert run("netns_link", name="lo", netns="blue", state="absent")["actions"] == [
        "remove address 10.0.0.99/32 of lo in namespace blue"
    ]
    assert (
        not ping("red", "10.0.0.99")
        and not run("netns_link", name="lo", netns="blue", state="absent")["changed"]
    )


def test_a_network_on_a_macvlan_link_has_nat(lan: None) -> None:
    ip("link add trunk type veth peer name trunk-far\nlink set trunk up\nlink set trunk-far up")
    write_sysctl("net/ipv6/conf/default/accept_dad", 0)
    addresses = ["10.3.0.5/24", "fd00:3::5/64"]
    network = [
        {"name": "gate", "type": "macvlan", "link": "trunk", "addresses": addresses},
        *link_in_each(type="macvlan", link="trunk"),
    ]
    routes = [
        {"netns": "red", "destination": "default", "gateway": gateway}
        for gateway in ("10.3.0.5", "fd00:3::5")
    ]
    run(
        "topology",
        **{**RED_AND_BLUE, "isolate": True},
        netns_link=network,
        netns_route=routes,
        masquerade=[{"source": ["10.3.0.0/24", "fd00:3::/64"]}],
        dnat=[
            {"destination_port": 80, "to_destination": "10.3.0.1:8080"},
            {"destination_port": 81, "to_destination": "[fd00:3::1]:8080"},
        ],
    )
    listeners = Listeners()
    listeners.listen("lan", "lan", "192.0.2.99", 8080)
    listeners.listen("lan6", "lan", "fd00:2::99", 8080)
    listeners.listen("red", "red", "10.3.0.1", 8080)
    listeners.listen("red6", "red", "fd00:3::1", 8080)
    assert reaches("red", "192.0.2.99") and reaches("red", "fd00:2::99")
    assert listeners.connect("red", "192.0.2.99", 8080) == ("lan", "192.0.2.2")
    assert listeners.connect("red", "fd00:2::99", 8080) == ("lan6", "fd00:2::2")
    assert listeners.connect("lan", "192.0.2.2", 80) == ("red", "192.0.2.99")
    assert listeners.connect("lan", "fd00:2::2", 81) == ("red6", "fd00:2::99")
    # The lab is isolated: a route to it does not give access.
    assert listeners.is_unreachable("lan", "10.3.0.1", 8080)
    listeners.close()
