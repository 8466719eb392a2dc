# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each rule of a policy counts its packets, and a policy counts what it refuses."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._firewall.firewall import Firewall
from ansible_collections.redblue.netns.plugins.module_utils._firewall.policy.counters import (
    read_policy_counts,
)
from ansible_collections.redblue.netns.plugins.module_utils._model.policy_counts import PolicyCounts

from support.info import gather_info
from support.policy_flows import HOST, LAN, MEMBERS, policy_lab
from support.policy_packets import send_datagrams
from support.tasks import run

UDP = {"protocol": "udp", "ports": ["1080"]}
OTHER = {"protocol": "udp", "ports": ["1090"]}
OCTETS = {4: 20 + 8 + 10, 6: 40 + 8 + 10}
"""The bytes of a packet with a payload of 10 bytes."""


def read_counts() -> PolicyCounts:
    ruleset = Firewall().observe_ruleset(None)
    return read_policy_counts(ruleset.resources if ruleset else ())


def count() -> tuple[dict[str, list[int]], dict[str, list[int]]]:
    """The packets of each policy by rule, and what was refused, as both directions."""
    policies = gather_info(gather_subset=["policies"])["policies"]
    rules = {
        each["options"]["name"]: [rule["packets"] for rule in each["rules"]] for each in policies
    }
    refused = [each for policy in policies for each in policy["refused"]]
    return rules, {each["direction"]: [each["packets"]] for each in refused}


def lab_with(*rules: dict[str, Any], refuse: str = "drop") -> dict[str, Any]:
    """Red may send by these rules, and blue accepts by them."""
    policy = {"egress": list(rules), "ingress": list(rules), "refuse": refuse}
    return policy_lab(policy=[{"name": "p", "netns": ["red"], **policy}])


@pytest.mark.parametrize("family", [4, 6])
@pytest.mark.parametrize("target", ["blue", "host", "lan"])
def test_each_rule_counts(lan: None, family: int, target: str) -> None:
    address = {"blue": MEMBERS["blue"], "host": HOST, "lan": LAN}[target][family]
    deny = {**OTHER, "action": "drop"}
    lab = lab_with(UDP, deny)
    run("topology", **lab)
    send_datagrams("red", address, 1080, 5)
    send_datagrams("red", address, 1090, 3)
    send_datagrams("red", address, 1100, 7)
    # The errors of closed ports come back.
    assert count() == ({"p": [0, 0, 5, 3]}, {"ingress": [0], "egress": [7]})
    [found] = [
        each for each in read_counts().rules if each.direction == "egress" and each.number == 0
    ]
    assert found.counted.octets == 5 * OCTETS[family]
    assert not run("topology", **lab)["changed"]
    # A rule that is new before them does not set them back.
    run("topology", **lab_with({"protocol": "tcp"}, UDP, deny))
    assert count() == ({"p": [0, 0, 0, 0, 5, 3]}, {"ingress": [0], "egress": [7]})


@pytest.mark.parametrize("family", [4, 6])
def test_what_is_sent_to_a_member_counts(lan: None, family: int) -> None:
    run("topology", **lab_with(UDP, {**OTHER, "action": "reject"}, UDP, refuse="reject"))
    for number, source in enumerate(("blue", None), 1):
        send_datagrams(source, MEMBERS["red"][family], 1080, 4)
        send_datagrams(source, MEMBERS["red"][family], 1090, 2)
        send_datagrams(source, MEMBERS["red"][family], 1100, 6)
        rules, refused = count()
        assert rules == {"p": [4 * number, 2 * number, 0, 0, 0, 0]}
        assert refused == {"ingress": [6 * number], "egress": [0]}
