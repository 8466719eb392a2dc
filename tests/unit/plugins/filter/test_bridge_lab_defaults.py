# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the filter bridge_lab counts where nothing is given, and what it tells a role."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.filter.bridge_lab import bridge_lab
from ansible_collections.redblue.netns.plugins.module_utils._desired.topology import parse_topology
from ansible_collections.redblue.netns.plugins.module_utils._params.specs.topology import (
    TOPOLOGY_SPEC,
)
from ansible_collections.redblue.netns.plugins.module_utils._params.validation import validate


@pytest.mark.parametrize(
    ("namespaces", "network", "gateways"),
    [
        (["red"], "10.0.0.0/24", ["10.0.0.5/24"]),
        (["red"], "10.0.0.0/30", ["10.0.0.2/30"]),
        (["red"], ["10.0.0.0/24", "fd00::/64"], ["10.0.0.5/24", "fd00::5/64"]),
        (["red"], "fd00::/64", ["fd00::5/64"]),
        ([{"name": "red", "addresses": ["10.0.0.5/24"]}], "10.0.0.0/24", ["10.0.0.254/24"]),
    ],
)
def test_gateways_are_counted(namespaces: Any, network: Any, gateways: list[str]) -> None:
    lab = bridge_lab(namespaces, network=network, routes=None, forwards=None)
    assert lab["linux_bridge"][0]["addresses"] == gateways
    assert {route["destination"] for route in lab["netns_route"]} == {"default"}
    desired = parse_topology(validate({**lab, "state": "present"}, TOPOLOGY_SPEC))
    assert desired.present and not lab["dnat"]


def test_only_the_lab_of_the_walkthrough_publishes_a_port_unasked() -> None:
    counted: dict[str, Any] = {"routes": None, "forwards": None}
    walkthrough = bridge_lab(["red", "blue"], **counted)
    assert walkthrough["dnat"] == [{"destination_port": 80, "to_destination": "192.168.15.2:80"}]
    assert "192.168.1.0/24" in {route["destination"] for route in walkthrough["netns_route"]}
    for namespaces in (["red", "green"], ["red", "green", "blue"], ["blue"], ["blue", "red"]):
        lab = bridge_lab(namespaces, **counted)
        assert lab["dnat"] == []
        assert "192.168.1.0/24" in {route["destination"] for route in lab["netns_route"]}
    assert bridge_lab(["red", "blue"], network="10.0.0.0/24", **counted)["dnat"] == []
    alone = bridge_lab(["red", "blue"], gateway=[], **counted)
    assert alone["dnat"] == alone["netns_route"] == alone["masquerade"] == []


def test_lists_and_dictionaries_may_be_texts() -> None:
    lab = bridge_lab(
        "red, blue",
        network="10.0.0.0/24,fd00::/64",
        routes="default,2001:db8::/32",
        forwards=["destination_port=8080 namespace=blue to_port=80"],
    )
    assert lab == bridge_lab(
        ["red", "blue"],
        network=["10.0.0.0/24", "fd00::/64"],
        routes=["default", "2001:db8::/32"],
        forwards=[{"destination_port": "8080", "namespace": "blue", "to_port": "80"}],
    )


@pytest.mark.parametrize(
    ("names", "options", "error"),
    [
        (["bridge_lab_name", "bridge_lab_result"], {}, None),
        (
            ["bridge_lab_namespace"],
            {},
            "bridge_lab_namespace: None: there is no such variable; did you mean "
            "bridge_lab_namespaces?",
        ),
        (["bridge_lab_zzz"], {}, "bridge_lab_zzz: None: there is no such variable; the variables"),
        ([], {"network": "10.0.0.0"}, "bridge_lab_network: '10.0.0.0': has no prefix length; "),
        (
            [],
            {"forwards": [{"dport": 80, "namespace": "red"}]},
            "unsupported option 'bridge_lab_forwards[0].dport'; did you mean 'destination_port'?",
        ),
    ],
)
def test_a_role_gets_an_error_that_names_its_variable(
    names: list[str], options: dict[str, Any], error: str | None
) -> None:
    found = bridge_lab(["red"], variables=names, **options).get("error")
    assert (found is None) if error is None else str(found).startswith(error)
    assert "\n" not in str(found)
