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

from typing import TYPE_CHECKING

from ..._model.addresses import family_of, merge_networks, network_of
from ..._model.network_policies import (
    ADDRESS_SET,
    ALLOW,
    ANY,
    DIRECTIONS,
    EGRESS,
    HOST,
    NETWORK,
    REJECT,
    AddressSet,
    Entry,
    NetworkPolicy,
    PolicyPart,
    SourceCheck,
)
from ..._model.ownership import MARK, write_mark
from ..icmp_types import ICMP_ERRORS
from ..nftables.builder import IP, shorten_network
from ..nftables.table import (
    BaseChain,
    ChainHeader,
    Fields,
    NftRule,
    NftSet,
    NftTable,
    SetElement,
)
from ..resources import FAMILIES
from .records import REGULAR, digest, write_record

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_ADDRESS = {4: "ipv4_addr", 6: "ipv6_addr"}
_ICMP = {4: "icmp", 6: "icmpv6"}
_PROTOCOLS = {"tcp": 6, "udp": 17, "sctp": 132, "icmp": 1, "icmpv6": 58}
_ND = ("nd-neighbor-solicit", "nd-neighbor-advert")
_HOOKS = {
    "sources": ChainHeader("filter", "prerouting", -145, "accept"),
    "forward": ChainHeader("filter", "forward", -5, "accept"),
    "input": ChainHeader("filter", "input", -5, "accept"),
    "output": ChainHeader("filter", "output", -5, "accept"),
}
_CHECK = "check"


class _Builder:
    """The table that is being built."""

    def __init__(self) -> None:
        self.sets: dict[str, NftSet] = {"interfaces": NftSet(("ifname",))}
        for family in FAMILIES:
            self.sets[f"sources{family}"] = NftSet(("ifname", _ADDRESS[family]))
            for direction in DIRECTIONS:
                self.sets[f"{direction}{family}"] = NftSet((_ADDRESS[family],), ("verdict",))
        self.chains = {name: BaseChain(header) for name, header in _HOOKS.items()}
        self.chains[_CHECK] = BaseChain(REGULAR)

    def add(self, chain: str, *statements: str, comment: str = MARK) -> None:
        self.chains[chain].rules.append(NftRule(statements, comment))


def _list_by_family(networks: Iterable[str]) -> dict[int, list[str]]:
    """Networks as nft lists them, by family: none is part of another, which nft refuses."""
    found: dict[int, list[str]] = {}
    for network in merge_networks(map(network_of, networks)):
        found.setdefault(network.version, []).append(shorten_network(str(network)))
    return found


def _add_networks(builder: _Builder, name: str, networks: Iterable[str]) -> dict[int, str]:
    """Add a set of networks for each family that has some, and return the names by family."""
    names: dict[int, str] = {}
    for family, texts in _list_by_family(networks).items():
        names[family] = f"{name}-{family}"
        elements: dict[Fields, SetElement] = {(text,): SetElement((), "") for text in texts}
        builder.sets[names[family]] = NftSet((_ADDRESS[family],), (), True, elements)
    return names


def render_host_table(resources: Iterable[PolicyPart]) -> NftTable:
    """The table for these policies, address sets and source checks; empty if there are none."""
    parts = sorted(resources, key=lambda part: part.sort_key)
    if not parts:
        return NftTable()
    builder = _Builder()
    _add_sources(builder, [part for part in parts if isinstance(part, SourceCheck)])
    _add_hooks(builder)
    sets = {
        (part.owner, part.name): _add_networks(
            builder, f"set-{digest(part.owner, part.name)}", part.addresses
        )
        for part in parts
        if isinstance(part, AddressSet)
    }
    policies = [part for part in parts if isinstance(part, NetworkPolicy)]
    for direction in DIRECTIONS:
        _add_direction(builder, direction, policies, sets)
    for part in parts:
        name, chain = write_record(part)
        builder.chains[name] = chain
    return NftTable(builder.sets, builder.chains)


def _add_sources(builder: _Builder, checks: Sequence[SourceCheck]) -> None:
    """Drop what enters from members with another's address, or with a link-local one.

    Members are known by their addresses, so no other address may reach the host.
    """
    for check in checks:
        builder.sets["interfaces"].elements[(check.interface,)] = SetElement((), "")
        for address in check.addresses:
            sources = builder.sets[f"sources{family_of(address)}"]
            sources.elements[(check.interface, address)] = SetElement((), "")
    builder.add("sources", "iifname != @interfaces", "accept")
    for family in FAMILIES:
        builder.add("sources", f"iifname . {IP[family]} saddr @sources{family}", "accept")
    for name in _ND:
        builder.add("sources", f"icmpv6 type {name}", "ip6 hoplimit 255", "accept")
    builder.add("sources", "counter", "drop", comment=f"{MARK} source address of no member")


