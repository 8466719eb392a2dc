# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The desired state of the tasks of each module, and options that exclude each other."""

from __future__ import annotations

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._desired.link_options import (
    OPTION_PARSERS,
)
from ansible_collections.redblue.netns.plugins.module_utils._model.changes import Resource
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Refused
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
from ansible_collections.redblue.netns.plugins.module_utils._model.routes import Nexthop, Route
from ansible_collections.redblue.netns.tests.unit.support.hosts import Raw, desired

CABLE: Raw = {"name": "one", "peer": {"name": "two"}}
HOPS: Raw = {
    "destination": "10.9.0.0/16",
    "nexthops": [{"gateway": "10.0.0.3", "weight": 2}, {"gateway": "10.0.0.2", "device": "up0"}],
}
FORWARD: Raw = {"destination_port": "80", "to_destination": "192.168.15.2"}

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
        CABLE,
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
    assert desired(module, raw).present == tuple(resources)
    assert desired(module, raw).absent == ()


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
    assert desired(module, {**raw, "state": "absent"}).absent == tuple(resources)
    assert desired(module, {**raw, "state": "absent"}).present == ()


REFUSED: list[tuple[str, Raw, str]] = [
    ("veth", {"name": "one"}, "peer: None: is required if state is present"),
    (
        "veth",
        {"name": "one", "peer": {"name": "one"}},
        "peer.name: 'one': both ends cannot have the same name in the same namespace",
    ),
    (
        "veth",
        {**CABLE, "bridge": "br0", "addresses": ["10.0.0.1/24"]},
        "addresses: .*: a bridge port has no addresses; assign them to br0",
    ),
    (
        "veth",
        {"name": "one", "peer": {"name": "two", "isolated": True}},
        "peer.isolated: True: needs bridge",
    ),
    ("veth", {**CABLE, "txqueuelen": -1}, "txqueuelen: -1: is not between 0"),
    ("veth", {**CABLE, "queues": 0}, "queues: 0: is not between 1 and 4096"),
    (
        "veth",
        {**CABLE, "mtu": 1279, "addresses": ["10.0.0.1/24", "fd00::1/64"]},
        "mtu: 1279: is too small for the IPv6 addresses",
    ),
    ("veth", {"name": "one", "peer": {"name": "two", "netns": ""}}, "peer.netns: '': is empty"),
    (
        "linux_bridge",
        {"name": "br0", "ports": ["one", "two", "one"]},
        r"ports\[2\]: 'one': is already listed at ports\[0\]",
    ),
    (
        "linux_bridge",
        {"name": "br0", "forward_delay": 1},
        "forward_delay: 1: is not between 2 and 30",
    ),
    ("linux_bridge", {"name": "br0", "hello_time": 11}, "hello_time: 11: is not between 1 and 10"),
    ("linux_bridge", {"name": "br0", "max_age": 5}, "max_age: 5: is not between 6 and 40"),
    (
        "linux_bridge",
        {"name": "br0", "priority": 65536},
        "priority: 65536: is not between 0 and 65535",
    ),
    (
        "linux_bridge",
        {"name": "br0", "vlan_default_pvid": 4095},
        "vlan_default_pvid: 4095: is not between 0 and 4094",
    ),
    (
        "netns_route",
        {"destination": "10.9.0.0/16"},
        "gateway: None: a route of type unicast needs gateway, device or nexthops",
    ),
    (
        "netns_route",
        {"destination": "10.9.0.0/16", "type": "blackhole", "device": "up0"},
        "device: 'up0': is not supported for routes of type blackhole",
    ),
    (
        "netns_route",
        {**HOPS, "gateway": "10.0.0.1"},
        "nexthops: .*: cannot be combined with gateway",
    ),
    (
        "netns_route",
        {"destination": "10.9.0.0/16", "nexthops": [{"gateway": "10.0.0.1"}]},
        "nexthops: .*: has less than two next hops",
    ),
    (
        "netns_route",
        {"destination": "10.9.0.0/16", "nexthops": [{"weight": 2}, {"gateway": "10.0.0.1"}]},
        r"nexthops\[0\].gateway: None: gateway or device is required",
    ),
    (
        "netns_route",
        {**HOPS, "nexthops": [{"gateway": "10.0.0.1", "weight": 257}]},
        r"nexthops\[0\].weight: 257: is not between 1 and 256",
    ),
    (
        "netns_route",
        {**HOPS, "nexthops": [{"gateway": "10.0.0.1"}, {"gateway": "10.0.0.1"}]},
        r"nexthops\[1\]: '10.0.0.1': is already listed in nexthops",
    ),
    (
        "netns_route",
        {"destination": "fd00::/8", "gateway": "10.0.0.1"},
        "destination: 'fd00::/8': is an IPv6 destination, but gateway or source is not",
    ),
    (
        "netns_route",
        {"destination": "default", "gateway": "10.0.0.1", "source": "fd00::1"},
        "destination: 'default': is an IPv4 destination, but",
    ),
    (
        "netns_route",
        {"destination": "default", "gateway": "10.0.0.1", "onlink": True},
        "device: None: is required if onlink is true",
    ),
    (
        "netns_route",
        {"destination": "default", "gateway": "10.0.0.1", "scope": "link"},
        "scope: 'link': is only for destinations on the link",
    ),
    (
        "netns_route",
        {"destination": "fd00::/8", "device": "up0", "scope": "link"},
        "scope: 'link': is not supported for IPv6 routes",
    ),
    (
        "netns_route",
        {"destination": "default", "gateway": "10.0.0.1", "table": 0},
        "table: 0: is not between 1",
    ),
    (
        "netns_route",
        {"destination": "default", "gateway": "10.0.0.1", "metric": -1},
        "metric: -1: is not between 0",
    ),
    ("masquerade", {"source": []}, r"source: \[\]: is empty; write at least one network"),
    ("masquerade", {"source": "0.0.0.0/0"}, r"source\[0\]: '0.0.0.0/0': means all addresses"),
    (
        "masquerade",
        {"source": ["10.0.0.0/8", "10.0.0.0/8"]},
        r"source\[1\]: '10.0.0.0/8': is already listed at source\[0\]",
    ),
    (
        "masquerade",
        {"source": ["fd00::/8"], "to_source": "192.0.2.1"},
        "to_source: '192.0.2.1': is not of the address family of fd00::/8",
    ),
    (
        "masquerade",
        {"source": "10.0.0.0/8", "to_source": "127.0.0.1"},
        "to_source: '127.0.0.1': is a loopback address",
    ),
    (
        "masquerade",
        {"source": "10.0.0.0/8", "destination_except": "fd00::/8"},
        r"destination_except\[0\]: 'fd00::/8': is not of the address family of source",
    ),
    (
        "masquerade",
        {"source": "10.0.0.0/8", "destination_except": ["10.1.0.0/16", "10.1.0.0/16"]},
        r"destination_except\[1\]: .* is already listed at",
    ),
    ("dnat", {"destination_port": "80"}, "to_destination: None: is required"),
    (
        "dnat",
        {**FORWARD, "destination": "fd00::1"},
        "destination: 'fd00::1': is not of the address family of 192.168.15.2; NAT does not cross",
    ),
    (
        "dnat",
        {**FORWARD, "source": ["10.0.0.0/8", "fd00::/8"]},
        "source: 'fd00::/8': is not of the address family of 192.168.15.2",
    ),
    (
        "dnat",
        {**FORWARD, "destination": "127.0.0.1"},
        "destination: '127.0.0.1': is a loopback address, which other hosts cannot reach",
    ),
    (
        "dnat",
        {**FORWARD, "source": "127.0.0.0/8"},
        r"source\[0\]: '127.0.0.0/8': is multicast or loopback",
    ),
    (
        "dnat",
        {**FORWARD, "in_interface": "eth+"},
        "in_interface: 'eth.': the name of a network interface has only",
    ),
]


