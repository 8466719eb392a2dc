# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The doctor and a host that differs from the declared topology."""

from __future__ import annotations

from support.doctor import diagnose_host
from support.tasks import LAB, run


def test_a_resource_that_must_be_absent_and_is_present_is_found(host: None) -> None:
    run("topology", **LAB)
    found = diagnose_host({"name": "lab", "state": "absent"})
    assert {finding.check for finding in found} == {"not_declared", "differs"} and {
        "red",
        "blue",
        "v-net-0",
    } <= {finding.subject for finding in found}
    run("topology", name="lab", state="absent")
    assert diagnose_host({"name": "lab", "state": "absent"}) == []


def test_a_topology_that_was_never_made_is_missing(host: None) -> None:
    run("topology", **{**LAB, "dnat": LAB["dnat"][:1]})
    assert [(finding.check, finding.subject) for finding in diagnose_host(LAB)] == [
        ("nat_missing", "forward of tcp port 81")
    ]


def test_a_topology_that_this_host_cannot_have_is_a_finding(host: None) -> None:
    run("topology", **LAB)
    [found] = diagnose_host(
        {**LAB, "linux_bridge": [{**LAB["linux_bridge"][0], "ports": ["eth7"]}]}
    )
    assert (found.check, found.subject) == (
        "conflict",
        "ports",
    ) and "'eth7': there is no such interface" in found.message
