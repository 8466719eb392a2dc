# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Damaged rules of policies of several topologies are repaired by the run of one."""

from __future__ import annotations

import pytest

from support.policy_flows import other_lab, policy_lab, random_policies
from support.shell import sh
from support.tasks import run

BRIDGE = "bridge redblue_netns_policy prerouting"


def list_rules() -> list[str]:
    """The rules of policies, without the order of their chains."""
    tables = [f"nft -s list table {each} redblue_netns_policy" for each in ("inet", "bridge")]
    return sorted(line for table in tables for line in sh(table).splitlines())


@pytest.mark.parametrize("chain", ["inet redblue_netns_policy check", BRIDGE])
def test_the_run_of_one_topology_repairs_the_rules_of_all(lan: None, chain: str) -> None:
    labs = [policy_lab(**random_policies(7)), other_lab(policy=[{"name": "none", "egress": []}])]
    for lab in labs:
        run("topology", **lab)
    whole = list_rules()
    # The other topology has no part in the table of bridges.
    for lab in labs[:1] if chain == BRIDGE else labs:
        sh(f"nft flush chain {chain}")
        assert list_rules() != whole
        assert run("topology", check=True, **lab)["changed"]
        assert run("topology", **lab)["changed"]
        assert list_rules() == whole
    for lab in labs:
        again = run("topology", **lab)
        assert not again["changed"], again["actions"]
