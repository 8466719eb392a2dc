# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The table of policies in the family bridge: each member's port lets in only its own frames. Pure.

Packets are handed to the host: their destination becomes its MAC address, whichever member they are
for. So they are routed, and pass the host's table with connection tracking, which the family bridge
lacks on many kernels. Between members of one bridge only ARP and neighbour discovery pass, and only
with the sender's own addresses.
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from ..._model.addresses import family_of
from ..._model.ownership import MARK, write_mark
from ..nftables.table import (
    ND_TARGET,
    BaseChain,
    ChainHeader,
    NftRule,
    NftSet,
    NftTable,
    SetElement,
)
from .records import REGULAR, render_record

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..._model.network_policies import PortGuard

_PREROUTING = ChainHeader("filter", "prerouting", -290, "accept")
_FORWARD = ChainHeader("filter", "forward", -200, "accept")
_TAGGED = ("8021q", "8021ad")
_ND = ("nd-neighbor-solicit", "nd-neighbor-advert")
_MLD = ("mld-listener-report", "mld-listener-done", "mld2-listener-report")
_MEMBER = "member"
"""The chain for what enters by the port of a member."""
_LISTENERS = "listeners"
"""The chain for what multicast needs of a member, by its link-local address."""
_FOUND = SetElement((), "")
_SETS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "uplinks": (("ifname",), ()),
    "members": (("ifname",), ()),
    "hosts": (("ether_addr",), ()),
    "macs": (("ifname", "ether_addr"), ()),
    "senders": (("ifname", "ether_addr", "ipv4_addr"), ()),
    "sources6": (("ifname", "ipv6_addr"), ()),
    "routers4": (("ifname", "ipv4_addr"), ("verdict",)),
    "routers6": (("ifname", "ipv6_addr"), ("verdict",)),
    "targets": (("ifname",), ("verdict",)),
}
"""The types of the keys of each set or map, and those of what the map holds."""
_ARP_LENGTH = "meta length 28-46"
"""The length of a request or reply, padded or not: nothing else may follow."""
_GENUINE = ("ip6 hoplimit 255", "ip6 length 24-48")
"""What routers cannot have passed on, and that holds nothing but what neighbour discovery needs."""
_PREROUTING_RULES: tuple[tuple[str, ...], ...] = (
    *(("iifname @members", f"ether type {name}", "counter", "drop") for name in _TAGGED),
    ("iifname @members", f"goto {_MEMBER}"),
    # A port that is not guarded yet, such as one that a plugin of CNI has just made.
    ("iifname != @uplinks", "ether daddr @hosts", "counter", "drop"),
)
_MEMBER_RULES: tuple[tuple[str, ...], ...] = (
    ("iifname . ether saddr != @macs", "counter", "drop"),
    (_ARP_LENGTH, "iifname . arp saddr ether . arp saddr ip @senders", "accept"),
    # Before it uses its address, a member asks whether another has it (RFC 5227).
    (
        _ARP_LENGTH,
        "arp saddr ip 0.0.0.0",
        "iifname . arp saddr ether . arp daddr ip @senders",
        "accept",
    ),
    ("iifname . ip saddr vmap @routers4",),
    (f"icmpv6 type {_ND[0]}", *_GENUINE, "iifname . ip6 saddr @sources6", "accept"),
    (f"icmpv6 type {_ND[0]}", "ip6 saddr ::", *_GENUINE, "iifname vmap @targets"),
    (f"icmpv6 type {_ND[1]}", *_GENUINE, "iifname vmap @targets"),
    ("iifname . ip6 saddr vmap @routers6",),
    # What is left is from link-local addresses.
    ("iifname . ip6 saddr @sources6", f"jump {_LISTENERS}"),
    ("counter", "drop"),
)
_FORWARD_RULES: tuple[tuple[str, ...], ...] = (
    ("iifname != @members", "iifname != @uplinks", "oifname @members", "counter", "drop"),
    ("ether type arp", "accept"),
    *((f"icmpv6 type {name}", "accept") for name in _ND),
    ("iifname @members", "oifname @uplinks", "accept"),
    ("iifname @uplinks", "oifname @members", "accept"),
    ("iifname @members", "counter", "drop"),
    ("oifname @members", "counter", "drop"),
)
_LISTENER_RULES = tuple((f"icmpv6 type {name}", "accept") for name in _MLD)


