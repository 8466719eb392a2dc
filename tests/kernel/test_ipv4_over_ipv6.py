# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""IPv4 routes whose gateways are IPv6 neighbours (RFC 8950)."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Refused

from support.info import gather_info
from support.shell import ip, sh
from support.snapshot import differences, take_snapshot
from support.tasks import Raw, run, run_as_predicted


def lo(netns: str, *addresses: str) -> Raw:
    return {"name": "lo", "netns": netns, "addresses": list(addresses)}


def lab(*routes: Raw, ends: tuple[Any, Any] = (["fd00::1/64"], ["fd00::2/64"])) -> Raw:
    """Two namespaces, with IPv4 on their loopbacks only."""
    peer = {"name": "eth0", "netns": "b", "addresses": ends[1]}
    return {
        "name": "lab",
        "netns": [{"name": "a"}, {"name": "b"}],
        "veth": [{"name": "eth0", "netns": "a", "addresses": ends[0], "peer": peer}],
        "netns_link": [lo("a", "10.0.0.1/32"), lo("b", "10.0.0.2/32")],
        "netns_route": list(routes),
    }


def route(netns: str, destination: str, gateway: str, **options: Any) -> Raw:
    return {"netns": netns, "destination": destination, "gateway": gateway, **options}


LINK_LOCAL = (["fe80::1/64"], ["fe80::2/64"])
UNNUMBERED: list[tuple[str, Raw]] = [
    ("a host", lab(route("a", "10.0.0.2", "fd00::2"), route("b", "10.0.0.1", "fd00::1"))),
    (
        "link-local gateways",
        lab(
            route("a", "10.0.0.0/24", "fe80::2", device="eth0"),
            route("b", "0.0.0.0/0", "fe80::1", device="eth0", source="10.0.0.2", metric=5),
            ends=LINK_LOCAL,
        ),
    ),
    (
        "default by its source, in other tables too",
        lab(
            route("a", "default", "fd00::2", source="10.0.0.1"),
            route("b", "default", "fd00::1", source="10.0.0.2", mtu=1400),
            route("a", "10.7.0.0/16", "fd00::2", table=100),
            route("a", "10.8.0.0/16", "2001:db8::9", device="eth0", onlink=True),
        ),
    ),
    (
        "several next hops of both families",
        lab(
            {
                "netns": "a",
                "destination": "10.0.0.2",
                "nexthops": [{"gateway": "fd00::2"}, {"gateway": "192.0.2.2", "weight": 3}],
            },
            route("b", "10.0.0.1", "fd00::1"),
            ends=(["fd00::1/64", "192.0.2.1/24"], ["fd00::2/64", "192.0.2.2/24"]),
        ),
    ),
]


@pytest.mark.parametrize("task", [task for _name, task in UNNUMBERED], ids=dict(UNNUMBERED))
def test_packets_take_a_route_by_an_ipv6_gateway(host: None, task: Raw) -> None:
    before = take_snapshot()
    result = run_as_predicted("topology", **task)
    sh("ip netns exec a ping -c1 -w30 -I 10.0.0.1 10.0.0.2")
    built = take_snapshot()
    assert not run("topology", **gather_info()["topology"])["changed"]
    run_as_predicted("topology", name="lab", state="absent")
    assert differences(before, take_snapshot()) == {}
    sh("\n".join(result["commands"]))
    assert differences(built, take_snapshot()) == {}


def test_a_gateway_of_the_other_family_replaces_one(host: None) -> None:
    ends = (["fd00::1/64", "192.0.2.1/24"], ["fd00::2/64", "192.0.2.2/24"])
    run("topology", **lab(route("a", "10.0.0.2", "192.0.2.2"), ends=ends))
    run_as_predicted("topology", **lab(route("a", "10.0.0.2", "fd00::2"), ends=ends))
    assert "10.0.0.2 via inet6 fd00::2 dev eth0" in sh("ip -n a route")
    run_as_predicted("netns_route", **route("a", "10.9.0.0/16", "fd00::2"))
    run_as_predicted("netns_route", **route("a", "10.9.0.0/16", "fd00::2", state="absent"))


def test_what_the_kernel_would_not_take_is_refused(host: None) -> None:
    run("topology", **lab())
    refused: list[tuple[Raw, str]] = [
        (route("a", "10.9.0.0/16", "fd05::2"), "no address on the gateway's network"),
        (route("a", "10.9.0.0/16", "fd00::1"), "is an address of namespace a itself"),
        (route("a", "10.9.0.0/16", "fe80::2"), "requires device"),
        (route("a", "2001:db8::/32", "192.0.2.2"), "but gateway is not an IPv6 address"),
    ]
    before = take_snapshot()
    for raw, message in refused:
        with pytest.raises(Refused, match=message):
            run("netns_route", **raw)
    assert differences(before, take_snapshot()) == {}


def test_a_link_that_was_down_has_its_route_again(host: None) -> None:
    task = lab(route("a", "10.0.0.2", "fd00::2"))
    run("topology", **task)
    ip("link set eth0 down", "-n", "a")
    run_as_predicted("topology", **task)
    assert "via inet6 fd00::2" in sh("ip -n a route")
