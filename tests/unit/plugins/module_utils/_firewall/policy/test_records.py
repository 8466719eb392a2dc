# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Records of policies: read back as they were, whatever somebody else wrote into them."""

from __future__ import annotations

import base64
import zlib
from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._firewall.nftables.table import (
    BaseChain,
    NftRule,
    NftTable,
)
from ansible_collections.redblue.netns.plugins.module_utils._firewall.policy.records import (
    REGULAR,
    encode_values,
    read_records,
    write_record,
)
from ansible_collections.redblue.netns.plugins.module_utils._model.network_policies import (
    AddressSet,
    Entry,
    NetworkPolicy,
    Peer,
    PortGuard,
    RateLimit,
    SourceCheck,
)
from ansible_collections.redblue.netns.plugins.module_utils._model.resources import PolicyPart

PEERS = (Peer("netns", "red"), Peer("host", ""))
RULE = Entry(PEERS, "tcp", ((80, 90),), "drop", True, ("10.0.0.1/32",), RateLimit(2, "day", 5))
PARTS: list[PolicyPart] = [
    NetworkPolicy("red", "plain"),
    NetworkPolicy(
        "red", "all", ("b*",), (RULE,), (), "drop", True, 1, "lab", ("10.0.0.2",), single=True
    ),
    NetworkPolicy(
        "red", "names", egress=(Entry((Peer("dns", "*.example.org"),)),), resolvers=("10.0.0.9",)
    ),
    AddressSet("red", "friends", ("10.0.0.0/8",), "lab", single=True),
    SourceCheck("red", "eth0", ("10.0.0.2",), "lab", shared=True),
    PortGuard("red", "eth0", "02:00:00:00:00:01", "02:00:00:00:00:02", ("10.0.0.2",), "lab"),
]


def read_back(part: PolicyPart) -> list[PolicyPart]:
    return list(read_records(NftTable(chains=dict([write_record(part)])), "red"))


@pytest.mark.parametrize("part", PARTS)
def test_a_record_is_read_back(part: PolicyPart) -> None:
    assert repr(read_back(part)) == repr([part])


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ({"nflog": 1.0}, {"nflog": 1}),
        ({"nflog": True}, {"nflog": 1}),
        ({"audit": 1}, {"audit": True}),
        ({"audit": None}, {"audit": False}),
        ({"single": []}, {"single": False}),
        ({"name": ["web"]}, {"name": "['web']"}),
        ({"name": None}, {"name": "None"}),
        ({"owner": {}}, {"owner": "{}"}),
        ({"refuse": {"a": 1}}, {"refuse": "{'a': 1}"}),
    ],
)
def test_values_of_other_types_become_those_of_the_field(
    written: dict[str, Any], read: dict[str, Any]
) -> None:
    # One that only equals the right value would be rendered in its place.
    lying = NetworkPolicy("red", **{"name": "web", **written})
    expected = NetworkPolicy("red", **{"name": "web", **read})
    (found,) = read_back(lying)
    assert repr(found) == repr(expected)
    assert write_record(found) != write_record(lying)
    hash(found)


def test_a_record_of_an_older_version_is_read() -> None:
    part = PARTS[3]
    packed = zlib.compress(encode_values(part), 9)
    code = base64.urlsafe_b64encode(packed).decode().rstrip("=")
    chain = BaseChain(REGULAR, [NftRule(("return",), f"mark {code}")])
    assert list(read_records(NftTable(chains={"record-old": chain}), "red")) == [part]


def test_a_comment_of_a_record_is_not_longer_than_nft_accepts() -> None:
    addresses = tuple(f"10.0.{number}.1" for number in range(200))
    _name, chain = write_record(SourceCheck("red", "eth0", addresses, "lab"))
    assert len(chain.rules) > 2
    assert all(len(rule.comment) < 128 for rule in chain.rules)


def test_a_record_that_cannot_be_read_is_none() -> None:
    endless = RULE._replace(ports=((float("inf"), 1),))  # type: ignore[arg-type]
    assert read_back(NetworkPolicy("red", "web", ingress=(endless,))) == []
    assert read_back(NetworkPolicy("red", "web", nflog=float("inf"))) == []  # type: ignore[arg-type]
    deep = base64.urlsafe_b64encode(zlib.compress(b"[" * 500_000)).decode()
    chain = BaseChain(REGULAR, [NftRule(("return",), f"mark {deep}")])
    assert list(read_records(NftTable(chains={"record-deep": chain}), None)) == []