def link_local_of(mac: str) -> str:
    """The link-local address that the kernel makes of a MAC address (RFC 4291, appendix A)."""
    octets = [int(part, 16) for part in mac.split(":")]
    octets[0] ^= 2
    number = int.from_bytes(bytes((*octets[:3], 0xFF, 0xFE, *octets[3:])), "big")
    return str(ipaddress.IPv6Address((0xFE80 << 112) | number))


def render_bridge_table(resources: Iterable[PortGuard]) -> NftTable:
    """The table for these guards; empty if there are none."""
    guards = sorted(resources, key=lambda guard: guard.interface)
    if not guards:
        return NftTable()
    table = NftTable(
        {name: NftSet(types, data) for name, (types, data) in _SETS.items()},
        {"prerouting": BaseChain(_PREROUTING), "forward": BaseChain(_FORWARD)},
    )
    _add_rules(table, "prerouting", _PREROUTING_RULES)
    _add_rules(table, "forward", _FORWARD_RULES)
    for name, rules in ((_MEMBER, _MEMBER_RULES), (_LISTENERS, _LISTENER_RULES)):
        table.chains[name] = BaseChain(REGULAR)
        _add_rules(table, name, rules)
    for guard in guards:
        if guard.mac:
            _add_member(table, guard)
        else:
            table.sets["uplinks"].elements[(guard.interface,)] = _FOUND
    for guard in guards:
        record, chain = render_record(guard)
        table.chains[record] = chain
    return table


def _add_rules(table: NftTable, chain: str, rules: Iterable[tuple[str, ...]]) -> None:
    table.chains[chain].rules += [NftRule(rule, MARK) for rule in rules]


def _router_chain(guard: PortGuard) -> str:
    return f"router-{guard.router.replace(':', '')}"


def _router_rules(router: str) -> list[NftRule]:
    return [
        NftRule(("meta pkttype broadcast", "counter", "drop"), MARK),
        NftRule(("meta pkttype multicast", "counter", "drop"), MARK),
        NftRule((f"ether daddr set {router}", "meta pkttype set host", "accept"), MARK),
    ]


def _add_member(table: NftTable, guard: PortGuard) -> None:
    """Add what a port lets in: elements, since a rule takes nft and the kernel more time."""
    port, mac, sets = guard.interface, guard.mac, table.sets
    router = _router_chain(guard)
    table.chains[router] = BaseChain(REGULAR, _router_rules(guard.router))
    sets["members"].elements[(port,)] = _FOUND
    sets["hosts"].elements[(guard.router,)] = _FOUND
    sets["macs"].elements[(port, mac)] = _FOUND
    for address in guard.addresses:
        if family_of(address) == 4:
            sets["senders"].elements[(port, mac, address)] = _FOUND
        sets[f"routers{family_of(address)}"].elements[(port, address)] = SetElement(
            (f"goto {router}",), ""
        )
    targets = [address for address in guard.addresses if family_of(address) == 6]
    targets += [own] if (own := link_local_of(mac)) not in targets else []
    for address in targets:
        sets["sources6"].elements[(port, address)] = _FOUND
    # Not every version of nft can have a target in a set.
    chain = f"targets-{port}"
    table.chains[chain] = BaseChain(REGULAR, [_target_rule(guard, each) for each in targets])
    sets["targets"].elements[(port,)] = SetElement((f"jump {chain}",), "")


def _target_rule(guard: PortGuard, address: str) -> NftRule:
    target = f"{ND_TARGET} {int(ipaddress.IPv6Address(address)):#x}"
    return NftRule((target, "accept"), write_mark(guard.owner or ""))
