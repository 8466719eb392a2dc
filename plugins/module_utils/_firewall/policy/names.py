# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The sets and rules by which policies let through to DNS names. Pure.

The DNS server of the topology fills a set for each name and family. What a member uses of it is
noted in another set, with the member, so a connection in use goes on when the name has moved.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._model.addresses import family_of
from ..._model.fast_typing import NamedTuple
from ..._model.policy_names import (
    LIFETIME,
    LOOKUP_PORTS,
    LOOKUP_PROTOCOLS,
    MOST_ADDRESSES,
    name_answers,
    name_used,
)
from ..nftables.builder import IP
from ..nftables.table import NftSet
from ..resources import FAMILIES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ..._model.network_policies import NetworkPolicy
    from .builder import TableParts

ADDRESS = {4: "ipv4_addr", 6: "ipv6_addr"}
"""The types of addresses by family."""


MEMBERS = "members"
"""The sets of the addresses of all members, with the family after it."""


class NameMatch(NamedTuple):
    """What matches packets to the addresses of a name, and notes that they are in use."""

    match: tuple[str, ...]
    note: tuple[str, ...]


def match_name(parts: TableParts, owner: str | None, name: str) -> Iterator[NameMatch]:
    """The matches of a name: its addresses, and those of which a member uses some.

    An answer never leads to the host or to a member: who owns a name decides what it answers.
    Only what an answer let begin is noted, and what goes on: so a member that begins flows again
    and again does not keep an address by that.
    """
    for family in FAMILIES:
        answers = name_answers(owner, name, family)
        used = name_used(owner, name, family)
        address = ADDRESS[family]
        parts.sets[answers] = NftSet((address,), size=MOST_ADDRESSES, timeout=LIFETIME)
        parts.sets[used] = NftSet((address, address), size=MOST_ADDRESSES, timeout=LIFETIME)
        pair = f"{IP[family]} saddr . {IP[family]} daddr"
        note = (f"update @{used} {{ {pair} }}",)
        daddr = f"{IP[family]} daddr"
        outside = (f"{daddr} != @{MEMBERS}{family}", "fib daddr type unicast")
        yield NameMatch((f"{daddr} @{answers}", *outside), note)
        yield NameMatch((f"{pair} @{used}", "ct state established"), note)
        yield NameMatch((f"{pair} @{used}",), ())


def match_resolvers(policies: Iterable[NetworkPolicy]) -> Iterator[tuple[str, ...]]:
    """The matches of what members ask the DNS servers of their topology."""
    addresses = dict.fromkeys(each for policy in policies for each in policy.resolvers)
    for address in addresses:
        for protocol in LOOKUP_PROTOCOLS:
            yield (f"{IP[family_of(address)]} daddr {address}", f"{protocol} dport 53")


def match_lookups() -> Iterator[tuple[str, ...]]:
    """The matches of what is asked of any DNS server."""
    for protocol in LOOKUP_PROTOCOLS:
        for port in LOOKUP_PORTS:
            yield (f"{protocol} dport {port}",)
