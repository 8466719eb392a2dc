# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter bridge_lab: the topology that it generates, and the input that it refuses."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.redblue.netns.plugins.filter.bridge_lab import bridge_lab
from ansible_collections.redblue.netns.plugins.module_utils._desired.topology import parse_topology
from ansible_collections.redblue.netns.plugins.module_utils._model.netns import Netns
from ansible_collections.redblue.netns.plugins.module_utils._params.specs.topology import (
    TOPOLOGY_SPEC,
)
from ansible_collections.redblue.netns.plugins.module_utils._params.validation import validate

TWO_FAMILIES = {
    "network": ["192.168.15.0/24", "fd00:15::/64"],
    "gateway": ["192.168.15.5", "fd00:15::5"],
}


def addresses(lab: dict[str, Any]) -> dict[str, list[str]]:
    return {pair["netns"]: pair["addresses"] for pair in lab["veth"] if pair.get("netns")}


def test_the_lab_of_red_and_blue() -> None:
    assert bridge_lab(
        ["red", "blue"], forwards=[{"destination_port": 80, "namespace": "blue"}]
    ) == {
        "name": "lab",
        "netns": [{"name": "red"}, {"name": "blue"}],
        "linux_bridge": [{"name": "v-net-0", "addresses": ["192.168.15.5/24"]}],
        "ovs_bridge": [],
        "veth": [
            {
                "name": "veth-red",
                "netns": "red",
                "addresses": ["192.168.15.1/24"],
                "peer": {"name": "veth-red-br", "bridge": "v-net-0"},
            },
            {
                "name": "veth-blue",
                "netns": "blue",
                "addresses": ["192.168.15.2/24"],
                "peer": {"name": "veth-blue-br", "bridge": "v-net-0"},
            },
        ],
        "netns_route": [
            {"netns": "red", "destination": "default", "gateway": "192.168.15.5"},
            {"netns": "blue", "destination": "default", "gateway": "192.168.15.5"},
        ],
        "masquerade": [{"source": ["192.168.15.0/24"]}],
        "dnat": [{"destination_port": 80, "to_destination": "192.168.15.2:80"}],
        "backend": "auto",
    }


@pytest.mark.parametrize(
    "keywords",
    [
        {},
        TWO_FAMILIES,
        {"switch_netns": "switch"},
        {"gateway": [], "routes": [], "masquerade": False},
        {
            "forwards": [
                {"destination_port": "8000:8010", "namespace": "blue", "to_port": "9000:9010"}
            ]
        },
        {"masquerade": {"out_interface": "eth0", "destination_except": "10.0.0.0/8"}},
    ],
)
def test_the_module_accepts_the_output(keywords: dict[str, Any]) -> None:
    lab = bridge_lab(["red", "blue", "a-namespace-of-a-long-name"], **keywords)
    desired = parse_topology(validate({**lab, "state": "present"}, TOPOLOGY_SPEC))
    made = [resource.name for resource in desired.present if isinstance(resource, Netns)]
    assert made == [item["name"] for item in lab["netns"]] and not desired.absent


def test_addresses_in_use_are_not_assigned() -> None:
    lab = bridge_lab(
        [
            "a",
            {"name": "b", "addresses": ["192.168.15.2/24"]},
            "c",
            "d",
            "e",
            {"name": "f", "mtu": 1400},
        ],
        **TWO_FAMILIES,
    )
    assert addresses(lab) == {
        "a": ["192.168.15.1/24", "fd00:15::1/64"],
        "b": ["192.168.15.2/24"],
        "c": ["192.168.15.3/24", "fd00:15::2/64"],
        "d": ["192.168.15.4/24", "fd00:15::3/64"],
        "e": ["192.168.15.6/24", "fd00:15::4/64"],
        "f": ["192.168.15.7/24", "fd00:15::6/64"],
    }


