# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The probes of the role bridge_lab_verify prove policies: what they let through, and the rest."""

from __future__ import annotations

import pytest
from ansible_collections.redblue.netns.plugins.filter.bridge_lab import bridge_lab
from ansible_collections.redblue.netns.plugins.filter.bridge_lab_probes import bridge_lab_probes

from support.policy_flows import HOST, MEMBERS, random_policies
from support.probes import probe
from support.tasks import run


@pytest.mark.parametrize("number", [3, 5, 7])
def test_probes_of_a_lab_prove_its_policies(lan: None, number: int) -> None:
    namespaces = [
        {"name": name, "addresses": [f"10.15.0.{index}/24", f"fd00:15::{index}/64"]}
        for index, name in enumerate(MEMBERS, 1)
    ]
    networks = ["10.15.0.0/24", "fd00:15::/64"]
    lab = bridge_lab(namespaces, network=networks, gateway=list(HOST.values()))
    drawn = random_policies(number)
    run("topology", **lab, **drawn)
    probes = bridge_lab_probes(lab, policy=drawn["policy"], address_sets=drawn["address_sets"])
    results = probe(*probes)
    assert [result for result in results if not result.ok] == []
    of_ports = [result for result in results if result.probe.protocol in ("tcp", "udp")]
    assert len({result.reached for result in of_ports}) == 2, "one of both proves nothing"
