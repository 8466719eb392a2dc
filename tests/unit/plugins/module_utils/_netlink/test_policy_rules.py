# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Policy rules as the kernel sends them."""

from __future__ import annotations

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._netlink.policy_rules import (
    PolicyRule,
    read_rule,
)
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
    assert rule == PolicyRule(4, 32766, "lookup", 1000, None, None, False)
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


def test_a_rule_of_multicast() -> None:
    assert read_rule(message([], family=128)) is None
