# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Policy rules as the kernel sends them."""

from __future__ import annotations

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.policy_rules import (
    PolicyRule,
    RuleLimits,
)
from ansible_collections.redblue.netns.plugins.module_utils._netlink.policy_rules import read_rule
from pyroute2.netlink.rtnl.fibmsg import fibmsg

PLAIN = {"family": 2, "table": 254, "action": 1}


def message(attributes: list[tuple[str, object]], **fields: int) -> bytes:
    rule = fibmsg()
    for name, value in {**PLAIN, **fields}.items():
        rule[name] = value
    rule["attrs"] = attributes
    rule.encode()
    return bytes(rule.data)


def test_a_rule_for_all_packets() -> None:
    data = message(
        [
            ("FRA_TABLE", 1000),
            ("FRA_SUPPRESS_PREFIXLEN", 0xFFFFFFFF),
            ("FRA_PRIORITY", 32766),
            ("FRA_PROTOCOL", 2),
        ],
        table=252,
    )
    rule = read_rule(data)
    assert rule == PolicyRule(4, 32766, "lookup", 1000)
    assert rule.is_for_all and rule.describe() == "32766: from all lookup 1000"


def test_a_rule_between_networks() -> None:
    attributes = [("FRA_SRC", "fd00::"), ("FRA_DST", "fd01::"), ("FRA_PRIORITY", 5)]
    rule = read_rule(message(attributes, family=10, src_len=64, dst_len=48, action=7))
    assert rule is not None
    assert not rule.is_for_all and rule.describe() == ("5: from fd00::/64 to fd01::/48 unreachable")


@pytest.mark.parametrize(
    ("attributes", "fields"),
    [
        ([("FRA_IIFNAME", "eth0")], {}),
        ([("FRA_FWMARK", 1)], {}),
        ([("FRA_SUPPRESS_PREFIXLEN", 0)], {}),
        ([], {"tos": 8}),
        ([], {"flags": 2}),
    ],
)
def test_a_rule_with_further_conditions(
    attributes: list[tuple[str, object]], fields: dict[str, int]
) -> None:
    rule = read_rule(message(attributes, **fields))
    assert rule is not None and rule.limited and rule.describe() == "0: from all ... lookup 254"


def test_the_conditions_of_a_rule() -> None:
    attributes: list[tuple[str, object]] = [
        ("FRA_IIFNAME", "lo"),
        ("FRA_OIFNAME", "eth0"),
        ("FRA_FWMARK", 0x10),
        ("FRA_FWMASK", 0xFF),
        ("FRA_UID_RANGE", "1:5"),
        ("FRA_IP_PROTO", 6),
        ("FRA_SPORT_RANGE", "22:23"),
        ("FRA_DPORT_RANGE", "1:9"),
        ("FRA_SUPPRESS_PREFIXLEN", 0),
        ("FRA_GOTO", 500),
    ]
    rule = read_rule(message(attributes, tos=16, flags=2, action=2))
    assert rule is not None and rule.action == "goto"
    assert rule.limits == RuleLimits(
        inverted=True,
        tos=16,
        iif="lo",
        oif="eth0",
        mark=(0x10, 0xFF),
        uids=(1, 5),
        protocol=6,
        source_ports=(22, 23),
        destination_ports=(1, 9),
        suppressed_length=0,
        goto=500,
    )


def test_a_condition_that_is_not_known() -> None:
    rule = read_rule(message([("FRA_TUN_ID", 7)]))
    assert rule is not None and rule.limits == RuleLimits(others=True)


def test_a_rule_of_multicast() -> None:
    assert read_rule(message([], family=128)) is None
