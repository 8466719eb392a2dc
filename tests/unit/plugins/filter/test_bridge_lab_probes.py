# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter bridge_lab_probes: the probes that a lab must pass."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.redblue.netns.plugins.filter.bridge_lab import bridge_lab
from ansible_collections.redblue.netns.plugins.filter.bridge_lab_probes import bridge_lab_probes
from ansible_collections.redblue.netns.plugins.module_utils._desired.probes import parse_probe_list
from ansible_collections.redblue.netns.plugins.module_utils._params.specs.netns_probe_info import (
    NETNS_PROBE_INFO_SPEC,
)
from ansible_collections.redblue.netns.plugins.module_utils._params.validation import validate


def summarize(probes: list[dict[str, Any]]) -> set[tuple[Any, ...]]:
    return {
        (probe.get("netns"), probe["to"], probe.get("port"), probe["expect"] == "reachable")
        for probe in probes
    }


def test_a_removed_lab_has_no_probes_of_its_own() -> None:
    lab = bridge_lab(["red", "blue"], state="absent")
    assert bridge_lab_probes(lab) == []
    assert bridge_lab_probes(lab, no_reach=[{"to": "192.168.15.1"}]) == [
        {"to": "192.168.15.1", "expect": "unreachable"}
    ]


def test_the_probes_of_red_and_blue() -> None:
    lab = bridge_lab(
        ["red", "blue"], forwards=[{"destination_port": 8080, "namespace": "blue", "to_port": 80}]
    )
    probes = bridge_lab_probes(lab)
    assert summarize(probes) == {
        ("red", "192.168.15.2", None, True),
        ("blue", "192.168.15.1", None, True),
        ("red", "192.168.15.5", None, True),
        ("blue", "192.168.15.5", None, True),
        (None, "192.168.15.1", None, True),
        (None, "192.168.15.2", None, True),
        ("red", "192.168.15.254", None, False),
        ("red", "127.0.0.1", 0, False),
        (None, "127.0.0.1", 0, False),
        (None, "192.168.15.5", 8080, True),
        (None, "192.168.15.5", 0, False),
    }
    assert [probe["listen_at"] for probe in probes if probe.get("port")] == [
        {"netns": "blue", "address": "192.168.15.2", "port": 80}
    ]


def test_two_families() -> None:
    lab = bridge_lab(
        ["red", "blue"],
        network=["192.168.15.0/24", "fd00::/64"],
        gateway=["192.168.15.5", "fd00::5"],
        forwards=[{"destination_port": 80, "namespace": "red"}],
    )
    assert {
        ("red", "fd00::2", None, True),
        (None, "fd00::1", None, True),
        ("red", "fd00::ffff:ffff:ffff:ffff", None, False),
        (None, "fd00::5", 80, True),
    } <= summarize(bridge_lab_probes(lab))


def test_isolated_ports_do_not_reach_each_other() -> None:
    probes = bridge_lab_probes(
        bridge_lab([{"name": "red", "isolated": True}, {"name": "blue", "isolated": True}, "green"])
    )
    expected = {
        (probe["netns"], probe["to"]): probe["expect"]
        for probe in probes
        if "netns" in probe and "port" not in probe
    }
    assert expected["red", "192.168.15.2"] == "unreachable"
    assert expected["red", "192.168.15.3"] == "reachable"


def test_with_many_namespaces_each_probes_the_next() -> None:
    probes = bridge_lab_probes(bridge_lab([f"ns{number}" for number in range(100)]))
    assert len(probes) == 100 + 2 * 100 + 3


@pytest.mark.parametrize(
    "keywords", [{"switch_netns": "switch"}, {"gateway": [], "routes": [], "masquerade": False}]
)
def test_the_host_is_probed_if_it_has_an_address(keywords: dict[str, Any]) -> None:
    probes = summarize(bridge_lab_probes(bridge_lab(["red", "blue"], **keywords)))
    assert ("red", "192.168.15.2", None, True) in probes
    assert ((None, "192.168.15.1", None, True) in probes) == ("switch_netns" in keywords)


@pytest.mark.parametrize(
    "forward",
    [
        {"in_interface": "eth0"},
        {"source": ["192.0.2.0/24"]},
        {"from_host": False},
        {"protocol": "sctp"},
    ],
)
def test_a_forward_that_the_host_cannot_use_is_not_probed(forward: dict[str, Any]) -> None:
    lab = bridge_lab(["red"], forwards=[{"destination_port": 80, "namespace": "red", **forward}])
    assert not [probe for probe in bridge_lab_probes(lab) if probe.get("port")]


