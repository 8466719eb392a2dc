# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether traffic is within the limits of a rule. Pure."""

from __future__ import annotations

import ipaddress
from functools import lru_cache
from typing import Any, FrozenSet, Iterable, List, NamedTuple, Optional, Sequence, Tuple, cast

from ..._model.addresses import Network
from .rules import ARP, Match

Networks = Tuple[Network, ...]

_FAMILIES = {"ip": 4, "ipv4": 4, "ip6": 6, "ipv6": 6, "arp": ARP}
_CONNECTIONS = frozenset(("tcp", "udp", "sctp", "dccp", "udplite", "6", "17", "132", "33", "136"))


class Side(NamedTuple):
    """Where traffic comes from or goes to: by these links, from or to these networks, which are ``way``'s if that is a link's name.

    Not ``known``: anywhere but there. Then the links are those of the default routes, and the networks those that it is not.
    """

    way: str
    names: FrozenSet[str]
    networks: Networks
    known: bool = True


class Flow(NamedTuple):
    """Traffic that somebody wants to pass. ``states``: what conntrack says of it. ``most``: how bad it is if it does not, by a rule for it alone.

    ``inside``: it begins or ends in a namespace, whose rules are for nothing else. ``spoken``: only rules for it alone count.
    """

    check: str
    what: str
    family: int
    states: FrozenSet[str]
    source: Side
    to: Side
    most: str
    inside: bool = False
    spoken: bool = False


class Relation(NamedTuple):
    """What a rule has to do with traffic: whether the ``whole`` of it is within the limits, and that is ``sure``.

    And whether it is ``named`` there, or the rule is for something ``aside``, or for the ``least`` of it.
    """

    whole: bool = True
    sure: bool = True
    named: bool = False
    aside: bool = False
    least: bool = False

    def also(self, other: Relation) -> Relation:
        """Of a rule with the limits of both."""
        return Relation(
            self.whole and other.whole,
            self.sure and other.sure,
            self.named or other.named,
            self.aside or other.aside,
            self.least or other.least,
        )

    @property
    def everything(self) -> bool:
        return self.whole and self.sure and not self.aside

    @property
    def counts(self) -> bool:
        """Whether it may be about what matters of this traffic."""
        return self.named or not (self.aside or self.least)


WHOLE, NAMED, PART, UNTOLD, ASIDE = (
    Relation(),
    Relation(named=True),
    Relation(whole=False),
    Relation(sure=False),
    Relation(aside=True),
)
LEAST = Relation(sure=False, least=True)
_NAMED_PART = Relation(whole=False, named=True)


def _meets(patterns: Sequence[str], name: str) -> bool:
    """A + or * at the end stands for the rest."""
    return any(
        name == text or (text[-1:] in ("+", "*") and name.startswith(text[:-1]))
        for text in patterns
    )


@lru_cache(maxsize=4096)
def _networks_of(text: str) -> Networks:
    first, dash, last = text.partition("-")
    if dash:
        return tuple(
            ipaddress.summarize_address_range(
                cast(Any, ipaddress.ip_address(first)), cast(Any, ipaddress.ip_address(last))
            )
        )
    return (ipaddress.ip_network(text, strict=False),)


def _given(values: Iterable[str], family: int) -> Optional[List[Network]]:
    """None where one is a name that nobody here can look up."""
    try:
        return [
            network
            for text in values
            for network in _networks_of(text)
            if network.version == family
        ]
    except ValueError:
        return None


def _within(one: Network, given: Sequence[Network]) -> bool:
    return any(one.subnet_of(cast(Any, other)) for other in given)


def _touched(networks: Networks, given: Sequence[Network]) -> List[Network]:
    """What is in both."""
    return [
        min(one, other, key=lambda network: network.num_addresses)
        for one in networks
        for other in given
        if one.overlaps(cast(Any, other))
    ]


def _part_of(hit: FrozenSet[str], match: Match, side: Side) -> Optional[Relation]:
    if not hit:
        return None
    whole = side.way in hit or hit >= side.names - {side.way}
    if match.negated:
        return WHOLE if whole and hit == side.names else PART
    return NAMED if whole else _NAMED_PART


def _by_link(match: Match, side: Side) -> Optional[Relation]:
    hit = frozenset(name for name in side.names if _meets(match.values, name) is not match.negated)
    if side.known:
        return _part_of(hit, match, side) if side.names else WHOLE if match.negated else None
    if hit:
        return WHOLE if hit == side.names else UNTOLD
    if match.negated:
        return None if side.names else WHOLE
    return None if _meets(match.values, side.way) else ASIDE


def _from_anywhere(match: Match, side: Side, given: Sequence[Network]) -> Optional[Relation]:
    everywhere = any(network.prefixlen == 0 for network in given)
    if match.negated or everywhere:
        return None if match.negated and everywhere else WHOLE
    return None if not given or all(_within(network, side.networks) for network in given) else ASIDE


def _by_address(match: Match, side: Side, family: int) -> Optional[Relation]:
    given = _given(match.values, family)
    if family == ARP or given is None:
        return UNTOLD
    if not side.known:
        return _from_anywhere(match, side, given)
    if not side.networks:
        return UNTOLD if given else None
    whole = all(_within(network, given) for network in side.networks)
    if match.negated:
        return None if whole else PART if _touched(side.networks, given) else WHOLE
    if whole:
        return WHOLE if any(network.prefixlen == 0 for network in given) else NAMED
    return _NAMED_PART if _touched(side.networks, given) else None


def _by_protocol(match: Match) -> Relation:
    """Connections are what a lab is for: who lets everybody's pings through, and nothing else, does not let it live."""
    if _CONNECTIONS.intersection(match.values):
        return UNTOLD
    return WHOLE if match.negated else LEAST


def _relate_one(match: Match, flow: Flow) -> Optional[Relation]:
    if match.of in ("came_by", "leaves_by"):
        return _by_link(match, flow.source if match.of == "came_by" else flow.to)
    if match.of in ("source", "to"):
        return _by_address(match, flow.source if match.of == "source" else flow.to, flow.family)
    if match.of == "protocol":
        return _by_protocol(match) if flow.family != ARP else None
    if match.of == "state":
        return WHOLE if flow.states.isdisjoint(match.values) is match.negated else None
    if match.of == "family":
        return (
            WHOLE
            if (flow.family in map(_FAMILIES.get, match.values)) is not match.negated
            else None
        )
    return UNTOLD


def relate(matches: Iterable[Match], flow: Flow, known: Relation = WHOLE) -> Optional[Relation]:
    """What a rule with these limits has to do with traffic of which that much came to it; None: nothing."""
    for match in matches:
        one = _relate_one(match, flow)
        if one is None:
            return None
        known = known.also(one)
    return known


def _narrow_side(
    side: Side, links: Sequence[Match], addresses: Sequence[Match], family: int
) -> Side:
    names, networks = side.names, side.networks
    for match in links:
        names = frozenset(name for name in names if _meets(match.values, name))
    for match in addresses:
        networks = tuple(_touched(networks, _given(match.values, family) or ())) or networks
    return side._replace(names=names, networks=networks) if side.known else side


def narrow(flow: Flow, matches: Sequence[Match]) -> Flow:
    """What of the traffic is within these limits, as far as they name it."""
    by = {
        of: [match for match in matches if match.of == of and not match.negated]
        for of in ("came_by", "leaves_by", "source", "to")
    }
    source = _narrow_side(flow.source, by["came_by"], by["source"], flow.family)
    return flow._replace(
        source=source, to=_narrow_side(flow.to, by["leaves_by"], by["to"], flow.family)
    )
