# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Policies that cannot be enforced, or that would lock the user out, are refused in check mode."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Refused

from support.module_process import process_arguments
from support.policy_flows import HOST, MEMBERS, policy_lab
from support.shell import sh
from support.snapshot import differences, take_snapshot
from support.tasks import run

Raw = dict[str, Any]


def with_policy(*, netns: str = "red", **more: Any) -> Raw:
    policy = {"name": "db", "netns": [netns], "ingress": [], **more}
    return policy_lab(policy=[policy])


def without_address() -> Raw:
    lab = with_policy()
    lab["linux_bridge"][0]["addresses"] = []
    lab["netns_route"] = []
    return lab


def with_macvlan() -> Raw:
    lab = with_policy()
    lab["netns_link"] = [
        {"name": "mv0", "netns": "red", "type": "macvlan", "link": "br15", "addresses": []}
    ]
    return lab


def without_list_of_addresses() -> Raw:
    lab = with_policy()
    del lab["veth"][0]["addresses"]
    lab["netns_route"] = [route for route in lab["netns_route"] if route["netns"] != "red"]
    return lab


def with_member_behind_member() -> Raw:
    lab = with_policy(netns="behind")
    lab["netns"].append({"name": "behind"})
    cable = {"name": "eth0", "netns": "behind", "addresses": ["10.18.0.1/24"]}
    lab["veth"].append({**cable, "peer": {"name": "eth1", "netns": "red", "addresses": []}})
    return lab


REFUSED = {
    "no address of the host": (without_address, "no address in the network of"),
    "a macvlan": (with_macvlan, "is no veth end"),
    "addresses that are not listed": (without_list_of_addresses, "does not list the addresses"),
    "behind another member": (with_member_behind_member, "leads to namespace red"),
    "nobody": (lambda: with_policy(netns="nobody*"), "no such namespace"),
    "an unknown topology": (
        lambda: with_policy(ingress=[{"from": [{"lab": "nowhere"}]}]),
        "no isolated topology of that name",
    ),
    "no isolation": (lambda: {**with_policy(), "isolate": False}, "excludes policy"),
    "an unknown set": (
        lambda: with_policy(ingress=[{"from": [{"address_set": "x"}]}]),
        "is not in address_sets",
    ),
    "ports of ICMP": (
        lambda: with_policy(ingress=[{"protocol": "icmp", "ports": ["1"]}]),
        "has no ports",
    ),
    "no direction": (
        lambda: policy_lab(policy=[{"name": "db"}]),
        "ingress",
    ),
    "two peers in one": (
        lambda: with_policy(ingress=[{"from": [{"netns": "red", "lab": "lab"}]}]),
        "cannot be combined with lab",
    ),
}


def check_refused(lab: Raw, words: str) -> None:
    before = take_snapshot()
    for check in (True, False):
        with pytest.raises(Refused, match=words):
            run("topology", check, **lab)
    assert differences(before, take_snapshot()) == {}


@pytest.mark.parametrize("what", list(REFUSED))
def test_a_policy_is_refused(lan: None, what: str) -> None:
    lab, words = REFUSED[what]
    check_refused(lab(), words)


def test_a_port_of_others_on_the_bridge_is_refused(lan: None) -> None:
    run("topology", **policy_lab())
    sh("ip link add x0 type veth peer name x1; ip link set x0 master br15")
    check_refused(with_policy(), "leads out of this topology")


@pytest.mark.parametrize("family", [4, 6])
def test_the_connection_of_the_task_is_not_cut_off(lan: None, family: int) -> None:
    client, server = MEMBERS["red"][family], HOST[family]
    closing: Raw = {"name": "db", "netns": ["red"], "egress": [{"to": [{"netns": "blue"}]}]}
    ssh = {"to": [{"host": True}], "protocol": "tcp", "ports": ["22"]}
    opened = {**closing, "egress": [*closing["egress"], ssh]}
    run("topology", **policy_lab())
    for policy, is_refused in ((closing, True), (opened, False)):
        lab = policy_lab(policy=[policy])
        task = process_arguments("topology", lab, check=True, ssh=server, client=client)
        done = subprocess.run(**task, capture_output=True, check=False)
        assert ("would end the SSH connection" in done.stdout) is is_refused, done.stdout
        assert bool(json.loads(done.stdout).get("failed")) is is_refused
