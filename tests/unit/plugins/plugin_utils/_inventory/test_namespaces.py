# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The namespaces of a topology, with their bridges and addresses."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.filter.bridge_lab import bridge_lab
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Refused
from ansible_collections.redblue.netns.plugins.plugin_utils._inventory.namespaces import (
    NetnsEntry,
    list_namespaces,
    recall_namespaces,
)

RANGE = {
    "count": 3,
    "netns": [{"name": "n{n:03}"}],
    "veth": [
        {
            "name": "eth0",
            "netns": "n{n:03}",
            "addresses": ["{10.0.0.0+n}/8"],
            "peer": {"name": "port{n}", "bridge": "br0"},
        }
    ],
}


def test_the_lab() -> None:
    assert list_namespaces(bridge_lab(["red", "blue"])) == [
        NetnsEntry("red", ["v-net-0"], ["192.168.15.1/24"]),
        NetnsEntry("blue", ["v-net-0"], ["192.168.15.2/24"]),
    ]


def test_a_switch_has_no_bridge_of_its_own() -> None:
    listed = {
        entry.name: entry.bridges
        for entry in list_namespaces(bridge_lab(["red"], switch_netns="switch"))
    }
    assert listed == {"switch": [], "red": ["v-net-0"]}


def test_a_range() -> None:
    assert [
        (entry.name, entry.bridges, entry.addresses)
        for entry in list_namespaces({"name": "farm", "range": [RANGE]})
    ] == [
        ("n001", ["br0"], ["10.0.0.1/8"]),
        ("n002", ["br0"], ["10.0.0.2/8"]),
        ("n003", ["br0"], ["10.0.0.3/8"]),
    ]


def test_ports_that_a_bridge_lists_are_connected_to_it() -> None:
    topology = {
        "linux_bridge": [
            {"name": "br0", "ports": ["to-red"]},
            {"name": "br1", "netns": "elsewhere", "ports": ["to-red"]},
        ],
        "veth": [{"name": "to-red", "peer": {"name": "eth0", "netns": "red"}}],
    }
    assert list_namespaces(topology) == [NetnsEntry("elsewhere"), NetnsEntry("red", ["br0"])]


def test_a_link_stacked_on_a_bridge_is_connected_to_it_and_a_link_on_a_port_is_not() -> None:
    legs = [
        {
            "name": "leg",
            "netns": netns,
            "type": "macvlan",
            "link": link,
            "link_netns": where,
            "addresses": ["10.0.0.1/24"],
        }
        for netns, link, where in (
            ("red", "br0", None),
            ("blue", "eth0", None),
            ("green", "br0", "red"),
        )
    ]
    found = list_namespaces({"linux_bridge": [{"name": "br0"}], "netns_link": legs})
    assert [(entry.name, entry.bridges) for entry in found] == [
        ("red", ["br0"]),
        ("blue", []),
        ("green", []),
    ]


def test_a_veth_pair_between_namespaces_and_two_to_one_bridge() -> None:
    topology = {
        "veth": [
            {
                "name": "a",
                "netns": "red",
                "addresses": ["10.0.0.1/24"],
                "peer": {"name": "b", "netns": "blue", "addresses": ["10.0.0.2/24"]},
            },
            {"name": "c", "netns": "red", "peer": {"name": "d", "bridge": "br0"}},
            {
                "name": "e",
                "bridge": "br0",
                "peer": {"name": "f", "netns": "red", "addresses": ["fd00::1/64"]},
            },
        ],
    }
    assert list_namespaces(topology) == [
        NetnsEntry("red", ["br0"], ["10.0.0.1/24", "fd00::1/64"]),
        NetnsEntry("blue", [], ["10.0.0.2/24"]),
    ]


def test_two_labs_of_one_host_may_have_the_same_addresses() -> None:
    topology = {
        "veth": [
            {
                "name": "a",
                "netns": name,
                "addresses": ["10.0.0.1/24"],
                "peer": {"name": f"to-{name}"},
            }
            for name in ("red", "blue")
        ]
    }
    assert [entry.name for entry in list_namespaces(topology)] == ["red", "blue"]


def test_a_result_of_netns_info() -> None:
    result = {
        "changed": False,
        "topology": {"name": "host", "netns": [{"name": "red"}], "veth": []},
        "links": {"host": []},
        "stale": [],
    }
    assert list_namespaces(result) == [NetnsEntry("red")]


def test_invalid_names_are_left_out_with_a_warning_if_observed() -> None:
    veth = [
        {"name": "a", "netns": "red", "peer": {"name": "b", "bridge": "br {{ 1 }}"}},
        {"name": "c", "netns": "a b", "peer": {"name": "d", "bridge": "br0"}},
    ]
    topology = {"netns": [{"name": "x{{1}}"}, {"name": "a b"}], "veth": veth}
    warnings: list[str] = []
    assert list_namespaces({"topology": topology}, warnings.append) == [NetnsEntry("red")]
    rule = "has only letters, digits and _ . - and begins with a letter or digit"
    assert warnings == [
        f"netns[0].name: 'x{{{{1}}}}': the name of a network namespace {rule}",
        f"netns[1].name: 'a b': the name of a network namespace {rule}",
        f"veth[0].bridge: 'br {{{{ 1 }}}}': the name of a network interface {rule}",
    ]