@pytest.mark.parametrize(
    "target, port, listen",
    [
        ("192.168.15.1", "80", 80),
        ("192.168.15.1:81", 80, 81),
        ("192.168.15.1:90-91", "80:81", 90),
        ("192.168.15.1", "80-81", 80),
    ],
)
def test_a_listener_is_at_the_port_of_the_target(target: Any, port: Any, listen: Any) -> None:
    probes = bridge_lab_probes(
        bridge_lab(["red"], forwards=[{"destination_port": port, "to_destination": target}])
    )
    assert [
        (probe["port"], probe["listen_at"]["port"]) for probe in probes if probe.get("port")
    ] == [(80, listen)]


@pytest.mark.parametrize("protocol", ["tcp", "udp"])
def test_a_forward_of_either_protocol(protocol: str) -> None:
    probes = bridge_lab_probes(
        bridge_lab(
            ["red"], forwards=[{"destination_port": 53, "namespace": "red", "protocol": protocol}]
        )
    )
    at = {"netns": "red", "address": "192.168.15.1"}
    assert [probe for probe in probes if probe.get("protocol")] == [
        {
            "to": "192.168.15.5",
            "protocol": protocol,
            "port": 53,
            "listen_at": {**at, "port": 53},
            "expect": "reachable",
        },
        {
            "to": "192.168.15.5",
            "protocol": protocol,
            "port": 0,
            "listen_at": at,
            "expect": "unreachable",
        },
    ]


def test_the_module_accepts_all_probes() -> None:
    forwards = [{"destination_port": 80, "namespace": "red"}]
    lab = bridge_lab(
        ["red", {"name": "blue", "isolated": True}],
        forwards=forwards,
        network=["192.168.15.0/24", "fd00::/64"],
    )
    probes = bridge_lab_probes(
        lab,
        [
            {
                "netns": "/run/netns/red",
                "to": "blue",
                "protocol": "http",
                "status": [200],
                "name": "x",
            }
        ],
    )
    assert (
        len(parse_probe_list(validate({"probes": probes}, NETNS_PROBE_INFO_SPEC)["probes"] or []))
        == len(probes)
        > 10
    )


def test_probes_of_the_user_come_last() -> None:
    probes = bridge_lab_probes(
        bridge_lab(["red"]),
        [{"netns": "red", "to": "192.0.2.1"}],
        [{"to": "192.0.2.2", "port": 80}],
    )
    assert probes[-2:] == [
        {"netns": "red", "to": "192.0.2.1", "expect": "reachable"},
        {"to": "192.0.2.2", "port": 80, "expect": "unreachable"},
    ]


def test_an_empty_name_does_not_become_the_host() -> None:
    assert (
        bridge_lab_probes(bridge_lab(["red"]), [{"netns": "", "to": "192.0.2.1"}])[-1]["netns"]
        == ""
    )


def test_the_older_form_of_listen_at() -> None:
    old = {
        "to": "192.0.2.1",
        "port": 80,
        "listen": {"netns": "red", "to": "192.168.15.1", "port": 8080},
    }
    new = {
        "to": "192.0.2.1",
        "port": 80,
        "listen_at": {"netns": "red", "address": "192.168.15.1", "port": 8080},
    }
    assert (
        bridge_lab_probes(bridge_lab(["red"]), [old])[-1]
        == bridge_lab_probes(bridge_lab(["red"]), [new])[-1]
        == {**new, "expect": "reachable"}
    )
    assert bridge_lab_probes(
        bridge_lab(["red"]), [{**old, "listen": {"netns": None, "to": "x", "port": 0}}]
    )[-1]["listen_at"] == {"address": "x", "port": 0}
    assert (
        bridge_lab_probes(
            bridge_lab(["red"]), [{"netns": "red", "to": "red", "port": 80, "listen": True}]
        )[-1]["listen"]
        is True
    )


@pytest.mark.parametrize(
    "lab, keywords, message",
    [
        (None, {}, "bridge_lab"),
        ({}, {"reach": "192.0.2.1"}, "reach"),
        ({}, {"reach": [{"netns": "red"}]}, "reach[0]"),
        ({}, {"no_reach": [{"to": "192.0.2.1", "prot": 80}]}, "no_reach[0].prot"),
    ],
)
def test_invalid_input_is_refused(lab: Any, keywords: dict[str, Any], message: str) -> None:
    with pytest.raises(AnsibleFilterError) as caught:
        bridge_lab_probes({**bridge_lab(["red"]), **lab} if lab is not None else None, **keywords)
    assert message in str(caught.value)