@pytest.mark.parametrize(("module", "raw", "words"), REFUSED)
def test_options_that_exclude_each_other_are_refused(module: str, raw: Raw, words: str) -> None:
    with pytest.raises(Refused, match=f"^{words}"):
        desired(module, raw)


def test_permissions_apply_to_their_resource_only() -> None:
    assert desired("netns", {"name": "red", "state": "absent", "force": True}).allowed == {
        ("force", ("netns", "red"))
    }
    assert desired("netns", {"name": "red", "force": True}).allowed == frozenset()
    assert desired("linux_bridge", {"name": "br0", "steal": True}).allowed == {
        ("steal", ("link", None, "br0"))
    }
    route = ("route", None, 254, "0.0.0.0/0", 5)
    assert desired(
        "netns_route", {"destination": "default", "gateway": "10.0.0.1", "metric": 5, "force": True}
    ).allowed == {("force", route), ("metric", route)}
    assert (
        desired("netns_route", {"destination": "default", "gateway": "10.0.0.1"}).allowed
        == frozenset()
    )


def test_the_backend_is_part_of_the_desired_state() -> None:
    assert desired("masquerade", {"source": "10.0.0.0/8"}).backend == "auto"
    assert desired("dnat", {**FORWARD, "backend": "iptables"}).backend == "iptables"


def test_each_link_type_with_options_has_a_parser_for_them() -> None:
    with_options = {name for name in NETNS_LINK_TYPES if LINK_TYPES[name].options is not None}
    assert OPTION_PARSERS.keys() == with_options
