# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._firewall.nftables.table import (
    BaseChain,
    ChainHeader,
    NftRule,
    NftTable,
)
from ansible_collections.redblue.netns.plugins.module_utils._firewall.policy.abilities import (
    list_examples,
)
from ansible_collections.redblue.netns.plugins.module_utils._firewall.policy.policy_table import (
    HOST_TABLE,
    RECORDING,
    PolicyTable,
    render_table,
    sort_parts,
)
from ansible_collections.redblue.netns.plugins.module_utils._firewall.policy.samples import (
    form_of,
    sample_table,
)
from ansible_collections.redblue.netns.plugins.module_utils._model.network_policies import (
    NETWORK,
    Entry,
    NetworkPolicy,
    Peer,
    PortGuard,
    SourceCheck,
)
from ansible_collections.redblue.netns.plugins.module_utils._model.resources import PolicyPart


def make_parts(count: int) -> list[PolicyPart]:
    parts: list[PolicyPart] = []
    for number in range(count):
        address, peer = f"10.0.{number}.2", f"192.0.{number}.0/24"
        mac = f"02:00:00:00:00:{number:02x}"
        entry = Entry((Peer(NETWORK, peer),), "tcp", ((80 + number, 80 + number),))
        parts += [
            NetworkPolicy(None, f"p{number}", None, (entry,), addresses=(address,)),
            PortGuard(None, f"port{number}", mac, "02:00:00:00:01:00", (address,), "lab"),
        ]
    parts.append(SourceCheck(None, "lab0", ("10.0.0.2",), "lab", shared=True))
    return sort_parts(parts)


def sample(table: PolicyTable, parts: list[PolicyPart]) -> NftTable:
    whole = render_table(table, tuple(table.pick(parts)))
    return sample_table(whole, whole.chains, whole.sets)


@pytest.mark.parametrize("table", RECORDING, ids=lambda table: table.family)
def test_a_sample_does_not_grow_with_the_number_of_policies(table: PolicyTable) -> None:
    few, many = sample(table, make_parts(3)), sample(table, make_parts(90))
    for part in ("chains", "sets", "counters"):
        assert len(getattr(few, part)) == len(getattr(many, part))


def test_a_sample_has_each_form_of_rule() -> None:
    parts = [*make_parts(9), *list_examples(with_connections=True)]
    whole = render_table(HOST_TABLE, tuple(HOST_TABLE.select(parts)))
    taken = sample(HOST_TABLE, sort_parts(parts))
    for table in (whole, taken):
        assert {chain for chain in table.chains if table.chains[chain].header.hook}
    forms = [
        {
            tuple(map(form_of, rule.statements))
            for each in table.chains.values()
            for rule in each.rules
        }
        for table in (whole, taken)
    ]
    assert forms[0] == forms[1]
    assert len(taken.chains) < len(whole.chains)


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("ip saddr 10.0.0.1", "ip saddr 192.0.2.7", True),
        ("ip saddr 10.0.0.0/24", "ip saddr 192.0.2.0/24", True),
        ("ip saddr 10.0.0.0/24", "ip saddr 10.0.0.0/25", False),
        ("ip saddr 10.0.0.1", "ip daddr 10.0.0.1", False),
        ("ip6 saddr fd00::1", "ip6 saddr 2001:db8::", True),
        ("tcp dport 80", "tcp dport 65535", True),
        ("tcp dport 80", "tcp dport 80-90", False),
        ("tcp dport 80", "udp dport 80", False),
        ("jump egress-1", "jump egress-2", True),
        ("jump egress-1", "goto egress-1", False),
        ('counter name "a"', 'counter name "b"', True),
        ('counter name "a"', 'limit name "a"', False),
        ('log prefix "policy a: "', 'log group 1 prefix "policy a: "', False),
        ("ip saddr @peers-0123456789abcdef-4", "ip saddr @peers-fedcba9876543210-4", True),
        ("rate 3/hour burst 5 packets", "rate 3/day burst 5 packets", False),
        ("icmpv6 type nd-redirect", "icmp type redirect", False),
    ],
)
def test_the_form_of_a_statement_is_all_but_addresses_ports_and_names(
    one: str, other: str, is_same: bool
) -> None:
    assert (form_of(one) == form_of(other)) is is_same


def test_a_chain_that_is_not_there_is_an_error() -> None:
    header = ChainHeader("filter", "input", 0, "accept")
    table = NftTable(chains={"input": BaseChain(header, [NftRule(("jump none",), "")])})
    with pytest.raises(KeyError):
        sample_table(table, ["input"], [])