def test_options_go_to_the_namespace_its_end_or_its_port() -> None:
    lab = bridge_lab(
        [
            {
                "name": "red",
                "sysctls": {"net.ipv4.ip_forward": 1},
                "nameservers": ["192.0.2.53"],
                "mtu": 1400,
                "isolated": True,
                "mac": None,
            }
        ]
    )
    assert lab["netns"] == [
        {"name": "red", "sysctls": {"net.ipv4.ip_forward": 1}, "nameservers": ["192.0.2.53"]}
    ]
    assert lab["veth"] == [
        {
            "name": "veth-red",
            "netns": "red",
            "addresses": ["192.168.15.1/24"],
            "mtu": 1400,
            "peer": {"name": "veth-red-br", "bridge": "v-net-0", "mtu": 1400, "isolated": True},
        }
    ]


def test_long_names_are_shortened_and_stay_different() -> None:
    names = [f"namespace-{number:04}" for number in range(1000)]
    lab = bridge_lab(names, network="10.0.0.0/16", gateway="10.0.0.1")
    ports = [pair["peer"]["name"] for pair in lab["veth"]]
    assert len(set(ports)) == 1000
    assert (
        max(len(name) for pair in lab["veth"] for name in (pair["name"], pair["peer"]["name"]))
        == 15
    )
    assert lab == bridge_lab(names, network="10.0.0.0/16", gateway="10.0.0.1")


def test_a_shortened_name_is_not_that_of_another_namespace() -> None:
    shortened = bridge_lab(["namespace-0001"])["veth"][0]["peer"]["name"]
    other = shortened[len("veth-") : -len("-br")]
    pairs = bridge_lab(["namespace-0001", other])["veth"]
    assert pairs[1]["peer"]["name"] == shortened
    assert pairs[0]["peer"]["name"] != shortened


def test_routes_go_to_every_namespace_or_to_the_one_they_name() -> None:
    lab = bridge_lab(
        ["red", "blue"],
        routes=[
            "default",
            {"netns": "blue", "destination": "192.168.1.0/24", "metric": 5},
            {"netns": "red", "destination": "10.0.0.0/8", "type": "blackhole"},
        ],
    )
    assert lab["netns_route"] == [
        {"netns": "red", "destination": "default", "gateway": "192.168.15.5"},
        {"netns": "blue", "destination": "default", "gateway": "192.168.15.5"},
        {"netns": "blue", "destination": "192.168.1.0/24", "metric": 5, "gateway": "192.168.15.5"},
        {"netns": "red", "destination": "10.0.0.0/8", "type": "blackhole"},
    ]


def test_default_is_added_for_each_family_and_a_network_for_its_own() -> None:
    lab = bridge_lab(["red"], routes=["default", "2001:db8::/32"], **TWO_FAMILIES)
    assert [(route["destination"], route["gateway"]) for route in lab["netns_route"]] == [
        ("default", "192.168.15.5"),
        ("default", "fd00:15::5"),
        ("2001:db8::/32", "fd00:15::5"),
    ]


@pytest.mark.parametrize(
    "forward, targets",
    [
        ({"destination_port": 80, "namespace": "blue"}, ["192.168.15.2:80", "[fd00:15::2]:80"]),
        (
            {"destination_port": "8000:8010", "namespace": "blue"},
            ["192.168.15.2:8000-8010", "[fd00:15::2]:8000-8010"],
        ),
        (
            {"destination_port": 80, "namespace": "blue", "to_port": 8080, "source": "10.0.0.0/8"},
            ["192.168.15.2:8080"],
        ),
        (
            {"destination_port": 80, "namespace": "blue", "destination": "fd00::2"},
            ["[fd00:15::2]:80"],
        ),
        ({"destination_port": 80, "to_destination": "192.168.15.77"}, ["192.168.15.77"]),
    ],
)
def test_forwards(forward: dict[str, Any], targets: list[str]) -> None:
    lab = bridge_lab(["red", "blue"], forwards=[forward], in_interface="eth0", **TWO_FAMILIES)
    assert [item["to_destination"] for item in lab["dnat"]] == targets
    assert {item["in_interface"] for item in lab["dnat"]} == {"eth0"}


