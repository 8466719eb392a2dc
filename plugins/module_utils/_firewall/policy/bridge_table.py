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
_LISTENERS = "listeners"
"""The chain for what multicast needs of a member, by its link-local address."""
_ARP_LENGTH = "meta length 28-46"
"""The length of a request or reply, padded or not: nothing else may follow."""


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
    chains = {"prerouting": BaseChain(_PREROUTING), "forward": BaseChain(_FORWARD)}
    ports, uplinks, members = (
        NftSet(("ifname",), ("verdict",)),
        NftSet(("ifname",)),
        NftSet(("ifname",)),
    )
    for guard in guards:
        if not guard.mac:
            uplinks.elements[(guard.interface,)] = SetElement((), "")
            continue
        name = f"port-{guard.interface}"
        ports.elements[(guard.interface,)] = SetElement((f"goto {name}",), "")
        members.elements[(guard.interface,)] = SetElement((), "")
        chains[name] = BaseChain(REGULAR, _port_rules(guard))
        chains[_router_chain(guard)] = BaseChain(REGULAR, _router_rules(guard.router))
    for name in _TAGGED:
        tagged = ("iifname @members", f"ether type {name}", "counter", "drop")
        chains["prerouting"].rules.append(NftRule(tagged, MARK))
    chains["prerouting"].rules.append(NftRule(("iifname vmap @ports",), MARK))
    chains[_LISTENERS] = BaseChain(
        REGULAR, [NftRule((f"icmpv6 type {name}", "accept"), MARK) for name in _MLD]
    )
    chains["forward"].rules += [NftRule(rule, MARK) for rule in _FORWARD_RULES]
    for guard in guards:
        record, chain = render_record(guard)
        chains[record] = chain
    return NftTable({"ports": ports, "uplinks": uplinks, "members": members}, chains)


_FORWARD_RULES: tuple[tuple[str, ...], ...] = (
    ("ether type arp", "accept"),
    *((f"icmpv6 type {name}", "accept") for name in _ND),
    ("iifname @members", "oifname @uplinks", "accept"),
    ("iifname @uplinks", "oifname @members", "accept"),
    ("iifname @members", "counter", "drop"),
    ("oifname @members", "counter", "drop"),
)


def _router_chain(guard: PortGuard) -> str:
    return f"router-{guard.router.replace(':', '')}"


def _router_rules(router: str) -> list[NftRule]:
    return [
        NftRule(("meta pkttype broadcast", "counter", "drop"), MARK),
        NftRule(("meta pkttype multicast", "counter", "drop"), MARK),
        NftRule((f"ether daddr set {router}", "meta pkttype set host", "accept"), MARK),
    ]


def _port_rules(guard: PortGuard) -> list[NftRule]:
    comment, router = write_mark(guard.owner or ""), f"goto {_router_chain(guard)}"
    statements: list[tuple[str, ...]] = [
        (f"ether saddr != {guard.mac}", "counter", "drop"),
    ]
    for address in guard.addresses:
        if family_of(address) == 4:
            arp = f"arp saddr ether {guard.mac}"
            statements.append((_ARP_LENGTH, arp, f"arp saddr ip {address}", "accept"))
            # Before it uses its address, a member asks whether another has it (RFC 5227).
            probe = (arp, "arp saddr ip 0.0.0.0", f"arp daddr ip {address}")
            statements.append((_ARP_LENGTH, *probe, "accept"))
            statements.append((f"ip saddr {address}", router))
        else:
            statements += _discovery_rules(address)
            statements.append((f"ip6 saddr {address}", router))
    own = link_local_of(guard.mac)
    statements += _discovery_rules(own)
    statements.append((f"ip6 saddr {own}", f"jump {_LISTENERS}"))
    statements.append(("counter", "drop"))
    return [NftRule(each, comment) for each in statements]


def _discovery_rules(address: str) -> list[tuple[str, ...]]:
    """What neighbour discovery needs of a member that has this address, and not of another."""
    solicit, advert = (f"icmpv6 type {name}" for name in _ND)
    genuine = ("ip6 hoplimit 255", "ip6 length 24-48")
    target = f"{ND_TARGET} {int(ipaddress.IPv6Address(address)):#x}"
    return [
        (solicit, f"ip6 saddr {address}", *genuine, "accept"),
        (solicit, "ip6 saddr ::", *genuine, target, "accept"),
        (advert, *genuine, target, "accept"),
    ]
