# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tables of policies are kept within a run, and what is made of them stays the same."""

from __future__ import annotations

from ansible_collections.redblue.netns.plugins.module_utils._firewall.policy.counters import (
    name_counters,
)
from ansible_collections.redblue.netns.plugins.module_utils._firewall.policy.tables import (
    render_policy_commands,
)
from ansible_collections.redblue.netns.plugins.module_utils._model.network_policies import (
    ADDRESS_SET,
    INGRESS,
    NETWORK,
    AddressSet,
    Entry,
    NetworkPolicy,
    Peer,
    SourceCheck,
)
from ansible_collections.redblue.netns.plugins.module_utils._model.resources import NatResource


def write_lab(port: int, networks: tuple[str, ...], members: tuple[str, ...]) -> list[NatResource]:
    friends = Entry((Peer(ADDRESS_SET, "friends"),), "tcp", ((port, port),))
    near = Entry((Peer(NETWORK, "10.0.0.0/8"), Peer(NETWORK, "fd00::/8")), "udp")
    return [
        NetworkPolicy(None, "web", ingress=(friends, near), owner="lab", addresses=members),
        NetworkPolicy(None, "log", egress=(near,), audit=True, owner="lab", addresses=members),
        AddressSet(None, "friends", networks, "lab"),
        SourceCheck(None, "veth0", members, "lab", shared=True),
    ]


def test_changes_there_and_back_are_the_same_each_time() -> None:
    labs = [
        [],
        write_lab(80, ("192.0.2.0/24",), ("10.0.0.1",)),
        write_lab(81, ("192.0.2.0/24",), ("10.0.0.1",)),
        write_lab(81, ("192.0.2.0/25", "2001:db8::/32"), ("10.0.0.1", "fd00::1")),
    ]
    pairs = [(before, after) for before in labs for after in labs]
    first = [render_policy_commands(before, after, "") for before, after in pairs]
    again = [render_policy_commands(before, after, "") for before, after in reversed(pairs)]
    assert first == again[::-1]
    assert [bool(commands) for commands in first] == [before != after for before, after in pairs]


def test_rules_that_are_the_same_have_counters_of_their_own() -> None:
    same, other = Entry(protocol="tcp"), Entry(protocol="udp")
    policy = NetworkPolicy(None, "web", ingress=(same, other, same, same, other))
    names = name_counters(policy, INGRESS)
    tcp, udp = names[:2]
    assert tcp != udp and names == [tcp, udp, f"{tcp}-1", f"{tcp}-2", f"{udp}-1"]
