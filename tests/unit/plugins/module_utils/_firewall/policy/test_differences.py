# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is rendered of two tables is all in which they differ, whatever their policies share."""

from __future__ import annotations

import random

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._firewall.nftables.script import (
    write_changes,
)
from ansible_collections.redblue.netns.plugins.module_utils._firewall.policy.differences import (
    render_difference,
)
from ansible_collections.redblue.netns.plugins.module_utils._firewall.policy.policy_table import (
    HOST_TABLE,
    render_table,
    sort_parts,
)
from ansible_collections.redblue.netns.plugins.module_utils._model.network_policies import (
    ACTIONS,
    ADDRESS_SET,
    ALLOW,
    DNS,
    HOST,
    NETWORK,
    AddressSet,
    Entry,
    NetworkPolicy,
    Peer,
    RateLimit,
    SourceCheck,
)
from ansible_collections.redblue.netns.plugins.module_utils._model.resources import PolicyPart

MEMBERS = tuple(f"10.0.0.{number}" for number in range(1, 7)) + ("fd00::1", "fd00::2")
PEERS = (
    Peer(HOST, ""),
    Peer(NETWORK, "192.0.2.0/24"),
    Peer(NETWORK, "198.51.100.0/24"),
    Peer(NETWORK, "0.0.0.0/0"),
    Peer(NETWORK, "2001:db8::/32"),
    Peer(ADDRESS_SET, "friends"),
    Peer(ADDRESS_SET, "others"),
)
NAMES = (Peer(DNS, "www.example.org"), Peer(DNS, "*.example.net"))
OWNERS = ("lab", "farm")


def make_entry(source: random.Random, is_egress: bool, uses_names: bool) -> Entry:
    peers = source.sample(PEERS, source.choice((0, 1, 1, 2, 3)))
    action = source.choice((ALLOW, ALLOW, *ACTIONS))
    if is_egress and uses_names and source.random() < 0.3:
        peers, action = [source.choice(NAMES)], ALLOW
    is_limited = action == ALLOW and source.random() < 0.2
    return Entry(
        tuple(peers),
        source.choice(("tcp", "udp")),
        ((80, source.choice((80, 90))),),
        action,
        source.random() < 0.2,
        tuple(sorted(source.sample(MEMBERS[:4], source.choice((0, 0, 2))))) if peers else (),
        RateLimit(3, "hour", 5) if is_limited else None,
        source.choice((None, 3)) if is_limited else None,
    )


def make_policy(source: random.Random, name: str, owner: str, uses_names: bool) -> NetworkPolicy:
    ingress, egress = (
        tuple(
            make_entry(source, is_egress, uses_names) for _each in range(source.choice((0, 1, 2)))
        )
        if source.random() < 0.8
        else None
        for is_egress in (False, True)
    )
    return NetworkPolicy(
        None,
        name,
        None,
        ingress,
        egress,
        refuse=source.choice(("drop", "reject")),
        audit=source.random() < 0.2,
        owner=owner,
        addresses=tuple(sorted(source.sample(MEMBERS, source.choice((0, 1, 1, 2, 8))))),
    )


def make_set(source: random.Random, name: str, owner: str) -> AddressSet:
    networks = ("192.0.2.0/24", "2001:db8::/32", "198.51.100.0/24")
    return AddressSet(None, name, tuple(source.sample(networks, source.choice((1, 2)))), owner)


def make_part(source: random.Random, number: int, uses_names: bool) -> PolicyPart:
    if number < 2:
        return make_set(source, ("friends", "others")[number], "lab")
    if number < 4:
        addresses = tuple(source.sample(MEMBERS, 2))
        return SourceCheck(None, f"veth{number}", addresses, "lab", source.random() < 0.5)
    return make_policy(source, f"p{number}", OWNERS[number % 2], uses_names)


@pytest.mark.parametrize("seed", range(120))
def test_only_what_differs_is_rendered_and_all_of_it(seed: int) -> None:
    source = random.Random(seed)
    uses_names = seed % 3 == 0
    parts = {number: make_part(source, number, uses_names) for number in range(12)}
    changed = dict(parts)
    for number in source.sample(range(12), source.choice((1, 1, 2, 3))):
        if source.random() < 0.3:
            changed.pop(number)
        else:
            changed[number] = make_part(source, number, uses_names)
    both = [sort_parts(parts.values()), sort_parts(changed.values())]
    for before, after in (both, both[::-1]):
        old, new = (render_table(HOST_TABLE, tuple(each)) for each in (before, after))
        whole = write_changes(old, new)
        script = write_changes(*render_difference(HOST_TABLE, before, after))
        assert sorted(script.splitlines()) == sorted(whole.splitlines())


def test_of_many_policies_those_are_rendered_that_differ() -> None:
    source = random.Random(0)
    policies = [
        NetworkPolicy(
            None,
            f"p{number}",
            None,
            (make_entry(source, is_egress=False, uses_names=False),),
            owner="lab",
            addresses=(f"10.1.0.{number}",),
        )
        for number in range(100)
    ]
    other = NetworkPolicy(None, "p7", None, (), owner="lab", addresses=("10.1.0.7",))
    before = sort_parts(policies)
    after = sort_parts([*policies[:7], other, *policies[8:]])
    for table in render_difference(HOST_TABLE, before, after):
        for prefix in ("ingress-", "record-"):
            assert len([name for name in table.chains if name.startswith(prefix)]) == 1
