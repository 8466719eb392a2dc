# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Policies of the module netns_policy: the same as those of a topology, beside which they stand."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Refused

from support.module_process import run_process
from support.policy_flows import all_flows, is_allowed, other_lab, policy_lab, random_policies
from support.policy_packets import FlowTest
from support.shell import sh
from support.tasks import predicted_part, run, run_as_predicted

Raw = dict[str, Any]
RULES = "nft -s list ruleset; cat /proc/sys/net/ipv4/conf/*/forwarding"
DB: Raw = {
    "name": "db",
    "netns": ["blue"],
    "ingress": [{"from": [{"netns": "red"}, {"address_set": "friends"}]}],
}
FRIENDS: Raw = {"name": "friends", "addresses": ["192.0.2.0/24"]}
SINGLE: Raw = {"topology": "lab", **DB, "address_sets": [FRIENDS]}


def list_tables() -> str:
    return sh("nft list tables; ip netns exec switch nft list tables 2>/dev/null || true")


@pytest.mark.parametrize("switch", [False, True])
def test_single_policies_hold_as_those_of_a_topology(lan: None, switch: bool) -> None:
    bare = policy_lab(switch)
    run("topology", **bare)
    before, tables = sh(RULES), list_tables()
    drawn = random_policies(11 + switch)
    for policy in drawn["policy"]:
        named = [each for each in drawn["address_sets"] if f"'{each['name']}'" in str(policy)]
        run_as_predicted("netns_policy", topology="lab", **policy, address_sets=named)
    test = FlowTest()
    try:
        lab = {**bare, **drawn}
        expected = {flow for flow in all_flows() if is_allowed(lab, flow)}
        assert test.passed(all_flows(), expected) == expected
    finally:
        test.close()
    # A run of the topology does not touch them, also with purge.
    for more in ({}, {"purge": False}):
        again = run("topology", **{**bare, **more})
        assert not again["changed"] and not again["left_alone"], again["actions"]
    for policy in drawn["policy"]:
        absent = {"topology": "lab", "name": policy["name"], "state": "absent"}
        run_as_predicted("netns_policy", **absent)
    assert (sh(RULES), list_tables()) == (before, tables)


def test_the_module_carries_the_kinds_that_a_policy_changes(lan: None) -> None:
    run("topology", **policy_lab())
    before = sh(RULES)
    assert run_process("netns_policy", SINGLE)[0]["changed"]
    assert not run_process("netns_policy", SINGLE)[0]["changed"]
    absent = {"topology": "lab", "name": "db", "state": "absent"}
    assert run_process("netns_policy", absent)[0]["changed"]
    assert sh(RULES) == before


def test_single_policies_go_with_their_topology(lan: None) -> None:
    before = sh(RULES)
    run("topology", **policy_lab())
    run("netns_policy", **SINGLE)
    run("topology", name="lab", state="absent")
    assert sh(RULES) == before


def test_a_member_that_comes_later_is_known_to_a_single_policy(lan: None) -> None:
    late = policy_lab()
    early = {**late}
    for kind in ("netns", "veth", "netns_route"):
        early[kind] = [each for each in late[kind] if "blue" not in str(each)]
    run("topology", **early)
    closed: Raw = {"topology": "lab", "name": "closed", "ingress": []}
    run("netns_policy", **closed)
    run("topology", **late)
    assert "10.15.0.2" in sh("nft list map inet redblue_netns_policy ingress4")
    assert not run("netns_policy", **closed)["changed"]
    run("topology", **early)
    assert "10.15.0.2" not in sh("nft list map inet redblue_netns_policy ingress4")


def test_topology_and_module_may_ask_for_the_same_policy_only(lan: None) -> None:
    listed = policy_lab(policy=[DB], address_sets=[FRIENDS])
    run("topology", **listed)
    assert not run("netns_policy", **SINGLE)["changed"]
    for other in (
        {**SINGLE, "refuse": "drop"},
        {**SINGLE, "address_sets": [{**FRIENDS, "addresses": ["198.51.100.0/24"]}]},
        {"topology": "lab", "name": "db", "state": "absent"},
    ):
        with pytest.raises(Refused, match="belongs to topology lab, which lists it itself"):
            run("netns_policy", **other)
    run("topology", **policy_lab())
    run("netns_policy", **SINGLE)
    assert not run("topology", **listed)["changed"]
    with pytest.raises(Refused, match="a task of the module netns_policy made the policy db"):
        run("topology", **policy_lab(policy=[{**DB, "refuse": "drop"}], address_sets=[FRIENDS]))


