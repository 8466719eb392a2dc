# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The result of the module topology: its summary, and what it exposes."""

from __future__ import annotations

from typing import Any

from ansible_collections.redblue.netns.plugins.module_utils._engine.converge import Outcome
from ansible_collections.redblue.netns.plugins.module_utils._results.topology import (
    list_exposed,
    topology_results,
)
from ansible_collections.redblue.netns.tests.unit.support.hosts import (
    Raw,
    desired_state_of,
    host,
    lab,
    plan_of,
)


def test_the_summary_counts_resources_and_changes() -> None:
    raw: Raw = {"name": "lab", "netns": [{"name": "red"}], "linux_bridge": [{"name": "br0"}]}
    current = host()
    results = topology_results(
        Outcome(current, plan_of(current, "topology", raw)), desired_state_of("topology", raw)
    )
    kinds = {
        "netns": 1,
        "linux_bridge": 1,
        "ovs_bridge": 0,
        "veth": 0,
        "netns_link": 0,
        "netns_route": 0,
        "masquerade": 0,
        "dnat": 0,
    }
    assert results == {
        "summary": {**kinds, "made": 2, "altered": 3, "removed": 0},
        "exposes": [],
        "reaches": [],
        "probes": [],
        "purged": [],
        "left_alone": [],
    }


def test_exposes_depends_on_the_desired_state_alone() -> None:
    bridge = {"name": "br0", "addresses": ["10.0.0.1/24", "10.0.0.129/25"]}
    forward = {
        "destination_port": "8000:8001",
        "to_destination": "10.0.0.2:80-81",
        "in_interface": "up0",
        "destination": "192.0.2.1",
        "source": "10.9.0.0/16",
    }
    raw: Raw = {"name": "lab", "linux_bridge": [bridge], "dnat": [forward]}
    published = {
        "protocol": "tcp",
        "address": "192.0.2.1",
        "port": "8000:8001",
        "target": "10.0.0.2:80-81",
        "interface": "up0",
        "source": ["10.9.0.0/16"],
    }
    network: dict[str, Any] = {
        "protocol": None,
        "address": "10.0.0.0/24",
        "port": None,
        "target": "10.0.0.0/24",
        "interface": None,
        "source": [],
    }
    assert list_exposed(desired_state_of("topology", raw)) == [published]
    assert list_exposed(desired_state_of("topology", {**raw, "isolate": False})) == [
        published,
        network,
    ]


def test_resources_of_a_single_module_have_no_topology() -> None:
    drawn = plan_of(lab(), "topology", {"name": "lab", "state": "absent"})
    assert drawn.changes == () and drawn.purged == () and drawn.left_alone == ()
