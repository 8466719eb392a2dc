# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The desired state of the tasks of each module, and options that exclude each other."""

from __future__ import annotations

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._desired.link_options import (
    OPTION_PARSERS,
)
from ansible_collections.redblue.netns.plugins.module_utils._model.link_options import BridgeOptions
from ansible_collections.redblue.netns.plugins.module_utils._model.link_types import (
    LINK_TYPES,
    NETNS_LINK_TYPES,
)
from ansible_collections.redblue.netns.plugins.module_utils._model.links import Link, Veth
from ansible_collections.redblue.netns.plugins.module_utils._model.nat import Dnat, Masquerade
from ansible_collections.redblue.netns.plugins.module_utils._model.netns import (
    Netns,
    Resolver,
    Sysctl,
)
from ansible_collections.redblue.netns.plugins.module_utils._model.resources import Resource
from ansible_collections.redblue.netns.plugins.module_utils._model.routes import Nexthop, Route
from ansible_collections.redblue.netns.tests.unit.support.hosts import Raw, desired_state_of
from ansible_collections.redblue.netns.tests.unit.support.options import FORWARD, HOPS, PAIR

WANTED: list[tuple[str, Raw, list[Resource]]] = [
    ("netns", {"name": "red"}, [Netns("red"), Link("red", "lo", up=True)]),
    (
        "netns",
        {"name": "red", "sysctls": {"net.ipv4.ip_forward": 1}},
        [Netns("red"), Link("red", "lo", up=True), Sysctl("red", "net/ipv4/ip_forward", "1")],
    ),
    (
        "netns",
        {"name": "red", "nameservers": ["192.0.2.1", "FD00::1"], "search": ["example.org"]},
        [
            Netns("red"),
            Link("red", "lo", up=True),
            Resolver("red", ("192.0.2.1", "fd00::1"), ("example.org",)),
        ],
    ),
    (
        "netns",
        {"name": "red", "search": []},
        [Netns("red"), Link("red", "lo", up=True), Resolver("red")],
    ),
    (
        "veth",
        PAIR,
        [
            Veth(
                Link(None, "one", "veth", (None, "two"), up=True),
                Link(None, "two", "veth", (None, "one"), up=True),
            )
        ],
    ),
    (
        "veth",
        {
            "name": "one",
            "netns": "red",
            "addresses": ["10.0.0.1/24"],
            "peer": {"name": "two", "bridge": "br0", "isolated": True, "up": False},
        },
        [
            Veth(
                Link("red", "one", "veth", (None, "two"), up=True, addresses=("10.0.0.1/24",)),
                Link(None, "two", "veth", ("red", "one"), up=False, bridge="br0", isolated=True),
            )
        ],
    ),
    (
        "linux_bridge",
        {"name": "br0"},
        [Link(None, "br0", "bridge", up=True, options=BridgeOptions())],
    ),
    (
        "linux_bridge",
        {
            "name": "br0",
            "netns": "red",
            "ports": [],
            "stp": True,
            "mac": "02:00:00:00:00:0A",
            "ageing_time": 0,
            "addresses": [],
        },
        [
            Link(
                "red",
                "br0",
                "bridge",
                up=True,
                mac="02:00:00:00:00:0a",
                options=BridgeOptions(stp=True, ageing_time=0),
                addresses=(),
                ports=(),
            )
        ],
    ),
    (
        "netns_route",
        {"destination": "default", "gateway": "10.0.0.1"},
        [Route(None, "0.0.0.0/0", type="unicast", gateway="10.0.0.1")],
    ),
    (
        "netns_route",
        {"destination": "default", "gateway": "fd00::1"},
        [Route(None, "::/0", metric=1024, type="unicast", gateway="fd00::1")],
    ),
    (
        "netns_route",
        {"destination": "default", "device": "up0"},
        [Route(None, "0.0.0.0/0", type="unicast", device="up0")],
    ),
    (
        "netns_route",
        {"destination": "default", "device": "up0", "source": "fd00::5"},
        [Route(None, "::/0", metric=1024, type="unicast", device="up0", source="fd00::5")],
    ),
    (
        "netns_route",
        {"destination": "fd00::/8", "device": "up0", "metric": 0},
        [Route(None, "fd00::/8", metric=1024, type="unicast", device="up0")],
    ),
    (
        "netns_route",
        {"destination": "10.9.0.1", "type": "blackhole", "netns": "red"},
        [Route("red", "10.9.0.1/32", type="blackhole")],
    ),
    (
        "netns_route",
        HOPS,
        [
            Route(
                None,
                "10.9.0.0/16",
                type="unicast",
                nexthops=(Nexthop("10.0.0.2", "up0"), Nexthop("10.0.0.3", weight=2)),
            )
        ],
    ),
    ("masquerade", {"source": "192.168.15.0/24"}, [Masquerade(None, "192.168.15.0/24")]),
    (
        "masquerade",
        {
            "source": ["10.0.0.0/8", "fd00::/64"],
            "out_interface": "eth0",
            "destination_except": ["fd01::/64", "10.2.0.0/16", "10.1.0.0/16"],
        },
        [
            Masquerade(None, "10.0.0.0/8", "eth0", ("10.1.0.0/16", "10.2.0.0/16")),
            Masquerade(None, "fd00::/64", "eth0", ("fd01::/64",)),
        ],
    ),
    ("dnat", FORWARD, [Dnat(None, "tcp", (80, 80), "192.168.15.2", (80, 80))]),
    (
        "dnat",
        {
            "protocol": "udp",
            "destination_port": "8000:8001",
            "to_destination": "[fd00::2]:9000-9001",
            "source": ["fd02::/64", "fd01::/64"],
        },
        [
            Dnat(
                None,
                "udp",
                (8000, 8001),
                "fd00::2",
                (9000, 9001),
                source=("fd01::/64", "fd02::/64"),
            )
        ],
    ),
]


