# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Policies: who may talk to whom, proved by packets."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest

from support.nat_lab import HAS_BRIDGE_FILTER, set_bridge_filtering
from support.policy_flows import FlowTest, all_flows, is_allowed, policy_lab, random_policies
from support.tasks import predicted_part, run

EXAMPLES = int(os.environ.get("POLICIES", "3"))


@pytest.fixture(params=["bridge", "switch"])
def switch(request: pytest.FixtureRequest, lan: None) -> bool:
    """Where the bridge is: on the host, or in a namespace."""
    return bool(request.param == "switch")


def check_flows(lab: dict[str, Any]) -> None:
    """Check that exactly those flows pass which the policies let through."""
    flows = all_flows()
    expected = {flow for flow in flows if is_allowed(lab, flow)}
    test = FlowTest()
    try:
        found = test.passed(flows, expected)
    finally:
        test.close()
    assert found == expected, (found - expected, expected - found, lab["policy"])


def build(lab: dict[str, Any]) -> None:
    foreseen = run("topology", check=True, **lab)
    made = run("topology", **lab)
    assert predicted_part(foreseen) == predicted_part(made)
    again = run("topology", **lab)
    assert not again["changed"], again["actions"]


@pytest.mark.parametrize("filtered", [0, *([1] if HAS_BRIDGE_FILTER else [])])
def test_random_policies(switch: bool, filtered: int) -> None:
    if HAS_BRIDGE_FILTER:
        set_bridge_filtering(filtered)
    for number in range(EXAMPLES):
        lab = policy_lab(switch, **random_policies(number + 1000 * switch))
        build(lab)
        check_flows(lab)
    assert run("topology", **policy_lab(switch))["purged"]
    check_flows(policy_lab(switch, policy=[]))
