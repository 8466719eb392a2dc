# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Routes beside those that the kernel adds with addresses, and gateways that it does not take."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Refused

from support.shell import output, sh
from support.snapshot import differences, take_snapshot
from support.tasks import run, run_as_predicted

PAIR: dict[str, Any] = {
    "name": "eth0",
    "netns": "a",
    "addresses": ["10.2.0.1/24", "fd00:2::1/64"],
    "peer": {"name": "eth0", "netns": "b", "addresses": ["10.2.0.2/24", "fd00:2::2/64"]},
}
LAB: dict[str, Any] = {"name": "lab", "netns": [{"name": "a"}, {"name": "b"}], "veth": [PAIR]}


def lab_with(**route: Any) -> dict[str, Any]:
    return {**LAB, "netns_route": [{"netns": "a", **route}]}


@pytest.mark.parametrize(
    "route",
    [
        {"destination": "10.2.0.0/24", "gateway": "10.2.0.2"},
        {"destination": "10.2.0.0/24", "type": "blackhole"},
        {"destination": "fd00:2::/64", "gateway": "fd00:2::2", "metric": 256},
    ],
)
def test_a_route_in_the_place_of_one_of_the_kernel_is_refused(
    host: None, route: dict[str, Any]
) -> None:
    before = take_snapshot()
    for check in (True, False):
        with pytest.raises(Refused, match="to which the kernel adds a route by itself; set a"):
            run("topology", check=check, **lab_with(**route))
    assert differences(before, take_snapshot()) == {}


@pytest.mark.parametrize(
    "route",
    [
        {"destination": "10.2.0.0/24", "gateway": "10.2.0.2", "metric": 50},
        {"destination": "fd00:2::/64", "gateway": "fd00:2::2"},
        {"destination": "10.2.0.0/25", "gateway": "10.2.0.2"},
        {"destination": "10.2.0.0/24", "gateway": "10.2.0.2", "table": 100},
    ],
)
def test_a_route_beside_one_of_the_kernel_is_added(host: None, route: dict[str, Any]) -> None:
    assert run_as_predicted("topology", **lab_with(**route))["changed"]
    table, version = str(route.get("table", "main")), "-6" if ":" in route["gateway"] else "-4"
    routes = output("ip", version, "-n", "a", "route", "show", "table", table)
    wanted = f"{route['destination']} via {route['gateway']} dev eth0"
    assert sum(line.startswith(wanted) for line in routes.splitlines()) == 1
    of_kernel = output("ip", version, "-n", "a", "route", "show", "proto", "kernel")
    assert ("fd00:2::/64" if version == "-6" else "10.2.0.0/24") in of_kernel


def test_the_route_of_the_kernel_itself_may_be_wanted(host: None) -> None:
    route: dict[str, Any] = {"destination": "10.2.0.0/24", "device": "eth0"}
    run_as_predicted("topology", **lab_with(**route))
    assert output("ip", "-n", "a", "route").count("10.2.0.0/24") == 1
    assert not run("netns_route", netns="a", **route)["changed"]


@pytest.mark.parametrize("more", [{}, {"device": "eth0"}, {"device": "eth0", "onlink": True}])
def test_the_broadcast_address_is_no_gateway(host: None, more: dict[str, Any]) -> None:
    route = {"destination": "default", "gateway": "10.2.0.255", **more}
    for check in (True, False):
        with pytest.raises(Refused, match="is the broadcast address of 10.2.0.0/24, the network"):
            run("topology", check=check, **lab_with(**route))
    run("topology", **LAB)
    with pytest.raises(Refused, match="is the broadcast address of 10.2.0.0/24"):
        run("netns_route", netns="a", **route)


def test_the_last_address_of_a_pair_is_a_gateway(host: None) -> None:
    addresses = {"addresses": ["10.3.0.0/31"]}
    pair = {**PAIR, **addresses, "peer": {**PAIR["peer"], "addresses": ["10.3.0.1/31"]}}
    route = {"netns": "a", "destination": "default", "gateway": "10.3.0.1"}
    done = run_as_predicted("topology", **{**LAB, "veth": [pair], "netns_route": [route]})
    assert done["changed"]
    assert "default via 10.3.0.1 dev eth0" in output("ip", "-n", "a", "route")


PEERS = """
ip netns add a; ip netns add b
ip -n a link add eth0 type veth peer name eth0 netns b
for netns in a b; do ip -n $netns link set lo up; ip -n $netns link set eth0 up; done
ip -n a addr add 10.1.0.1 peer 10.1.0.2/32 dev eth0
ip -n b addr add 10.1.0.2 peer 10.1.0.1/32 dev eth0
ip -n a addr add fd01::1 peer fd01::2/128 dev eth0 nodad
ip -n b addr add fd01::2 peer fd01::1/128 dev eth0 nodad
"""


@pytest.mark.parametrize(
    ("destination", "gateway", "far"),
    [("default", "10.1.0.2", "10.9.9.9/32"), ("::/0", "fd01::2", "fd09::9/128")],
)
def test_a_peer_is_a_gateway(host: None, destination: str, gateway: str, far: str) -> None:
    sh(PEERS + f"ip -n b addr add {far} dev lo")
    run_as_predicted("netns_route", netns="a", destination=destination, gateway=gateway)
    sh(f"ip netns exec a ping -c1 -w30 {far.split('/')[0]}")
    with pytest.raises(Refused, match="no address on the gateway's network"):
        run("netns_route", netns="a", destination="10.7.0.0/16", gateway="10.1.0.3")


def test_an_address_keeps_its_peer_with_a_warning(host: None) -> None:
    sh(PEERS)
    pair: dict[str, Any] = {"name": "eth0", "netns": "a", "peer": {"name": "eth0", "netns": "b"}}
    kept: dict[str, Any] = {**pair, "addresses": ["10.1.0.1/32", "fd01::1/128"]}
    result = run("veth", **kept)
    assert not result["changed"]
    assert [text.split(", which")[0] for text in result["warnings"]] == [
        "address 10.1.0.1/32 of eth0 in namespace a has the peer 10.1.0.2/32",
        "address fd01::1/128 of eth0 in namespace a has the peer fd01::2/128",
    ]
    run_as_predicted("veth", **{**pair, "addresses": ["10.0.0.77/24", "fd00::77/64"]})
    assert "peer" not in output("ip", "-n", "a", "addr")
    result = run("veth", **kept)
    assert result["changed"] and not result["warnings"]
