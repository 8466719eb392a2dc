# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Policies: who may talk to whom, proved by packets."""

from __future__ import annotations

import os
from typing import Any

import pytest

from support.doctor import diagnose_host
from support.info import gather_info
from support.nat_lab import HAS_BRIDGE_FILTER, set_bridge_filtering
from support.policy_attacks import list_attacks, mac_of
from support.policy_flows import (
    all_flows,
    find_in_matrix,
    is_allowed,
    may_leave,
    policy_lab,
    random_policies,
)
from support.policy_packets import check_flows
from support.policy_receivers import send_all
from support.shell import sh
from support.tasks import predicted_part, run

LEFTOVERS = (
    "nft list tables; ls /sys/class/net; ip rule; ip -6 rule; cat /proc/sys/net/ipv4/ip_forward "
    "/proc/sys/net/ipv6/conf/all/forwarding"
)
EXAMPLES = int(os.environ.get("POLICIES", "1"))


def build(lab: dict[str, Any]) -> Any:
    """Build the lab, and return what check mode foresaw."""
    foreseen = run("topology", check=True, **lab)
    made = run("topology", **lab)
    assert predicted_part(foreseen) == predicted_part(made)
    again = run("topology", **lab)
    assert not again["changed"], again["actions"]
    for name in ("policy_matrix", "reaches"):
        assert foreseen.get(name) == made.get(name) == again.get(name)
    return foreseen


@pytest.mark.parametrize("filtered", [0, *([1] if HAS_BRIDGE_FILTER else [])])
def test_random_policies(switch: bool, filtered: int) -> None:
    if HAS_BRIDGE_FILTER:
        set_bridge_filtering(filtered)
    for number in range(EXAMPLES):
        lab = policy_lab(switch, **random_policies(number + 1000 * switch + 100 * filtered))
        foreseen = build(lab)
        matrix, reaches = foreseen["policy_matrix"], foreseen["reaches"]
        # Both say what the packets do, which the last line proves.
        passing = {flow for flow in all_flows() if is_allowed(lab, flow)}
        assert {flow for flow in all_flows() if find_in_matrix(matrix, flow)[0]} == passing, lab
        for flow in passing:
            assert flow.source == "host" or flow.target != "lan" or may_leave(reaches, flow), lab
        check_flows(lab)
    assert run("topology", **policy_lab(switch))["purged"]


def test_root_of_a_namespace_does_not_get_around_a_policy(switch: bool) -> None:
    bare = policy_lab(switch, policy=[])
    build(bare)
    attacks = list(
        list_attacks(
            mac_of("red", "eth0"),
            mac_of("blue", "eth0"),
            mac_of("green", "eth0"),
            mac_of(None, "gate" if switch else "br15"),
        )
    )
    assert len(attacks) >= 30
    # Without a policy they arrive, so the test would see them.
    assert send_all(attacks) >= {attack.name for attack in attacks if attack.arrives}
    build({**bare, "policy": [{"name": "none", "netns": ["red"], "egress": []}]})
    assert send_all(attacks) == set()
    build({**bare, "policy": [{"name": "none", "netns": ["blue"], "ingress": []}]})
    assert send_all(attacks) == set()


def test_a_policy_comes_and_goes(switch: bool) -> None:
    before = sh(LEFTOVERS)
    lab = policy_lab(switch, **random_policies(7))
    build(lab)
    known = gather_info()["topology"]
    assert known["policy"] and known["address_sets"]
    again = run("topology", **known)
    assert not again["changed"], again["actions"]
    findings = diagnose_host()
    assert {finding.check for finding in findings} <= {"policy_refuses"}, findings
    for damage in (
        "nft flush chain inet redblue_netns_policy check",
        "nft delete table inet redblue_netns_policy",
        "nft flush ruleset",
        *(["ip netns exec switch nft flush ruleset"] if switch else []),
    ):
        sh(damage)
        assert run("topology", **lab)["changed"], damage
    check_flows(lab)
    assert run("topology", **{**lab, "policy": [], "address_sets": []})["purged"]
    assert "redblue_netns_policy" not in sh("nft list tables")
    build(lab)
    run("topology", name="lab", state="absent")
    assert sh(LEFTOVERS) == before
