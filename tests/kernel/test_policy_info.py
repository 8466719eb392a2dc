# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What netns_info returns about policies is accepted back, with one topology and with several."""

from __future__ import annotations

from typing import Any

from support.info import gather_info
from support.policy_flows import other_lab, policy_lab, random_policies
from support.shell import sh
from support.tasks import run

FRIENDS = {"name": "friends", "addresses": ["192.0.2.0/24", "2001:db8::/64"]}
RULE = {"from": [{"address_set": "friends"}, {"host": True}], "protocol": "udp", "ports": [53]}
SINGLE: dict[str, Any] = {
    "name": "single",
    "topology": "other",
    "ingress": [{**RULE, "log": True}],
    "address_sets": [FRIENDS],
    "refuse": "drop",
}


def test_policies_of_several_topologies_are_accepted_back(lan: None) -> None:
    drawn = random_policies(5)
    run("topology", **policy_lab(**drawn))
    run("topology", **other_lab(policy=[{"name": "p0", "egress": [{"to": [{"lab": "lab"}]}]}]))
    run("netns_policy", **SINGLE)
    found = gather_info(gather_subset=["policies"])["policies"]
    known = {
        (each["options"]["topology"], each["options"]["name"], each["made_by"]) for each in found
    }
    assert known == {
        *(("lab", policy["name"], "topology") for policy in drawn["policy"]),
        ("other", "p0", "topology"),
        ("other", "single", "netns_policy"),
    }
    for each in found:
        assert not each["damaged"]
        again = run("netns_policy", **each["options"])
        assert not again["changed"], again["actions"]
    sh("nft flush chain inet redblue_netns_policy check")
    damaged = gather_info(gather_subset=["policies"])["policies"]
    # The counters of damaged rules are not those of the policies.
    kept = ("options", "made_by", "addresses")
    assert [[each[key] for key in kept] for each in damaged] == [
        [each[key] for key in kept] for each in found
    ]
    assert all(each["damaged"] for each in damaged)


def test_a_topology_lists_the_policies_of_single_modules_too(lan: None) -> None:
    run("topology", **other_lab(policy=[{"name": "p0", "egress": []}]))
    run("netns_policy", **SINGLE)
    known = gather_info()["topology"]
    assert [policy["name"] for policy in known["policy"]] == ["p0", "single"]
    assert [each["name"] for each in known["address_sets"]] == ["friends"]
    again = run("topology", **known)
    assert not again["changed"], again["actions"]


def test_what_is_logged_audited_and_limited_is_accepted_back(lan: None) -> None:
    limited: dict[str, Any] = {
        "protocol": "tcp",
        "ports": ["80"],
        "limit": {"rate": "3/hour", "burst": 7},
    }
    details: dict[str, Any] = {
        "ingress": [limited, {"log": True, "action": "drop"}],
        "audit": True,
        "nflog": 5,
    }
    run("topology", **policy_lab(policy=[{"name": "p0", "netns": ["red"], **details}]))
    run("netns_policy", topology="lab", name="single", netns=["blue"], **details)
    known = gather_info()["topology"]
    assert [policy["name"] for policy in known["policy"]] == ["p0", "single"]
    listed = [each["options"] for each in gather_info(gather_subset=["policies"])["policies"]]
    for policy in (*known["policy"], *listed):
        assert {name: policy[name] for name in details} == details
    again = run("topology", **known)
    assert not again["changed"], again["actions"]
    for options in listed:
        again = run("netns_policy", **options)
        assert not again["changed"], again["actions"]
