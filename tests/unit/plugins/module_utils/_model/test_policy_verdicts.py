# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What policies say about flows, without packets."""

from __future__ import annotations

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.fast_replace import replace
from ansible_collections.redblue.netns.plugins.module_utils._model.network_policies import (
    ALLOW,
    DROP,
    AddressSet,
    Entry,
    NetworkPolicy,
    Peer,
)
from ansible_collections.redblue.netns.plugins.module_utils._model.policy_verdicts import (
    PolicyVerdicts,
    Refusal,
    Traffic,
)

RED, BLUE, HOST, FAR = "10.0.0.1", "10.0.0.2", "10.0.0.254", "192.0.2.9"
FROM_RED = Entry((Peer("netns", "red"),), "tcp", ((80, 90),), ALLOW, False, (RED,))


def refusal(traffic: Traffic, *policies: NetworkPolicy) -> Refusal | None:
    sets = [AddressSet(None, "far", ("192.0.2.0/24",), "lab")]
    return PolicyVerdicts([*policies, *sets], {HOST}).find_refusal(traffic)


def policy(name: str, *entries: Entry, egress: bool = False) -> NetworkPolicy:
    made = NetworkPolicy(None, name, owner="lab", addresses=(BLUE,))
    return replace(made, egress=entries) if egress else replace(made, ingress=entries)


@pytest.mark.parametrize(
    ("entries", "traffic", "refused"),
    [
        ((), Traffic(RED, BLUE, "tcp", 80), True),
        ((FROM_RED,), Traffic(RED, BLUE, "tcp", 80), False),
        ((FROM_RED,), Traffic(RED, BLUE, "tcp", 91), True),
        ((FROM_RED,), Traffic(RED, BLUE, "udp", 80), True),
        ((FROM_RED,), Traffic(FAR, BLUE, "tcp", 80), True),
        ((Entry(),), Traffic(FAR, BLUE, "icmp"), False),
        ((Entry(), FROM_RED._replace(action=DROP)), Traffic(RED, BLUE, "tcp", 80), True),
        ((Entry((Peer("host", ""),)),), Traffic(HOST, BLUE, "icmp"), False),
        ((Entry((Peer("host", ""),)),), Traffic(RED, BLUE, "icmp"), True),
        ((Entry((Peer("address_set", "far"),)),), Traffic(FAR, BLUE, "icmp"), False),
        ((Entry((Peer("network", "10.0.0.0/31"),)),), Traffic(RED, BLUE, "icmp"), False),
        ((), Traffic(BLUE, RED, "tcp", 80), False),
    ],
)
def test_a_direction_refuses_what_no_rule_lets_through(
    entries: tuple[Entry, ...], traffic: Traffic, refused: bool
) -> None:
    found = refusal(traffic, policy("db", *entries))
    assert found == (Refusal("ingress", ("db",)) if refused else None)


def test_policies_add_up() -> None:
    traffic = Traffic(RED, BLUE, "tcp", 80)
    closed, opened = policy("closed"), policy("opened", FROM_RED)
    assert refusal(traffic, closed) == Refusal("ingress", ("closed",))
    assert refusal(traffic, closed, opened) is None
    assert refusal(traffic, closed, policy("other")) == Refusal("ingress", ("closed", "other"))
    denying = policy("denying", FROM_RED._replace(action=DROP))
    assert refusal(traffic, opened, denying) == Refusal("ingress", ("denying",))


def test_egress_is_about_the_sender() -> None:
    rule = policy("out", FROM_RED, egress=True)
    assert refusal(Traffic(BLUE, FAR, "tcp", 80), rule) == Refusal("egress", ("out",))
    assert refusal(Traffic(BLUE, RED, "tcp", 80), rule) is None
