# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The table of policies on the host: what members may send, and what may be sent to them. Pure.

Each member is looked up by its address in a map, which leads to the rules of its policies: so the
number of policies costs a packet nothing. A packet that began a connection is checked each time, so
that a policy which is taken back ends the connection too. Only replies pass without a rule, and
ICMP errors about a connection that is known.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from ..._model.addresses import ICMP_PROTOCOLS, family_of
from ..._model.guard_rules import GUARD_MARK, POLICY_MARK
from ..._model.network_policies import (
    DIRECTIONS,
    EGRESS,
    AddressSet,
    NetworkPolicy,
    SourceCheck,
    list_dns_names,
    list_named_sets,
)
from ..._model.ownership import MARK
from ..icmp_types import ICMP_ERRORS
from ..nftables import table as nft
from ..nftables.builder import IP
from ..resources import FAMILIES
from .builder import CHECK, Sets, TableBuilder, TableParts, add_networks
from .counters import SPOOFED, group_by_member
from .names import ADDRESS, MEMBERS
from .records import REGULAR, digest, render_record
from .rules import add_policies

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from ..._model.resources import PolicyPart

_Named = tuple["str | None", str]
_ByFamily = tuple[tuple[int, str], ...]
_ND = ("nd-neighbor-solicit", "nd-neighbor-advert")


def render_host_table(
    resources: Iterable[PolicyPart],
    members: Collection[str] | None = None,
    has_names: bool = False,
) -> nft.NftTable:
    """The table for these policies, address sets and source checks; empty if there are none.

    :param members: the addresses of members whose rules are rendered; None for all.
    :param has_names: whether other policies have DNS names.
    """
    parts = sorted(resources, key=lambda part: part.sort_key)
    if not parts and members is None:
        return nft.NftTable()
    builder = TableBuilder()
    _add_sources(builder, [part for part in parts if isinstance(part, SourceCheck)])
    _add_hooks(builder)
    sets = {
        (part.owner, part.name): add_networks(
            builder, f"set-{digest(part.owner, part.name)}", part.addresses
        )
        for part in parts
        if isinstance(part, AddressSet)
    }
    policies = [part for part in parts if isinstance(part, NetworkPolicy)]
    if has_names or any(list_dns_names(policies)):
        _add_members(builder, parts)
    for direction in DIRECTIONS:
        groups = group_by_member(policies, direction)
        if members is not None:
            groups = {each: groups[each] for each in groups if each in members}
        _add_direction(builder, direction, groups, sets)
    for part in parts:
        name, chain = render_record(part)
        builder.chains[name] = chain
    return nft.NftTable(builder.sets, builder.chains, builder.counters, limits=builder.limits)


def _add_sources(builder: TableBuilder, checks: Sequence[SourceCheck]) -> None:
    """Drop what enters from members with another's address, or with a link-local one.

    Members are known by their addresses, so no other address may reach the host.
    """
    for check in checks:
        # The mark is left if somebody flushes the table.
        builder.sets["interfaces"].elements[(check.interface,)] = nft.SetElement((), MARK)
        if check.shared:
            builder.sets["shared"].elements[(check.interface,)] = nft.SetElement((), "")
        for address in check.addresses:
            sources = builder.sets[f"sources{family_of(address)}"]
            sources.elements[(check.interface, address)] = nft.SetElement((), "")
    builder.add("sources", "iifname != @interfaces", "accept")
    # Guards let no such frame of a member through. A port that has no guard may send any.
    for kind in ("broadcast", "multicast"):
        builder.add(
            "sources", "iifname @shared", f"meta pkttype {kind}", "meta l4proto != 58", "drop"
        )
    for family in FAMILIES:
        builder.add("sources", f"iifname . {IP[family]} saddr @sources{family}", "accept")
    # The host answers for members, but not to one that asks whether its address is free.
    solicit = f"icmpv6 type {_ND[0]}"
    builder.add("sources", "iifname @shared", solicit, "ip6 saddr ::", "drop")
    for name in _ND:
        builder.add("sources", f"icmpv6 type {name}", "ip6 hoplimit 255", "accept")
    comment = f"{MARK} source address of no member"
    builder.add("sources", builder.count(SPOOFED), "drop", comment=comment)


def _add_members(builder: TableBuilder, parts: Iterable[PolicyPart]) -> None:
    """Add the sets of the addresses of members, to which no DNS name leads."""
    for family in FAMILIES:
        builder.sets[f"{MEMBERS}{family}"] = nft.NftSet((ADDRESS[family],))
    for check in parts:
        for address in check.addresses if isinstance(check, SourceCheck) else ():
            members = builder.sets[f"{MEMBERS}{family_of(address)}"]
            members.elements[(address,)] = nft.SetElement((), "")


