# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Changes of a ruleset."""

from __future__ import annotations

from ansible_collections.redblue.netns.plugins.module_utils._model.nat import (
    Dnat,
    Ruleset,
)
from ansible_collections.redblue.netns.plugins.module_utils._model.rulesets import rewrite_ruleset
from ansible_collections.redblue.netns.tests.unit.support.rules import LAB, WEB


def test_changes_of_a_ruleset_do_not_depend_on_their_order() -> None:
    moved = Dnat(None, "tcp", (80, 80), "192.168.15.1", (80, 80), owner="lab")
    before = Ruleset("nftables", (LAB, WEB), damaged=True)
    assert rewrite_ruleset(None, [], [], "nftables") is None
    assert rewrite_ruleset(before, [], [WEB, LAB], "nftables") is None
    assert (
        rewrite_ruleset(None, [WEB, LAB], [], "iptables")
        == Ruleset("iptables", (LAB, WEB))
        == rewrite_ruleset(None, [LAB, WEB], [], "iptables")
    )
    assert rewrite_ruleset(before, [moved], [WEB], "nftables") == Ruleset("nftables", (LAB, moved))
