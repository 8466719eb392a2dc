# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Topologies that are not easy to draw."""

from __future__ import annotations

import itertools
from typing import Any

from ansible_collections.redblue.netns.plugins.filter.bridge_lab import bridge_lab

Raw = dict[str, Any]

BOTH: Raw = {
    "network": ["192.168.15.0/24", "fd00:15::/64"],
    "gateway": ["192.168.15.5", "fd00:15::5"],
}


def names(*given: str) -> list[Raw]:
    return [{"name": name} for name in given]


def port(netns: str, number: int, address: str, bridge: str) -> Raw:
    """A veth pair from a namespace to a bridge of the host."""
    return {
        "name": f"{netns}-e{number}",
        "netns": netns,
        "addresses": [address],
        "peer": {"name": f"{netns}-p{number}", "bridge": bridge},
    }


def pair(first: str, second: str, number: int) -> Raw:
    """A veth pair between two namespaces."""
    return {
        "name": f"to-{second}",
        "netns": first,
        "addresses": [f"10.9.{number}.1/30"],
        "peer": {"name": f"to-{first}", "netns": second, "addresses": [f"10.9.{number}.2/30"]},
    }


def many(count: int) -> Raw:
    namespaces = [f"n{number}" for number in range(count)]
    forwards = [
        {"destination_port": 8000 + number, "namespace": name, "to_port": 80}
        for number, name in enumerate(namespaces)
    ]
    return bridge_lab(namespaces, network="10.0.0.0/22", gateway="10.0.3.254", forwards=forwards)


def mesh(count: int) -> Raw:
    routers = [f"r{number}" for number in range(count)]
    pairs = itertools.combinations(routers, 2)
    return {
        "netns": names(*routers),
        "veth": [pair(first, second, number) for number, (first, second) in enumerate(pairs)],
    }


ROUTER: Raw = {
    "netns": names("a1", "a2", "a3", "b1", "router", "c1"),
    "linux_bridge": [
        {"name": "left", "addresses": ["10.1.0.254/24"]},
        {"name": "right"},
        {"name": "third", "up": False},
    ],
    "veth": [
        port("a1", 0, "10.1.0.1/24", "left"),
        port("a2", 0, "10.1.0.2/24", "left"),
        port("a3", 0, "10.1.0.3/24", "left"),
        port("b1", 0, "10.2.0.1/24", "right"),
        port("router", 0, "10.1.0.9/24", "left"),
        port("router", 1, "10.2.0.9/24", "right"),
        port("router", 2, "10.3.0.9/24", "third"),
        port("c1", 0, "10.3.0.1/24", "third"),
        {"name": "x0", "bridge": "left", "peer": {"name": "x1", "bridge": "third"}},
    ],
    "netns_route": [
        {"netns": "a1", "destination": "default", "gateway": "10.1.0.9"},
        {"destination": "10.2.0.0/24", "gateway": "10.1.0.9"},
    ],
}

DIRECT: Raw = {
    "netns": names("red", "blue", "green"),
    "veth": [
        {
            "name": "veth-red",
            "netns": "red",
            "addresses": ["192.168.15.1/24"],
            "peer": {
                "name": "veth-blue",
                "netns": "blue",
                "addresses": ["192.168.15.2/24"],
                "up": False,
            },
        }
    ],
    "netns_route": [{"netns": "blue", "destination": "10.0.0.0/8", "type": "blackhole"}],
}

HOSTILE = [
    'a"b',
    "<b>&amp;",
    "end",
    "x|y`z",
    "#quot;",
    "\\N{}[]",
    "]]>",
    "ü名前",
    "`",
    "bell\x07",
    "bytes\udcff",
]
"""Names as they may come from the kernel and from file names."""

NASTY: Raw = {
    "netns": names(*HOSTILE, "n" * 200),
    "linux_bridge": [{"name": name, "addresses": ["fd00:100::5/64"]} for name in HOSTILE],
    "veth": [
        {
            "name": name,
            "netns": name,
            "addresses": [f"fd00:100::{number}/64"],
            "peer": {"name": f"{name}p", "bridge": name},
        }
        for number, name in enumerate(HOSTILE, 10)
    ],
    "dnat": [
        {"destination_port": 80, "to_destination": "[fd00:100::10]:80", "in_interface": 'a"b'}
    ],
}

CASES: dict[str, Raw] = {
    "nothing": {},
    "two": bridge_lab(
        ["red", "blue"], **BOTH, forwards=[{"destination_port": 80, "namespace": "blue"}]
    ),
    "fifty": many(50),
    "two hundred": many(200),
    "switch": bridge_lab(
        ["red", "blue", "green"],
        switch_netns="switch",
        forwards=[{"destination_port": 80, "namespace": "blue"}],
    ),
    "direct": DIRECT,
    "router": ROUTER,
    "mesh": mesh(7),
    "large mesh": mesh(9),
    "dense": {
        "linux_bridge": [{"name": f"br{number}"} for number in range(7)],
        "veth": [
            port(f"r{router}", number, f"10.{number}.0.{router + 1}/24", f"br{number}")
            for router in range(9)
            for number in range(7)
        ],
    },
    "uplink": {
        "linux_bridge": [
            {"name": "br0", "addresses": ["192.0.2.2/24"], "ports": ["eth1", "tap0", "vm-p0"]}
        ],
        "veth": [port("vm", 0, "192.0.2.3/24", "br0")],
    },
    "twice": {
        "linux_bridge": [{"name": "br0"}],
        "veth": [
            port("red", 0, "10.0.0.1/24", "br0"),
            port("red", 1, "10.0.1.1/24", "br0"),
            pair("red", "blue", 1),
            {"name": "second", "netns": "blue", "peer": {"name": "other", "netns": "red"}},
        ],
    },
    "chain": {"veth": [pair(f"c{number}", f"c{number + 1}", number) for number in range(9)]},
    "pairs": {
        "linux_bridge": [{"name": f"br{number}"} for number in range(25)],
        "veth": [
            port(f"p{number}{side}", 0, f"10.0.{number}.{host}/24", f"br{number}")
            for number in range(25)
            for host, side in enumerate("ab", 1)
        ],
    },
    "range": {
        "linux_bridge": [{"name": "farm0", "addresses": ["10.244.0.1/16"]}],
        "range": [
            {
                "count": 60,
                "netns": [{"name": "n{n}"}],
                "veth": [port("n{n}", 0, "{10.244.1.0+n}/16", "farm0")],
            }
        ],
    },
    "nasty": NASTY,
    "fleet": {"web1": ROUTER, "web2": DIRECT, 'web"3<': bridge_lab(["red"]), "web4": {}},
}