@pytest.mark.parametrize(
    "lie", ["{{ 1 }}", "10.0.0.1", "10.0.0.1/33", "fe80::1%{{ 1 }}/64", "10.0.0.1/24 ", ""]
)
def test_invalid_addresses_are_left_out_if_observed_and_otherwise_refused(lie: str) -> None:
    end = {"name": "a", "netns": "red", "addresses": [lie, "FD00:0::1/64"]}
    topology = {"veth": [{**end, "peer": {"name": "b"}}]}
    warnings: list[str] = []
    assert list_namespaces({"topology": topology}, warnings.append) == [
        NetnsEntry("red", [], ["fd00::1/64"])
    ]
    assert warnings == [f"veth[0].addresses: {lie!r}: is not an address with a prefix length"]
    with pytest.raises(Refused):
        list_namespaces(topology)


def test_a_result_has_no_ranges() -> None:
    topology = {"netns": [{"name": "red"}], "range": [{"count": 9, "netns": [{"name": "n{n}"}]}]}
    assert list_namespaces({"topology": topology}) == [NetnsEntry("red")]


@pytest.mark.parametrize(
    "topology, message",
    [
        (None, ["topology", "dictionary"]),
        (["red"], ["topology", "dictionary"]),
        ({"topology": "red"}, ["topology", "dictionary"]),
        ({"netns": ["red"]}, ["netns[0]", "dictionary"]),
        ({"netns": [{"name": "../red"}]}, ["netns[0].name", "../red"]),
        ({"netns": [{"name": "red", "adress": 1}]}, ["netns[0].adress", "unsupported option"]),
        (
            {"veth": [{"name": "a", "netns": "{{ x }}", "peer": {"name": "b"}}]},
            ["veth[0].netns", "{{ x }}"],
        ),
        (
            {"veth": [{"name": "a", "netns": "red", "peer": {"name": "b", "bridge": "no bridge"}}]},
            ["bridge", "no bridge"],
        ),
        (
            {"veth": [{"name": "a", "peer": {"name": "b", "netns": ""}}]},
            ["veth[0].peer.netns", "empty"],
        ),
        ({"linux_bridge": [{"name": "a", "netns": "-all"}]}, ["linux_bridge[0].netns", "-all"]),
        ({"range": [{"count": 2, "netns": [{"name": "n{m}"}]}]}, ["range[0]", "n{m}"]),
        ({"plugin": "redblue.netns.netns"}, ["plugin", "unsupported option"]),
    ],
)
def test_input_that_is_not_a_topology_is_refused(topology: Any, message: list[str]) -> None:
    with pytest.raises(Refused) as caught:
        list_namespaces(topology)
    for word in message:
        assert word in str(caught.value)


def test_processes_and_services_by_namespace() -> None:
    processes = [
        {"name": "web", "netns": "red", "command": ["sleep", "9"]},
        {"name": "host", "command": ["sleep", "9"]},
        {"name": "{{ evil }}", "netns": "red", "command": ["sleep", "9"]},
    ]
    services = [
        {"options": {"name": "a.service", "netns": "blue"}, "active": True},
        {"options": {"name": "{{ evil }}.service", "netns": "blue"}},
    ]
    warnings: list[str] = []
    result = {"topology": {"processes": processes}, "services": services}
    assert list_namespaces(result, warnings.append) == [
        NetnsEntry("red", processes=["web"]),
        NetnsEntry("blue", services=["a.service"]),
    ]
    assert [warning.split(":")[0] for warning in warnings] == [
        "processes[2].name",
        "services[1].options.name",
    ]
    with pytest.raises(Refused, match=r"processes\[2\].name"):
        list_namespaces({"name": "lab", "processes": processes})


@pytest.mark.parametrize(
    ("services", "path"),
    [
        ("x", "services"),
        (["x"], r"services\[0\]"),
        ([{}], r"services\[0\].options"),
        ([{"options": {"netns": "red", "name": 7}}], r"services\[0\].options.name"),
    ],
)
def test_services_of_another_form_are_refused(services: Any, path: str) -> None:
    with pytest.raises(Refused, match=path):
        list_namespaces({"topology": {}, "services": services})


@pytest.mark.parametrize("entry", [{"processes": ["{{ x }}"]}, {"services": ["../x.service"]}])
def test_what_the_cache_has_is_checked(entry: dict[str, list[str]]) -> None:
    with pytest.raises(Refused):
        recall_namespaces([{"name": "red", **entry}])