@pytest.mark.parametrize(("module", "raw", "resources"), WANTED)
def test_options_become_resources(module: str, raw: Raw, resources: list[Resource]) -> None:
    assert desired_state_of(module, raw).present == tuple(resources)
    assert desired_state_of(module, raw).absent == ()


UNWANTED: list[tuple[str, Raw, list[Resource]]] = [
    ("netns", {"name": "red", "sysctls": {"net.ipv4.ip_forward": 1}}, [Netns("red")]),
    ("veth", {"name": "one", "netns": "red"}, [Link("red", "one", kind="veth")]),
    (
        "linux_bridge",
        {"name": "br0"},
        [Link(None, "br0", "bridge", up=True, options=BridgeOptions())],
    ),
    ("netns_route", {"destination": "default"}, [Route(None, "0.0.0.0/0", type="unicast")]),
    ("masquerade", {"source": "10.0.0.0/8"}, [Masquerade(None, "10.0.0.0/8")]),
    (
        "dnat",
        {"destination_port": "80"},
        [
            Dnat(None, "tcp", (80, 80), "192.0.2.1", (80, 80)),
            Dnat(None, "tcp", (80, 80), "2001:db8::1", (80, 80)),
        ],
    ),
    (
        "dnat",
        {"destination_port": "80", "destination": "fd00::1"},
        [Dnat(None, "tcp", (80, 80), "2001:db8::1", (80, 80), destination="fd00::1")],
    ),
]


@pytest.mark.parametrize(("module", "raw", "resources"), UNWANTED)
def test_the_identity_is_enough_to_remove_a_resource(
    module: str, raw: Raw, resources: list[Resource]
) -> None:
    assert desired_state_of(module, {**raw, "state": "absent"}).absent == tuple(resources)
    assert desired_state_of(module, {**raw, "state": "absent"}).present == ()


def test_permissions_apply_to_their_resource_only() -> None:
    assert desired_state_of("netns", {"name": "red", "state": "absent", "force": True}).allowed == {
        ("force", ("netns", "red"))
    }
    assert desired_state_of("netns", {"name": "red", "force": True}).allowed == {
        ("force", ("netns", "red"))
    }
    assert desired_state_of("netns", {"name": "red"}).allowed == frozenset()
    assert desired_state_of("linux_bridge", {"name": "br0", "steal": True}).allowed == {
        ("steal", ("link", None, "br0"))
    }
    route = ("route", None, 254, "0.0.0.0/0", 5)
    assert desired_state_of(
        "netns_route", {"destination": "default", "gateway": "10.0.0.1", "metric": 5, "force": True}
    ).allowed == {("force", route), ("metric", route)}
    assert (
        desired_state_of("netns_route", {"destination": "default", "gateway": "10.0.0.1"}).allowed
        == frozenset()
    )


def test_the_backend_is_part_of_the_desired_state() -> None:
    assert desired_state_of("masquerade", {"source": "10.0.0.0/8"}).backend == "auto"
    assert desired_state_of("dnat", {**FORWARD, "backend": "iptables"}).backend == "iptables"


def test_each_link_type_with_options_has_a_parser_for_them() -> None:
    with_options = {name for name in NETNS_LINK_TYPES if LINK_TYPES[name].options is not None}
    assert OPTION_PARSERS.keys() == with_options
