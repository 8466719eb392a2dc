# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The backend iptables leaves no chain that iptables created for our rules, whatever fails."""

from __future__ import annotations

import socket
import time

import pytest

from support.injection_hosts import Scenario, Task
from support.injections import examine, inject
from support.shell import replay, sh
from support.tasks import LAB, LAB_ABSENT, Raw, predicted_part, run

_MASQUERADE: Raw = {"source": "10.3.0.0/24", "backend": "iptables"}
_ABSENT: Raw = {**_MASQUERADE, "state": "absent"}
_LAST_CALLS = 4
"""Those of iptables that write, and those that read afterwards."""
_OTHERS = """
iptables -t mangle -A OUTPUT -j RETURN; iptables -t mangle -P INPUT ACCEPT
iptables -t nat -A OUTPUT -j RETURN
"""
_EMPTY_ALL = "; ".join(
    f"{program} -t {table} -F"
    for program in ("iptables", "ip6tables")
    for table in ("raw", "filter", "mangle", "nat")
)


def test_what_a_killed_removal_leaves_is_removed_by_the_next_run(own_process: None) -> None:
    first: Task = ("masquerade", _MASQUERADE)
    scenario = Scenario(_OTHERS, (first,), ("masquerade", _ABSENT))
    reference = examine(scenario)
    faults = [
        fault
        for fault in reference.faults
        if fault.kind == "kills the run when it is done" and "nft-multi" in fault.target
    ]
    outcomes = [inject(scenario, reference, fault) for fault in faults[-_LAST_CALLS:]]
    assert outcomes == [""] * _LAST_CALLS, "each run was killed, and the next one converged"


def test_chains_that_were_emptied_by_hand_are_removed(host: None) -> None:
    sh(_OTHERS)
    before = sh("nft list ruleset")
    run("masquerade", **_MASQUERADE)
    sh(f"{_EMPTY_ALL}; {_OTHERS}")
    predicted = run("masquerade", check=True, **_ABSENT)
    result = run("masquerade", **_ABSENT)
    assert result["actions"] == predicted["actions"] != []
    assert any("-X REDBLUE-POST" in command for command in predicted["commands"])
    assert sh("nft list ruleset") == before
    assert not run("masquerade", **_ABSENT)["changed"]


@pytest.mark.parametrize("others", ["", _OTHERS])
def test_the_commands_of_a_removal_leave_what_the_task_leaves(host: None, others: str) -> None:
    sh(others)
    for module, present, absent in (
        ("masquerade", _MASQUERADE, _ABSENT),
        ("topology", {**LAB, "backend": "iptables"}, LAB_ABSENT),
    ):
        before = sh("nft -s list ruleset")
        run(module, **present)
        replay(run(module, check=True, **absent)["commands"])
        assert sh("nft -s list ruleset") == before
        while any(name.startswith("veth-") for _index, name in socket.if_nameindex()):
            time.sleep(0.05)  # A veth pair is deleted when the kernel has destroyed the namespace.
        again = run(module, **absent)
        assert not again["changed"], again["actions"]
        run(module, **present)
        predicted = run(module, check=True, **absent)
        assert predicted_part(run(module, **absent)) == predicted_part(predicted)
        assert sh("nft -s list ruleset") == before


def test_the_commands_of_a_part_of_the_rules_leave_what_the_task_leaves(host: None) -> None:
    sh(_OTHERS)
    lab = {**LAB, "backend": "iptables"}
    smaller = {**lab, "dnat": [], "masquerade": [], "purge": True}
    run("topology", **smaller)
    rules = sh("nft -s list ruleset")
    run("topology", **lab)
    replay(run("topology", check=True, **smaller)["commands"])
    assert sh("nft -s list ruleset") == rules
    assert not run("topology", **smaller)["changed"]
