# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The chains of our nftables table that limit what reaches the host itself. Pure.

Both are on the hook input, which every packet passes that the host keeps, whichever of its
addresses it is for: another interface's, a loopback address, a broadcast or multicast address. An
accept here ends only the one chain; chains of others still decide.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._model.addresses import ICMP_PROTOCOLS
from ..._model.host_access import ESTABLISHED, ICMP, HostAccess, split_service
from ..._model.nat import Isolation
from ..._model.ranges import format_range
from ..comments import write_owner_mark
from ..icmp_types import ICMP_ERRORS, ND_TYPES
from ..resources import group_host_accesses, of_type
from .builder import ISOLATED_SET, TableBuilder, host_access_set

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..._model.resources import NatResource


def render_input_chains(builder: TableBuilder, resources: Sequence[NatResource]) -> None:
    """Add the rules against forged sources, and those of limited access to the host."""
    if of_type(resources, Isolation):
        _add_forged_sources(builder)
    groups = group_host_accesses(resources)
    if groups:
        # Without neighbour discovery no IPv6 address of the host is reached, not even by replies.
        # Router advertisements and redirects are not needed: they tell the host what to do.
        for name in ND_TYPES:
            builder.add_rule("host_access", f"icmpv6 type {name}", "accept")
    for number, (allowed, group) in enumerate(groups.items(), 1):
        _add_group(builder, number, allowed, group)


def _add_forged_sources(builder: TableBuilder) -> None:
    """Drop packets of an isolated interface whose source the host does not reach by it.

    A host that asks for its address has none yet. Link-local addresses are those of the link. A
    router on the way reports an error with an address that the host need not know, and the kernel
    takes the report only if it quotes a packet of a connection.
    """
    builder.add_rule("forged", f"iifname != @{ISOLATED_SET}", "accept")
    builder.add_rule("forged", "fib saddr . iif oif exists", "accept")
    for source in ("ip saddr 0.0.0.0", "ip6 saddr ::", "ip6 saddr fe80::/10"):
        builder.add_rule("forged", source, "accept")
    for family, names in ICMP_ERRORS.items():
        for name in names:
            builder.add_rule("forged", f"{ICMP_PROTOCOLS[family]} type {name}", "accept")
    builder.add_rule("forged", "drop")


def _add_group(
    builder: TableBuilder, number: int, allowed: tuple[str, ...], group: Sequence[HostAccess]
) -> None:
    """Add the rules of all interfaces for which the same is allowed."""
    name = host_access_set(number)
    for access in group:
        builder.add_element(name, (access.interface,), (), write_owner_mark(access))
    for word in allowed:
        for statements in _matches(word):
            builder.add_rule("host_access", f"iifname @{name}", *statements, "accept")
    builder.add_rule("host_access", f"iifname @{name}", "drop")


def _matches(word: str) -> list[tuple[str, ...]]:
    """Return the matches of what a word allows, each for a rule of its own."""
    if word == ESTABLISHED:
        # Packets of a connection that the other side began are not replies, even if the connection
        # was there before the rules.
        return [("ct direction reply", "ct state established"), ("ct state related",)]
    if word == ICMP:
        return [(f"{protocol} type echo-request",) for protocol in ICMP_PROTOCOLS.values()]
    protocol, first, last = split_service(word)
    return [(f"{protocol} dport {format_range(first, last)}",)]
