# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rules of our iptables chains that limit what reaches the host itself. Pure.

Their chains are called from INPUT, which every packet passes that the host keeps, whichever of its
addresses it is for. A RETURN leaves it to the rules of others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._model.addresses import family_of
from ..._model.host_access import ESTABLISHED, ICMP, HostAccess, split_service
from ..comments import write_owner_mark
from ..icmp_types import ECHO_REQUEST, ICMP_ERRORS, ND_TYPES
from .matches import match_ports, match_source
from .rule import IptablesRule, make_rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..._model.nat import Isolation

ROUTED = "routed"
"""Ends the comments of sources that are behind an interface and not of its own networks."""
_ICMP = {4: ("-p icmp", "--icmp-type"), 6: ("-p ipv6-icmp", "--icmpv6-type")}
_WITHOUT_ADDRESS = {4: ("0.0.0.0/32",), 6: ("::/128", "fe80::/10")}
"""Sources that need no route: of a host that asks for its address, and of the link itself."""


def _icmp(family: int, number: int) -> tuple[str, str]:
    protocol, option = _ICMP[family]
    return protocol, f"{option} {number}"


def forged_source_rules(isolation: Isolation, family: int) -> Iterator[IptablesRule]:
    """Drop packets of an isolated interface whose source the host does not reach by it.

    A router on the way reports an error with an address that the host need not know, and the kernel
    takes the report only if it quotes a packet of a connection.
    """
    interface = f"-i {isolation.interface}"
    mark = write_owner_mark(isolation)
    yield make_rule(interface, "--src-type LOCAL", "-j DROP", comment=mark)
    for networks, comment in ((isolation.networks, mark), (isolation.routed, f"{mark} {ROUTED}")):
        for network in networks:
            if family_of(network) == family:
                yield make_rule(interface, match_source(network), "-j RETURN", comment=comment)
    for source in _WITHOUT_ADDRESS[family]:
        yield make_rule(interface, f"-s {source}", "-j RETURN", comment=mark)
    for number in ICMP_ERRORS[family].values():
        yield make_rule(interface, *_icmp(family, number), "-j RETURN", comment=mark)
    yield make_rule(interface, "-j DROP", comment=mark)


def host_access_rules(access: HostAccess, family: int) -> Iterator[IptablesRule]:
    """Let pass what an interface may reach of the host, and drop the rest."""
    interface = f"-i {access.interface}"
    allowed: list[tuple[str, ...]] = []
    if family == 6:
        # Without neighbour discovery no address of the host is reached, not even by replies. Router
        # advertisements and redirects are not needed: they tell the host what to do.
        allowed += [_icmp(6, number) for number in ND_TYPES.values()]
    for word in access.allowed:
        allowed += _matches(word, family)
    for options in allowed:
        yield make_rule(interface, *options, "-j RETURN", comment=write_owner_mark(access))
    yield make_rule(interface, "-j DROP", comment=write_owner_mark(access))


def _matches(word: str, family: int) -> list[tuple[str, ...]]:
    """Return the matches of what a word allows, each for a rule of its own."""
    if word == ESTABLISHED:
        # Packets of a connection that the other side began are not replies, even if the connection
        # was there before the rules.
        return [("--ctstate ESTABLISHED", "--ctdir REPLY"), ("--ctstate RELATED",)]
    if word == ICMP:
        return [_icmp(family, ECHO_REQUEST[family])]
    protocol, first, last = split_service(word)
    return [(f"-p {protocol}", match_ports(first, last))]
