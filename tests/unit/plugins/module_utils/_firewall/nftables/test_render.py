# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tables of nftables, rendered without a kernel; hostile names are refused."""

from __future__ import annotations

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._firewall.iptables.render import (
    POST,
    render_iptables,
)
from ansible_collections.redblue.netns.plugins.module_utils._firewall.iptables.rule import (
    write_rule,
)
from ansible_collections.redblue.netns.plugins.module_utils._firewall.nftables.render import (
    TableRenderer,
)
from ansible_collections.redblue.netns.plugins.module_utils._firewall.nftables.script import (
    write_script,
)
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Failed, Refused
from ansible_collections.redblue.netns.plugins.module_utils._model.nat import (
    Dnat,
    ForwardingEnabled,
    Masquerade,
)
from ansible_collections.redblue.netns.plugins.module_utils._model.resources import NatResource
from ansible_collections.redblue.netns.tests.unit.support.rules import LAB, WEB


def test_the_order_of_resources_does_not_change_the_table() -> None:
    resources: list[NatResource] = [
        LAB,
        WEB,
        ForwardingEnabled(None, 4, "eth0"),
        ForwardingEnabled(None, 6, "all"),
        Masquerade(None, "10.0.0.0/8", owner=""),
    ]
    assert TableRenderer().render(resources) == TableRenderer().render(resources[::-1])
    assert write_script(TableRenderer().render(resources)) == write_script(
        TableRenderer().render(resources[::-1])
    )


def test_two_forwards_of_one_port_are_refused() -> None:
    with pytest.raises(Refused, match="forwarded twice"):
        TableRenderer().render([WEB, Dnat(None, "tcp", (79, 81), "192.168.15.1", (79, 81))])


@pytest.mark.parametrize("name", ['a" drop', "a\nflush ruleset", "a;b", "a{b", "$(id)"])
def test_hostile_names_are_refused_in_rules(name: str) -> None:
    with pytest.raises(Failed, match="unsafe characters"):
        write_script(
            TableRenderer().render([Masquerade(None, "10.0.0.0/8", device="lab0", owner=name)])
        )
    with pytest.raises(Failed, match="unsafe characters"):
        write_script(TableRenderer().render([Masquerade(None, "10.0.0.0/8", out_interface=name)]))
    with pytest.raises(Failed, match="unsafe characters"):
        write_script(TableRenderer().render([Dnat(None, "tcp", (1, 1), f"10.0.0.1{name}", (1, 1))]))
    with pytest.raises(Failed, match="unsafe characters"):
        [
            write_rule(rule)
            for rule in render_iptables(
                [Masquerade(None, "10.0.0.0/8", out_interface=name)], 4, False
            )[POST]
        ]