def test_an_address_set_stays_as_long_as_a_policy_names_it(lan: None) -> None:
    run("topology", **policy_lab())
    run("netns_policy", **SINGLE)
    other = {**SINGLE, "name": "other", "netns": ["green"]}
    del other["address_sets"]
    run("netns_policy", **other)
    run("netns_policy", topology="lab", name="db", state="absent")
    assert not run("netns_policy", **other)["changed"]
    run_as_predicted("netns_policy", **{**other, "ingress": []})
    with pytest.raises(Refused, match="is neither in address_sets nor"):
        run("netns_policy", **other)


def test_policies_of_two_topologies_do_not_touch_each_other(lan: None) -> None:
    run("topology", **policy_lab())
    run("topology", **other_lab())
    run("netns_policy", **SINGLE)
    theirs: Raw = {"topology": "other", "name": "db", "egress": [{"to": [{"lab": "lab"}]}]}
    run_as_predicted("netns_policy", **theirs)
    assert not run("netns_policy", **SINGLE)["changed"]
    run("netns_policy", topology="lab", name="db", state="absent")
    assert not run("netns_policy", **theirs)["changed"]


def test_a_topology_that_is_missing(lan: None) -> None:
    foreseen = run("netns_policy", check=True, **SINGLE)
    assert foreseen["actions"][0].startswith("assume topology lab, which does not exist yet")
    with pytest.raises(Refused, match="no isolated topology of that name"):
        run("netns_policy", **SINGLE)
    assert not run("netns_policy", topology="lab", name="db", state="absent")["changed"]


def find_set_warnings(result: dict[str, Any]) -> list[str]:
    return [text for text in result["warnings"] if "about no address" in text]


def test_a_topology_that_stops_listing_a_set_which_a_policy_names(lan: None) -> None:
    listed = policy_lab(address_sets=[FRIENDS])
    run("topology", **listed)
    naming = {name: value for name, value in SINGLE.items() if name != "address_sets"}
    assert not find_set_warnings(run("netns_policy", **naming))
    assert not find_set_warnings(run("topology", **listed))
    # The set stays.
    assert not find_set_warnings(run("topology", **{**listed, "address_sets": [], "purge": False}))
    # The first run removes the set, and the next one has nothing to change.
    for _each in range(2):
        foreseen = run("topology", check=True, **policy_lab())
        done = run("topology", **policy_lab())
        assert predicted_part(foreseen) == predicted_part(done)
        [text] = find_set_warnings(done)
        assert text.startswith("policy db of the module netns_policy has a rule about address set")
        assert " friends, which topology lab does not list any more" in text
    assert not find_set_warnings(run("netns_policy", **SINGLE))
    assert not find_set_warnings(run("topology", **policy_lab()))


def find_boot_warnings(result: dict[str, Any]) -> list[str]:
    return [text for text in result["warnings"] if "after a boot" in text]


def test_a_persistent_topology_warns_of_policies_that_a_boot_ends(
    lan: None, controller_facts: dict[str, Any]
) -> None:
    lab = policy_lab(_controller=controller_facts)
    run("topology", **lab)
    assert not find_boot_warnings(run("netns_policy", **SINGLE))
    kept = {**lab, "persist": True}
    # The first run writes the file, and the second one has nothing to change.
    for module, options in (("topology", kept), ("topology", lab), ("netns_policy", SINGLE)):
        for check in (True, False):
            [text] = find_boot_warnings(run(module, check=check, **options))
            assert "topology lab is persistent" in text and "run again: db;" in text
    listed = {**kept, "policy": [DB], "address_sets": [FRIENDS]}
    gone = run("netns_policy", topology="lab", name="db", state="absent")
    results = [gone, run("topology", **listed), run("netns_policy", **SINGLE)]
    assert not [text for each in results for text in find_boot_warnings(each)]
    run("topology", **{**lab, "persist": False})
    run("topology", **lab)
    assert not find_boot_warnings(run("netns_policy", **SINGLE))


def test_root_of_a_member_does_not_add_an_address_with_which_it_may_send(lan: None) -> None:
    run("topology", **policy_lab())
    run("netns_policy", **SINGLE)
    sh("ip -n blue link add d0 type bridge; ip -n blue address add 10.15.0.99/32 dev d0")
    other = {**SINGLE, "name": "other", "netns": ["green"]}
    (action,) = run("netns_policy", **other)["actions"]
    assert action.startswith("add policy other on the host for 10.15.0.3")
    assert "10.15.0.99" not in sh("nft list ruleset")
