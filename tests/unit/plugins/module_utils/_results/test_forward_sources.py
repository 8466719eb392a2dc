# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which forwarded ports are exposed although there are policies, and to whom."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._results.topology import list_exposed
from ansible_collections.redblue.netns.tests.unit.support.hosts import Raw, desired_state_of

SET = {"name": "far", "addresses": ["198.51.100.0/24", "2001:db8::/32"]}
WEB = {"protocol": "tcp", "ports": [8080]}


TARGETS = ("10.0.0.2:8080", "[fd00::2]:8080")


def sources_of(
    *policies: Raw, targets: tuple[str, ...] = TARGETS, **forward: Any
) -> list[list[str]]:
    """The sources of each exposed port."""
    ends = {"name": "eth0", "netns": "web", "addresses": ["10.0.0.2/24", "fd00::2/64"]}
    raw: Raw = {
        "name": "lab",
        "netns": [{"name": "web"}, {"name": "db"}],
        "linux_bridge": [{"name": "br0", "addresses": ["10.0.0.1/24", "fd00::1/64"]}],
        "veth": [{**ends, "peer": {"name": "to-web", "bridge": "br0"}}],
        "dnat": [
            {"destination_port": 80, **forward, "to_destination": target} for target in targets
        ],
        "address_sets": [SET],
        "policy": [{"name": f"p{index}", **each} for index, each in enumerate(policies)],
    }
    return [exposed["source"] for exposed in list_exposed(desired_state_of("topology", raw))]


@pytest.mark.parametrize(
    ("policies", "sources"),
    [
        ([], [[], []]),
        ([{"egress": []}], [[], []]),
        ([{"netns": ["db"], "ingress": []}], [[], []]),
        ([{"ingress": []}], []),
        ([{"netns": ["w*"], "ingress": []}], []),
        ([{"ingress": [WEB]}], [[], []]),
        ([{"ingress": [{**WEB, "ports": ["80"]}]}], []),
        ([{"ingress": [{**WEB, "ports": ["8000-8100"]}]}], [[], []]),
        ([{"ingress": [{**WEB, "protocol": "udp"}]}], []),
        ([{"ingress": []}, {"ingress": [WEB]}], [[], []]),
        ([{"ingress": [WEB, {"action": "drop"}]}], []),
        ([{"ingress": [WEB]}, {"ingress": [{**WEB, "action": "reject"}]}], []),
        ([{"ingress": [WEB, {**WEB, "ports": [22], "action": "drop"}]}], [[], []]),
        ([{"ingress": [{"from": [{"netns": "db"}, {"host": True}, {"lab": "lab"}]}]}], []),
        ([{"ingress": [{"from": [{"lab": "other"}]}]}], [[], []]),
        ([{"ingress": [{"from": [{"network": "192.0.2.0/24"}]}]}], [["192.0.2.0/24"]]),
        (
            [{"ingress": [{"from": [{"address_set": "far"}]}]}],
            [["198.51.100.0/24"], ["2001:db8::/32"]],
        ),
        (
            [
                {"ingress": [{"from": [{"network": "192.0.2.0/24"}, {"address_set": "far"}]}]},
                {"ingress": [{"from": [{"network": "192.0.0.0/16"}], "action": "drop"}]},
            ],
            [["198.51.100.0/24"], ["2001:db8::/32"]],
        ),
    ],
)
def test_a_port_is_exposed_to_those_whom_policies_let_in(
    policies: list[Raw], sources: list[list[str]]
) -> None:
    assert sources_of(*policies) == sources


def test_a_range_is_exposed_if_one_of_its_ports_is() -> None:
    drop = {**WEB, "action": "drop"}
    assert sources_of({"ingress": [{"protocol": "tcp"}, drop]}) == []
    targets = ("10.0.0.2:8080-8089", "[fd00::2]:8080-8089")
    for entries in ([WEB], [{"protocol": "tcp"}, drop]):
        found = sources_of({"ingress": entries}, targets=targets, destination_port="80:89")
        assert found == [[], []]


def test_the_sources_of_a_forward_and_of_a_policy_are_both_required() -> None:
    networks = [{"network": "192.0.2.0/24"}, {"network": "198.51.100.7/32"}]
    limits = ["192.0.2.128/25", "198.51.100.0/24", "203.0.113.0/24"]
    found = sources_of({"ingress": [{"from": networks}]}, targets=TARGETS[:1], source=limits)
    assert found == [["192.0.2.128/25", "198.51.100.7/32"]]
    assert sources_of({"ingress": [WEB]}, targets=TARGETS[:1], source=limits) == [limits]
