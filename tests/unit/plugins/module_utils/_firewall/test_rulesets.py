# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rulesets: completion, comments and rendering, without a kernel or a program."""

from __future__ import annotations

import time

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._firewall.comments import (
    DnatNote,
    read_dnat_note,
    read_interface_note,
    write_dnat_note,
    write_interface_note,
)
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
    NatResource,
    Ruleset,
)
from ansible_collections.redblue.netns.plugins.module_utils._model.rulesets import rewrite_ruleset
from ansible_collections.redblue.netns.plugins.module_utils._plan.nat_interfaces import complete_nat

WEB = Dnat(None, "tcp", (80, 80), "192.168.15.2", (80, 80), owner="lab")
LAB = Masquerade(None, "192.168.15.0/24", owner="lab")


def test_a_resource_is_completed_by_the_longest_prefix() -> None:
    routes = [
        ("192.168.0.0/16", "wide"),
        ("192.168.15.0/24", "lab0"),
        ("192.168.15.2/32", "blue0"),
        ("fd00::/8", "six"),
        ("192.168.15.5/24", "second"),
    ]
    six = Masquerade(None, "fd00:15::/64")
    wider, nowhere = Masquerade(None, "192.0.0.0/8"), Dnat(None, "tcp", (1, 1), "10.0.0.1", (1, 1))
    opened = ForwardingEnabled(None, 4, "eth0")
    done = complete_nat([LAB, WEB, six, wider, nowhere, opened], routes)
    assert [getattr(resource, "device", "-") for resource in done] == [
        "lab0",
        "blue0",
        "six",
        None,
        None,
        "-",
    ]


def test_a_device_without_a_route_is_dropped() -> None:
    assert complete_nat([Masquerade(None, "10.0.0.0/24", device="gone")], [])[0].device is None  # type: ignore[union-attr]


def test_completion_takes_linear_time() -> None:
    resources: list[NatResource] = [
        Dnat(None, "tcp", (port, port), f"10.{port % 250}.0.2", (80, 80)) for port in range(1, 5001)
    ]
    start = time.monotonic()
    complete_nat(
        resources,
        [(f"10.{number // 250}.{number % 250}.0/24", f"if{number}") for number in range(1000)],
    )
    assert time.monotonic() - start < 1


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


@pytest.mark.parametrize("owner", ["", "l" * 64])
def test_a_note_fits_into_a_comment_and_is_read_back(owner: str) -> None:
    long = Dnat(
        None,
        "tcp",
        (10000, 65535),
        "10.0.0.1",
        (10000, 65535),
        hairpin=True,
        device="fifteen-letters",
        owner=owner,
    )
    text = write_dnat_note(long, 99)
    assert len(text.encode()) <= 128
    assert read_dnat_note(text) == DnatNote(
        owner, (10000, 65535), "fifteen-letters", True, True, 99
    )
    plain = Masquerade(None, "10.0.0.0/8", owner=owner)
    assert read_interface_note(write_interface_note(plain, None)) == (owner, None)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "redblue.netns",
        "redblue.netns:lab",
        "other 80-80 lab0",
        "redblue.netns2 80-80 lab0",
        "redblue.netns 80-80",
    ],
)
def test_other_comments_are_no_notes(text: str) -> None:
    assert read_dnat_note(text) is None


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
