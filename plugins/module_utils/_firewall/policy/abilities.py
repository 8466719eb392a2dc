# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether the program nft and the kernel take the rules of policies.

Few kernels show how they were built. So nft checks tables with one rule of each kind, which changes
nothing.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ..._model.network_policies import (
    ADDRESS_SET,
    DNS,
    DROP,
    HOST,
    NETWORK,
    REJECT,
    AddressSet,
    Entry,
    NetworkPolicy,
    Peer,
    PortGuard,
    RateLimit,
    SourceCheck,
)
from ..nftables.abilities import NOT_WRITTEN, find_complaint
from ..nftables.script import write_script
from .policy_table import TABLES

if TYPE_CHECKING:
    from ..._model.resources import PolicyPart

_MEMBER = ("192.0.2.1", "2001:db8::1")


def list_examples(with_connections: bool) -> list[PolicyPart]:
    several = (Peer(NETWORK, "192.0.2.0/24"), Peer(NETWORK, "198.51.100.0/24"))
    rules = (
        Entry(several, "tcp", ((80, 90),), log=True),
        Entry((Peer(HOST, ""),), "udp", limit=RateLimit(1, "day", 5)),
        Entry((Peer(ADDRESS_SET, "friends"),), action=REJECT),
        Entry((Peer(NETWORK, "2001:db8::/32"),), "icmpv6", action=DROP),
        Entry(protocol="sctp", connections=5 if with_connections else None),
    )
    named = Entry((Peer(DNS, "www.example.org"),), "tcp", ((443, 443),))
    return [
        NetworkPolicy(
            None,
            "web",
            None,
            rules,
            (*rules, named),
            owner="lab",
            addresses=_MEMBER,
            resolvers=_MEMBER,
        ),
        NetworkPolicy(None, "tried", None, rules, audit=True, nflog=1, addresses=_MEMBER),
        AddressSet(None, "friends", ("192.0.2.0/24", "2001:db8::/32"), "lab"),
        SourceCheck(None, "lab0", _MEMBER, "lab", shared=True),
        PortGuard(None, "lab1", "02:00:00:00:00:01", "02:00:00:00:00:02", _MEMBER, "lab"),
    ]


def find_missing_abilities(with_connections: bool) -> str:
    """Why nft or the kernel does not take rules of policies; empty if they do.

    :param with_connections: whether a rule limits the connections of each sender.
    """
    examples = list_examples(with_connections)
    script = "".join(
        write_script(table.render_of(examples), table.family, NOT_WRITTEN) for table in TABLES
    )
    complaint = find_complaint("nft", script)
    if complaint is None:
        return ""
    lines = " ".join(map(str.strip, complaint.splitlines()[:2]))
    return f"nft and the kernel {os.uname().release} do not take the rules: {lines}"
