# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A task reports all of its invalid options at once, each by the path that the user wrote."""

from __future__ import annotations

import copy
import itertools
from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._params.all_refusals import (
    MAX_REFUSALS,
    find_refusals,
)
from ansible_collections.redblue.netns.plugins.module_utils._params.validation import validate
from ansible_collections.redblue.netns.tests.unit.support.parsers import PARSERS

LAB: dict[str, Any] = {
    "name": "lab",
    "netns": [{"name": "red", "sysctls": {"net.ipv4.ip_forward": 1}}, {"name": "blue"}],
    "linux_bridge": [{"name": "br0", "addresses": ["10.0.0.1/24", "fd00::1/64"]}],
    "veth": [
        {
            "name": f"v{number}",
            "netns": "red",
            "addresses": [f"10.0.0.1{number}/24", f"10.0.1.1{number}/24"],
            "peer": {"name": f"p{number}", "bridge": "br0", "isolated": True, "vlans": ["10-19"]},
        }
        for number in range(4)
    ],
    "netns_route": [{"netns": "red", "destination": "default", "gateway": "10.0.0.1"}],
    "dnat": [{"destination_port": 80, "to_destination": "10.0.0.10:80"}],
    "probes": [{"netns": "red", "to": "blue", "status": None}],
}

FAULTS: dict[str, tuple[Any, ...]] = {
    "name": ("name", "l b"),
    "netns[0].name": ("netns", 0, "name", "a/b"),
    "netns[0].sysctls.net.ipv4.ip_forward": (
        "netns", 0, "sysctls", "net.ipv4.ip_forward", [],
    ),
    "netns[1].nameservers[1]": ("netns", 1, "nameservers", ["10.0.0.1", "x"]),
    "linux_bridge[0].adresses": ("linux_bridge", 0, "adresses", []),
    "linux_bridge[0].addresses[1]": ("linux_bridge", 0, "addresses", 1, "fd00::1"),
    "veth[0]": ("veth", 0, "veth0"),
    "veth[1].addresses[0]": ("veth", 1, "addresses", 0, "300.0.0.1/24"),
    "veth[1].addresses[1]": ("veth", 1, "addresses", 1, "10.0.0.1"),
    "veth[1].peer.mtu": ("veth", 1, "peer", "mtu", 1),
    "veth[2].peer.bridge": ("veth", 2, "peer", "bridge", 7),
    "veth[2].peer.vlans[0]": ("veth", 2, "peer", "vlans", 0, "9-1"),
    "veth[3].mac": ("veth", 3, "mac", "x"),
    "veth[3].peer.impairment.delay": ("veth", 3, "peer", "impairment", {"delay": "soon"}),
    "netns_route[0].destination": ("netns_route", 0, "destination", "10.9.0.0"),
    "netns_route[0].metric": ("netns_route", 0, "metric", -1),
    "dnat[0].destination_port": ("dnat", 0, "destination_port", "8080:80"),
    "dnat[0].to_destination": ("dnat", 0, "to_destination", "blue:80"),
    "probes[0].to": ("probes", 0, "to", "blue:80"),
    "backend": ("backend", "pf"),
    "integrate[1]": ("integrate", "docker,pf"),
}  # fmt: skip


def put(options: Any, *steps: Any) -> None:
    *path, last, value = steps
    for step in path:
        options = options[step]
    options[last] = value


def find(module: str, raw: dict[str, Any]) -> list[str]:
    spec, parse = PARSERS[module]
    return [
        refusal.parameter
        for refusal in find_refusals(raw, lambda rest: parse(validate(rest, spec)))
    ]


def test_valid_options_have_no_errors() -> None:
    assert find("topology", LAB) == []


def test_all_errors_of_a_task_are_found_and_no_others() -> None:
    raw = copy.deepcopy(LAB)
    for steps in FAULTS.values():
        put(raw, *steps)
    before = copy.deepcopy(raw)
    assert sorted(find("topology", raw)) == sorted(FAULTS)
    assert raw == before


@pytest.mark.parametrize(
    ("one", "other"),
    list(itertools.combinations(FAULTS, 2)),
    ids=lambda path: path,
)
def test_any_two_errors_are_found_together(one: str, other: str) -> None:
    raw = copy.deepcopy(LAB)
    for path in (one, other):
        put(raw, *FAULTS[path])
    assert sorted(find("topology", raw)) == sorted((one, other))


def test_an_error_of_two_items_names_both_as_the_user_counts_them() -> None:
    raw = copy.deepcopy(LAB)
    put(raw, "veth", 0, "nonsense")
    peer = {**raw["veth"][2]["peer"], "name": "p9"}
    raw["veth"].append({**raw["veth"][2], "name": "v9", "peer": peer})
    spec, parse = PARSERS["topology"]
    found = find_refusals(raw, lambda rest: parse(validate(rest, spec)))
    assert [refusal.parameter for refusal in found][:2] == ["veth[0]", "veth[4].addresses[0]"]
    assert found[1].rule.startswith("this address is already declared at veth[2].addresses[0], in")


@pytest.mark.parametrize(
    ("module", "raw", "paths"),
    [
        ("dnat", {"port": 80, "to_destination": "blue"}, ["port", "to_destination"]),
        ("dnat", {"source": ["10.0.0.1/8"]}, ["destination_port", "to_destination", "source[0]"]),
        ("netns_route", {"dest": "default", "via": "10.0.0.1"}, ["dest", "via"]),
        ("netns_link", {"name": "x", "type": "bond", "id": 5, "mtu": 1}, ["type", "mtu"]),
        ("netns_link", {"name": "x", "type": "vlan", "id": 5000, "mac": "y"}, ["id", "mac"]),
        ("masquerade", {"source": ["10.0.0.1/8", "x"]}, ["source[0]", "source[1]"]),
        ("veth", {"name": "a", "peer": "b", "mtu": 1}, ["peer", "mtu"]),
        ("veth", {"name": "a", "peer": {"mtu": 1}}, ["peer.name", "peer.mtu"]),
        ("veth", {"name": "a", "peer": {"name": "b", "brigde": "c", "vlan": 1}}, ["peer.brigde"]),
        (
            "netns",
            {"name": "r", "nameservers": "x,10.0.0.1,y"},
            ["nameservers[0]", "nameservers[2]"],
        ),
    ],
)
def test_errors_of_single_modules(module: str, raw: dict[str, Any], paths: list[str]) -> None:
    assert sorted(find(module, raw)) == sorted(paths)


def test_errors_of_a_range_are_found() -> None:
    item = {"name": "v{n}", "mtu": "big", "peer": {"name": "p{n}", "mac": "x"}}
    raw = {"name": "l b", "range": [{"count": 3, "veth": [item]}]}
    assert sorted(find("topology", raw)) == [
        "name", "range[0]{n=1}.veth[0].mtu", "range[0]{n=1}.veth[0].peer.mac",
    ]  # fmt: skip


def test_there_is_a_limit() -> None:
    raw = {"name": "lab", "netns": [{"name": "a/b"}] * 1000}
    assert len(find("topology", raw)) == MAX_REFUSALS