def test_a_forward_keeps_its_own_interface() -> None:
    forwards = [{"destination_port": 80, "namespace": "red", "in_interface": "eth1"}]
    assert (
        bridge_lab(["red"], forwards=forwards, in_interface="eth0")["dnat"][0]["in_interface"]
        == "eth1"
    )


@pytest.mark.parametrize(
    "masquerade, items",
    [
        (True, [{"source": ["192.168.15.0/24"], "out_interface": "eth0"}]),
        ({"out_interface": "eth1"}, [{"source": ["192.168.15.0/24"], "out_interface": "eth1"}]),
        (False, []),
        (None, []),
    ],
)
def test_masquerade(masquerade: Any, items: list[Any]) -> None:
    assert bridge_lab(["red"], masquerade=masquerade, out_interface="eth0")["masquerade"] == items


def test_without_a_gateway_there_is_no_masquerading() -> None:
    lab = bridge_lab(["red", "blue"], gateway=[], routes=[])
    assert (
        lab["linux_bridge"] == [{"name": "v-net-0", "addresses": []}]
        and lab["netns_route"] == lab["masquerade"] == []
    )
    half = bridge_lab(["red"], network=["192.168.15.0/24", "fd00:15::/64"], gateway="192.168.15.5")
    assert half["masquerade"] == [{"source": ["192.168.15.0/24"]}]
    assert bridge_lab(["red"], gateway=[], routes=[], masquerade={"source": ["10.0.0.0/8"]})[
        "masquerade"
    ] == [{"source": ["10.0.0.0/8"]}]


def test_a_switch_in_a_namespace() -> None:
    lab = bridge_lab(["red"], switch_netns="switch")
    assert lab["netns"] == [{"name": "switch"}, {"name": "red"}]
    assert lab["linux_bridge"] == [{"name": "v-net-0", "netns": "switch"}]
    assert lab["veth"][0] == {
        "name": "v-net-0",
        "addresses": ["192.168.15.5/24"],
        "peer": {"name": "v-net-0-host", "netns": "switch", "bridge": "v-net-0"},
    }
    assert lab["veth"][1]["peer"] == {"name": "veth-red-br", "netns": "switch", "bridge": "v-net-0"}


def test_absent_needs_only_the_name() -> None:
    lab = bridge_lab(["red", "red"], name="lab7", state="absent")
    assert lab.pop("name") == "lab7"
    assert lab.pop("backend") == "auto"
    assert set(map(str, lab.values())) == {"[]"}


def test_the_switch_may_be_open_vswitch() -> None:
    lab = bridge_lab(["red"], switch="ovs", switch_options={"datapath_type": "netdev"})
    bridge = {"name": "v-net-0", "addresses": ["192.168.15.5/24"], "datapath_type": "netdev"}
    assert (lab["linux_bridge"], lab["ovs_bridge"]) == ([], [bridge])
    assert lab["veth"][0]["peer"]["bridge"] == "v-net-0"


@pytest.mark.parametrize(
    ("keywords", "message"),
    [
        ({"switch": "other"}, "switch: 'other': is not one of linux, ovs"),
        ({"switch_options": {"mtu": 1400}}, "is only for switch: ovs"),
        ({"switch": "ovs", "switch_netns": "sw"}, "Open vSwitch runs on the host"),
        ({"switch": "ovs", "switch_options": {"addresses": []}}, "unsupported option"),
    ],
)
def test_what_a_switch_cannot_be_is_refused(keywords: dict[str, Any], message: str) -> None:
    with pytest.raises(AnsibleFilterError, match=message):
        bridge_lab(["red"], **keywords)
