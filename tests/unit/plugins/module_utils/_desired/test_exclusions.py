# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options that exclude each other."""

from __future__ import annotations

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Refused
from ansible_collections.redblue.netns.tests.unit.support.hosts import Raw, desired_state_of
from ansible_collections.redblue.netns.tests.unit.support.options import FORWARD, HOPS, PAIR

REFUSED: list[tuple[str, Raw, str]] = [
    ("veth", {"name": "one"}, "peer: None: is required if state is present"),
    (
        "veth",
        {"name": "one", "peer": {"name": "one"}},
        "peer.name: 'one': both ends cannot have the same name in the same namespace",
    ),
    (
        "veth",
        {**PAIR, "bridge": "br0", "addresses": ["10.0.0.1/24"]},
        "addresses: .*: a bridge port has no addresses; assign them to br0",
    ),
    (
        "veth",
        {"name": "one", "peer": {"name": "two", "isolated": True}},
        "peer.isolated: True: needs bridge",
    ),
    ("veth", {**PAIR, "txqueuelen": -1}, "txqueuelen: -1: is not between 0"),
    ("veth", {**PAIR, "queues": 0}, "queues: 0: is not between 1 and 4096"),
    (
        "veth",
        {**PAIR, "mtu": 1279, "addresses": ["10.0.0.1/24", "fd00::1/64"]},
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
        "destination: 'fd00::/8': is an IPv6 destination, but gateway is not an IPv6",
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
    ("masquerade", {"source": "128.0.0.0/1"}, r"source\[0\]: .* is half of all addresses"),
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
        {"source": "10.0.0.0/8", "to_source": "192.0.2.9-192.0.2.1"},
        "to_source: '192.0.2.9-192.0.2.1': the range ends before it begins",
    ),
    (
        "masquerade",
        {"source": "10.0.0.0/8", "to_source": "192.0.2.9-192.0.2.300"},
        "to_source: '192.0.2.9-192.0.2.300': 192.0.2.300 is not an IPv4 or IPv6 address",
    ),
    (
        "masquerade",
        {"source": "10.0.0.0/8", "to_source": "192.0.2.9-fd00::9"},
        "to_source: '192.0.2.9-fd00::9': is a range from one address family to the other",
    ),
    (
        "masquerade",
        {"source": "10.0.0.0/8", "to_source": "192.0.2.9/29"},
        "to_source: '192.0.2.9/29': has host bits set; did you mean 192.0.2.8/29?",
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
    (
        "masquerade",
        {"source": "10.0.0.0/8", "translate": False, "to_source": "192.0.2.1"},
        "translate: False: excludes to_source, because nothing is translated",
    ),
    (
        "masquerade",
        {"source": "10.0.0.0/8", "translate": False, "destination_except": "10.1.0.0/16"},
        "translate: False: excludes destination_except, because nothing is translated",
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
        "destination: '127.0.0.1': is a loopback address, .* publish of netns_service",
    ),
    (
        "dnat",
        {**FORWARD, "destination": "0.0.0.0"},
        "destination: '0.0.0.0': means each address; leave destination out",
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


@pytest.mark.parametrize(("module", "raw", "message"), REFUSED)
def test_options_that_exclude_each_other_are_refused(module: str, raw: Raw, message: str) -> None:
    with pytest.raises(Refused, match=f"^{message}"):
        desired_state_of(module, raw)