def _add_hooks(builder: _Builder) -> None:
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
    for hook in ("forward", "input", "output"):
        builder.add(hook, f"jump {_CHECK}")
    builder.add(_CHECK, "ct direction reply", "ct state established", "accept")
    for family, errors in ICMP_ERRORS.items():
        for name in errors:
            builder.add(_CHECK, "ct state related", f"{_ICMP[family]} type {name}", "accept")
    builder.add(_CHECK, "icmp type redirect", "drop")
    for direction in reversed(DIRECTIONS):
        field = "saddr" if direction == EGRESS else "daddr"
        for family in FAMILIES:
            builder.add(_CHECK, f"{IP[family]} {field} vmap @{direction}{family}")


_Sets = dict["tuple[str | None, str]", "dict[int, str]"]


def _add_direction(
    builder: _Builder, direction: str, policies: Sequence[NetworkPolicy], sets: _Sets
) -> None:
    """Add the rules of each member, in one chain for all members that have the same policies."""
    by_member: dict[str, list[NetworkPolicy]] = {}
    for policy in policies:
        if policy.entries(direction) is not None:
            for address in policy.addresses:
                by_member.setdefault(address, []).append(policy)
    for address, found in sorted(by_member.items()):
        name = f"{direction}-{digest(*((policy.owner, policy.name) for policy in found))}"
        if name not in builder.chains:
            builder.chains[name] = BaseChain(REGULAR)
            _add_chain(builder, name, direction, found, sets)
        verdicts = builder.sets[f"{direction}{family_of(address)}"]
        verdicts.elements[(address,)] = SetElement((f"jump {name}",), "")


def _add_chain(
    builder: _Builder, chain: str, direction: str, policies: Sequence[NetworkPolicy], sets: _Sets
) -> None:
    """Add the rules of several policies: first what is refused, then what is let through."""
    refusing: list[tuple[tuple[str, ...], str]] = []
    allowing: list[tuple[tuple[str, ...], str]] = []
    for policy in policies:
        for number, entry in enumerate(policy.entries(direction) or (), 1):
            comment = f"{write_mark(policy.owner or '')} {policy.name} {direction} {number}"
            name = f"peers-{digest(policy.owner, policy.name, direction, number)}"
            for match in _matches(builder, direction, entry, name, sets, policy.owner):
                if entry.log:
                    prefix = f'log prefix "policy {policy.name}: "'
                    log = (*match, "ct state new", prefix)
                    (allowing if entry.action == ALLOW else refusing).append((log, comment))
                if entry.action == ALLOW:
                    allowing.append(((*match, "counter", "return"), comment))
                else:
                    refusing += [(rule, comment) for rule in _refuse(match, entry.action)]
    for statements, comment in (*refusing, *allowing):
        builder.add(chain, *statements, comment=comment)
    kinds = {policy.refuse for policy in policies}
    names = " ".join(policy.name for policy in policies)
    comment = f"{MARK} refused by policy {names}"[:127]
    for statements in _refuse((), REJECT if REJECT in kinds else kinds.pop()):
        builder.add(chain, *statements, comment=comment)


def _refuse(match: tuple[str, ...], action: str) -> list[tuple[str, ...]]:
    if action != REJECT:
        return [(*match, "counter", "drop")]
    reset = (*match, "meta l4proto 6", "counter", "reject with tcp reset")
    if any(word.startswith(("tcp ", "meta l4proto 6")) for word in match):
        return [(*match, "counter", "reject with tcp reset")]
    return [reset, (*match, "counter", "reject with icmpx admin-prohibited")]


def _matches(
    builder: _Builder, direction: str, entry: Entry, name: str, sets: _Sets, owner: str | None
) -> Iterator[tuple[str, ...]]:
    """The matches of a rule, each for an nft rule of its own: by peer, then by port."""
    field = "daddr" if direction == EGRESS else "saddr"
    peers: list[tuple[str, ...]] = [] if entry.peers else [()]
    networks = [*entry.addresses]
    for peer in entry.peers:
        if peer.kind == HOST:
            peers.append((f"fib {field} type local",))
        elif peer.kind == NETWORK:
            networks.append(peer.value)
        elif peer.kind == ADDRESS_SET:
            found = sets.get((owner, peer.value), {})
            peers += [(f"{IP[family]} {field} @{each}",) for family, each in found.items()]
    for family, each in _add_networks(builder, name, networks).items():
        peers.append((f"{IP[family]} {field} @{each}",))
    for peer_match in peers:
        for port_match in _match_protocol(entry):
            yield (*peer_match, *port_match)


def _match_protocol(entry: Entry) -> list[tuple[str, ...]]:
    if entry.protocol == ANY:
        return [()]
    if not entry.ports:
        return [(f"meta l4proto {_PROTOCOLS[entry.protocol]}",)]
    return [
        (f"{entry.protocol} dport {first if first == last else f'{first}-{last}'}",)
        for first, last in entry.ports
    ]