def render_arp_table(resources: Iterable[SourceCheck]) -> nft.NftTable:
    """The table by which the kernel answers ARP requests for members behind an isolated port.

    Before it answers for another, it looks up the way there, which the guard lets it find only for
    a packet with the mark.
    """
    names = sorted(check.interface for check in resources)
    if not names:
        return nft.NftTable()
    interfaces = nft.NftSet(
        ("ifname",), elements={(name,): nft.SetElement((), MARK) for name in names}
    )
    rule = nft.NftRule(("iifname @interfaces", f"meta mark set {POLICY_MARK}"), MARK)
    chain = nft.BaseChain(nft.ChainHeader("filter", "input", 0, "accept"), [rule])
    return nft.NftTable({"interfaces": interfaces}, {"input": chain})


def _add_hooks(builder: TableBuilder) -> None:
    # What is routed has another hop limit. With br_netfilter the hook sees what a bridge passes on.
    for name in _ND:
        for hook in ("forward", "input", "output"):
            builder.add(hook, f"icmpv6 type {name}", "ip6 hoplimit 255", "accept")
    # The host sends packets back by the interface by which they came, on purpose.
    for redirect in ("icmp type redirect", "icmpv6 type nd-redirect"):
        builder.add("output", "oifname @interfaces", redirect, "drop")
    # Errors and resets by which the host refuses a packet.
    builder.add("output", "ct state related", "accept")
    for destination in ("fe80::/10", "ff00::/8"):
        builder.add("output", "oifname @interfaces", f"ip6 daddr {destination}", "drop")
    for kind in ("broadcast", "multicast"):
        builder.add("output", "oifname @interfaces", f"fib daddr type {kind}", "drop")
    # Before the kernel forwards what goes back by the interface by which it came, it sends a
    # redirect, and no ICMP error to the same sender for a while. So it is checked before that.
    for hook, verdict in (("early", f"jump {CHECK}"), ("forward", "accept")):
        builder.add(hook, "iifname . ip daddr @sources4", "meta l4proto != 6", verdict)
    for hook in ("forward", "input", "output"):
        builder.add(hook, f"jump {CHECK}")
    builder.add("marked", f"meta mark {GUARD_MARK}", f"meta mark set {POLICY_MARK}")
    for hook in ("unmarked_input", "unmarked_forward"):
        builder.add(hook, f"meta mark {POLICY_MARK}", "meta mark set 0")
    builder.add(CHECK, "ct direction reply", "ct state established", "accept")
    for family, errors in ICMP_ERRORS.items():
        for name in errors:
            builder.add(
                CHECK, "ct state related", f"{ICMP_PROTOCOLS[family]} type {name}", "accept"
            )
    builder.add(CHECK, "icmp type redirect", "drop")
    for direction in reversed(DIRECTIONS):
        field = "saddr" if direction == EGRESS else "daddr"
        for family in FAMILIES:
            builder.add(CHECK, f"{IP[family]} {field} vmap @{direction}{family}")


def _add_direction(
    builder: TableBuilder, direction: str, groups: Mapping[str, list[NetworkPolicy]], sets: Sets
) -> None:
    """Add the rules of each member, in one chain for all members that have the same policies."""
    for address, found in sorted(groups.items()):
        name = f"{direction}-{digest(*((policy.owner, policy.name) for policy in found))}"
        if name not in builder.chains:
            builder.include(_render_chain(name, direction, tuple(found), _freeze(found, sets)))
        verdicts = builder.sets[f"{direction}{family_of(address)}"]
        verdicts.elements[(address,)] = nft.SetElement((f"jump {name}",), "")


def _freeze(policies: Iterable[NetworkPolicy], sets: Sets) -> tuple[tuple[_Named, _ByFamily], ...]:
    """The sets that rules of policies name."""
    keys = {(policy.owner, name) for policy in policies for name in list_named_sets([policy])}
    return tuple((key, tuple(sets[key].items())) for key in sorted(keys, key=str) if key in sets)


@lru_cache(maxsize=1 << 14)
def _render_chain(
    name: str,
    direction: str,
    policies: tuple[NetworkPolicy, ...],
    sets: tuple[tuple[_Named, _ByFamily], ...],
) -> TableParts:
    """The chain for the members that have these policies, and what it needs.

    Cached: most are the same before and after a change.
    """
    parts = TableParts()
    parts.chains[name] = nft.BaseChain(REGULAR)
    by_family = {key: dict(names) for key, names in sets}
    add_policies(parts, name, direction, policies, by_family)
    return parts
