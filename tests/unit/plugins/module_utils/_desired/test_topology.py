# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The desired state of a topology: references between its items are checked, all items have
its owner.
"""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Refused
from ansible_collections.redblue.netns.plugins.module_utils._model.links import Link, Veth
from ansible_collections.redblue.netns.plugins.module_utils._model.nat import Dnat, Masquerade
from ansible_collections.redblue.netns.plugins.module_utils._model.netns import Netns
from ansible_collections.redblue.netns.plugins.module_utils._model.routes import Route
from ansible_collections.redblue.netns.tests.unit.support.hosts import (
    Raw,
    desired_state_of,
)

PAIR: Raw = {"name": "one", "peer": {"name": "two"}}
ROUTE: Raw = {"destination": "10.9.0.0/16", "type": "blackhole"}
FORWARD: Raw = {"destination_port": "80", "to_destination": "192.168.15.2:80"}
ADDRESSED: Raw = {"name": "three", "addresses": ["10.0.0.1/24"], "peer": {"name": "four"}}
MAC = "02:00:00:00:00:01"
WHOLE: Raw = {
    "netns": [{"name": "red"}],
    "linux_bridge": [{"name": "br0"}],
    "veth": [PAIR],
    "netns_route": [ROUTE],
    "masquerade": [{"source": ["10.0.0.0/24", "10.1.0.0/24"]}],
    "dnat": [FORWARD],
}


def topology(**raw: Any) -> Any:
    return desired_state_of("topology", {"name": "lab", **raw})


def test_a_topology_has_the_resources_of_all_its_items() -> None:
    wanted = topology(**WHOLE)
    assert [type(resource) for resource in wanted.present] == [
        Netns,
        Link,
        Link,
        Veth,
        Route,
        Masquerade,
        Masquerade,
        Dnat,
    ]
    assert (wanted.absent, wanted.lab, wanted.purge, wanted.backend) == ((), "lab", False, "auto")


def test_purge_and_state_absent_purge() -> None:
    assert topology(purge=True).purge
    removed = topology(state="absent", **WHOLE)
    assert removed.purge and removed.present == () and len(removed.absent) == 8


TWICE: list[tuple[Raw, str]] = [
    (
        {"netns": [{"name": "red"}, {"name": "blue"}, {"name": "red"}]},
        r"netns\[2\]: 'red': the same resource is already declared at netns\[0\]",
    ),
    (
        {"veth": [PAIR, {"name": "two", "peer": {"name": "x"}}]},
        (
            r"veth\[1\].name: 'two': an interface "
            r"of this name in this namespace is already declared at veth\[0\].peer.name"
        ),
    ),
    (
        {"linux_bridge": [{"name": "one"}], "veth": [PAIR]},
        r"veth\[0\].name: 'one': .* is already declared at linux_bridge\[0\].name",
    ),
    (
        {"linux_bridge": [{"name": "br0"}, {"name": "br0"}]},
        r"linux_bridge\[1\].name: 'br0': .* is already declared at linux_bridge\[0\].name",
    ),
    (
        {"veth": [{"name": "a", "mac": MAC, "peer": {"name": "b", "mac": MAC}}]},
        r"veth\[0\].peer.mac: '02:.*': this MAC address is already declared at veth\[0\].mac, on",
    ),
    (
        {
            "netns": [{"name": "red"}],
            "veth": [
                ADDRESSED,
                {"name": "z", "addresses": ["10.9.0.1/24", "10.0.0.1/25"], "peer": {"name": "y"}},
            ],
        },
        (
            r"veth\[1\].addresses\[1\]: '10.0.0.1/25': "
            r"this address is already declared at veth\[0\].addresses\[0\], in the same namespace"
        ),
    ),
    (
        {"netns_route": [ROUTE, {**ROUTE, "type": "prohibit"}]},
        r"netns_route\[1\].destination: '10.9.0.0/16': a route .* at netns_route\[0\]; set",
    ),
    (
        {"dnat": [FORWARD, {**FORWARD, "to_destination": "192.168.15.3"}]},
        r"dnat\[1\]: '4 tcp .*': the same resource is already declared at dnat\[0\]",
    ),
    (
        {"masquerade": [{"source": "10.0.0.0/8"}, {"source": ["10.1.0.0/16", "10.0.0.0/8"]}]},
        r"masquerade\[1\]: '10.0.0.0/8': the same resource is already declared at masquerade\[0\]",
    ),
    (
        {"masquerade": [{"source": "10.0.0.0/8"}], "routed": ["10.1.0.0/16", "10.0.0.0/8"]},
        r"routed\[1\]: '10.0.0.0/8': the same resource is already declared at masquerade\[0\]",
    ),
]


@pytest.mark.parametrize(
    ("networks", "message"),
    [
        (["10.0.0.0/8", "10.0.0.1/8"], r"routed\[1\]: '10.0.0.1/8': "),
        (["10.0.0.0/8", "10.0.0.0/8"], r"routed\[1\]: '10.0.0.0/8': is already listed"),
        (["::/0"], r"routed\[0\]: '::/0': means all addresses"),
        (["br0"], r"routed\[0\]: 'br0': "),
        ("10.0.0.0", r"routed\[0\]: '10.0.0.0': .*10.0.0.0/"),
    ],
)
def test_a_network_that_cannot_be_routed_is_refused(networks: Any, message: str) -> None:
    with pytest.raises(Refused, match=f"^{message}"):
        topology(routed=networks)


@pytest.mark.parametrize(("raw", "message"), TWICE)
def test_a_duplicate_is_refused_with_both_paths(raw: Raw, message: str) -> None:
    with pytest.raises(Refused, match=f"^{message}"):
        topology(**raw)


NOT_TWICE: list[Raw] = [
    {
        "netns": [{"name": "red"}],
        "veth": [PAIR, {"name": "one", "netns": "red", "peer": {"name": "three"}}],
    },
    {"linux_bridge": [{"name": "br0", "mac": MAC}], "veth": [{**PAIR, "mac": MAC}]},
    {"netns_route": [ROUTE, {**ROUTE, "metric": 5}, {**ROUTE, "table": 5}]},
    {
        "dnat": [
            FORWARD,
            {**FORWARD, "protocol": "udp"},
            {**FORWARD, "in_interface": "eth0"},
            {**FORWARD, "source": "10.0.0.0/8"},
        ]
    },
    {"dnat": [FORWARD, {**FORWARD, "to_destination": "[fd00::2]:80"}]},
    {"masquerade": [{"source": "10.0.0.0/8"}, {"source": "10.0.0.0/8", "out_interface": "eth0"}]},
]


@pytest.mark.parametrize("raw", NOT_TWICE)
def test_similar_items_that_differ_are_accepted(raw: Raw) -> None:
    assert topology(**raw).present


def test_an_invalid_value_is_refused_with_its_path() -> None:
    with pytest.raises(
        Refused,
        match=r"^veth\[0\].peer.addresses\[1\]: '10.0.0.0/24': is the network's own address",
    ):
        topology(
            veth=[
                {
                    "name": "one",
                    "peer": {"name": "two", "addresses": ["10.0.0.1/24", "10.0.0.0/24"]},
                }
            ]
        )
    with pytest.raises(
        Refused, match=r"^netns_route\[0\].gateway: None: a route of type unicast needs"
    ):
        topology(netns_route=[{"destination": "10.9.0.0/16"}])
    with pytest.raises(Refused, match=r"^name: 'a b': the name of a topology has only"):
        topology(name="a b")
    with pytest.raises(Refused, match=r"^name: None: is required"):
        topology(name=None)


def pairs(count: int, netns: str | None = None) -> list[Raw]:
    return [
        {"name": f"a{n}", "peer": {"name": f"b{n}", "bridge": "br0", "netns": netns}}
        for n in range(count)
    ]


def test_port_1024_of_a_bridge_is_refused_with_its_path() -> None:
    assert topology(veth=pairs(1023))
    with pytest.raises(
        Refused, match=r"^veth\[1023\].peer.bridge: 'br0': a Linux bridge takes 1023 ports"
    ):
        topology(veth=pairs(1024))
    elsewhere = {
        "name": "x",
        "netns": "red",
        "bridge": "br0",
        "peer": {"name": "y", "netns": "red"},
    }
    assert topology(veth=[*pairs(1023), elsewhere]), (
        "a bridge of the same name in another namespace is another bridge"
    )


@pytest.mark.parametrize(
    ("backend", "items", "chosen"),
    [
        ("auto", ["auto", "auto"], "auto"),
        ("auto", ["auto", "iptables"], "iptables"),
        ("auto", ["nftables", "nftables"], "nftables"),
        ("iptables", ["auto", "iptables"], "iptables"),
    ],
)
def test_one_backend_applies_to_the_whole_topology(
    backend: str, items: list[str], chosen: str
) -> None:
    masquerade, dnat = (
        [{"source": "10.0.0.0/8", "backend": items[0]}],
        [{**FORWARD, "backend": items[1]}],
    )
    assert topology(backend=backend, masquerade=masquerade, dnat=dnat).backend == chosen


def test_two_backends_are_refused_with_both_paths() -> None:
    masquerade, dnat = (
        [{"source": "10.0.0.0/8", "backend": "nftables"}],
        [{**FORWARD, "backend": "iptables"}],
    )
    with pytest.raises(
        Refused, match=r"^dnat\[0\].backend: 'iptables': masquerade\[0\].backend is nftables"
    ):
        topology(masquerade=masquerade, dnat=dnat)
    with pytest.raises(Refused, match=r"^masquerade\[0\].backend: 'nftables': backend is iptables"):
        topology(backend="iptables", masquerade=masquerade)
