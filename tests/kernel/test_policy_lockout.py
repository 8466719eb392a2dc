# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Policies that would lock the task out, or refuse its own probes, are refused in check mode."""

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
CLOSING: Raw = {"name": "db", "netns": ["red"], "egress": [{"to": [{"netns": "blue"}]}]}
SSH: Raw = {"to": [{"host": True}], "protocol": "tcp", "ports": ["22"]}
OPEN: Raw = {**CLOSING, "egress": [*CLOSING["egress"], SSH]}
ELSEWHERE: Raw = {"name": "db", "netns": ["blue"], "ingress": []}
ENDS = "would end the SSH connection"


def check_over_ssh(module: str, raw: Raw, client: str, server: str) -> Raw:
    """The result of check mode over an SSH connection."""
    task = process_arguments(module, raw, check=True, ssh=server, client=client)
    done = subprocess.run(**task, capture_output=True, check=False)
    result: Raw = json.loads(done.stdout)
    return result


@pytest.mark.parametrize("family", [4, 6])
@pytest.mark.parametrize("module", ["topology", "netns_policy"])
def test_the_connection_of_the_task_is_not_cut_off(lan: None, module: str, family: int) -> None:
    run("topology", **policy_lab())
    for policy, is_refused in ((CLOSING, True), (OPEN, False), (ELSEWHERE, False)):
        single = {**policy, "topology": "lab"}
        raw = single if module == "netns_policy" else policy_lab(policy=[policy])
        result = check_over_ssh(module, raw, MEMBERS["red"][family], HOST[family])
        assert bool(result.get("failed")) is is_refused, result
        assert (ENDS in result.get("msg", "")) is is_refused


def test_a_run_that_undoes_itself_may_cut_it_off(lan: None) -> None:
    run("topology", **policy_lab())
    lab = policy_lab(policy=[CLOSING], confirm_timeout=60)
    result = check_over_ssh("topology", lab, MEMBERS["red"][4], HOST[4])
    assert not result.get("failed")
    shown = [str(each) for each in result["warnings"]]
    assert any(ENDS in text and "confirm_timeout permits it" in text for text in shown)


@pytest.mark.parametrize(
    ("client", "via"), [("10.99.0.7", MEMBERS["red"][4]), ("fd00:99::7", MEMBERS["red"][6])]
)
def test_a_client_behind_a_member_is_not_cut_off(lan: None, client: str, via: str) -> None:
    run("topology", **policy_lab())
    sh(f"ip route add {client} via {via}")
    server = HOST[6 if ":" in client else 4]
    result = check_over_ssh("topology", policy_lab(policy=[ELSEWHERE]), client, server)
    assert result["failed"] and "only the addresses of members enter by br15" in result["msg"]


def test_a_set_that_is_no_longer_listed_lets_no_connection_through(lan: None) -> None:
    listed = policy_lab(address_sets=[{"name": "hosts", "addresses": [f"{HOST[4]}/32"]}])
    run("topology", **listed)
    naming = [{"to": [{"address_set": "hosts"}]}]
    run("netns_policy", topology="lab", name="db", netns=["red"], egress=naming)
    for raw, is_refused in ((listed, False), ({**listed, "address_sets": []}, True)):
        result = check_over_ssh("topology", raw, MEMBERS["red"][4], HOST[4])
        assert bool(result.get("failed")) is is_refused, result
        assert (ENDS in result.get("msg", "")) is is_refused


@pytest.mark.parametrize("family", [4, 6])
def test_policies_must_not_refuse_the_probes_of_the_task(lan: None, family: int) -> None:
    red, blue, host = MEMBERS["red"][family], MEMBERS["blue"][family], HOST[family]
    at_blue = {"to": blue, "listen_at": {"netns": "blue"}}
    for probe in (
        {"netns": "red", "to": host},
        {"netns": "red", "to": "blue", "family": "ipv4" if family == 4 else "ipv6"},
        {"to": red, "protocol": "tcp", "port": 1080, "listen_at": {"netns": "red"}},
        {"netns": "red", "protocol": "udp", "port": 1090, **at_blue},
    ):
        policy = {**CLOSING, "ingress": [], "egress": [{"protocol": "tcp"}]}
        lab = policy_lab(policy=[policy], probes=[probe])
        before = take_snapshot()
        for check in (True, False):
            with pytest.raises(Refused, match="would refuse what the task tests: "):
                run("topology", check, **lab)
        assert differences(before, take_snapshot()) == {}
        run("topology", **{**lab, "probes": [{**probe, "expect": "unreachable"}]})
        run("topology", **policy_lab(probes=[probe]))
        run("topology", name="lab", state="absent")
