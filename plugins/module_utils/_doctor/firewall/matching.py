# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Compares the conditions of a rule with a flow. Pure."""

from __future__ import annotations

import ipaddress
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from ..._model.addresses import Network, intersect_networks, is_part
from ..._model.fast_typing import NamedTuple
from .rules import ARP, Match

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Networks = tuple[Network, ...]

_FAMILIES = {"ip": 4, "ipv4": 4, "ip6": 6, "ipv6": 6, "arp": ARP}
_TRANSPORT_PROTOCOLS = frozenset(
    ("tcp", "udp", "sctp", "dccp", "udplite", "6", "17", "132", "33", "136")
)


class Endpoint(NamedTuple):
    """One side of a flow: the links that it uses, and its networks.

    ``link`` is the link that leads there; ``names`` are the links that a filter may see, such as
    the ports of a bridge. If the endpoint is not ``known``, it is any host that is not behind
    ``link``: ``names`` are then the links of the default routes, and ``networks`` those of the
    other side, in which it is not.
    """

    link: str
    names: frozenset[str]
    networks: Networks
    known: bool = True


class Flow(NamedTuple):
    """Packets that a host should let pass.

    ``check`` and ``description`` go into the finding about what drops them. ``states`` are their
    conntrack states. ``max_severity`` is the severity if a rule for this flow alone drops them.

    ``in_netns``: they begin or end in a namespace, whose rules concern nothing else.
    ``explicit_only``: only rules for this flow alone count, general ones are a host's own firewall.
    """

    check: str
    description: str
    family: int
    states: frozenset[str]
    source: Endpoint
    destination: Endpoint
    max_severity: str
    in_netns: bool = False
    explicit_only: bool = False


class Relation(NamedTuple):
    """How the conditions of a rule relate to a flow.

    ``covers_all``: all packets of the flow meet them, not only a part. ``certain``: that can be
    told. ``explicit``: the rule names a link or network of the flow. ``other_traffic``: the rule
    is for other traffic, of which the flow may have a part. ``marginal``: the rule is for packets
    that hardly matter, such as ICMP.
    """

    covers_all: bool = True
    certain: bool = True
    explicit: bool = False
    other_traffic: bool = False
    marginal: bool = False

    def combine(self, other: Relation) -> Relation:
        """The relation of a rule that has the conditions of both."""
        return Relation(
            self.covers_all and other.covers_all,
            self.certain and other.certain,
            self.explicit or other.explicit,
            self.other_traffic or other.other_traffic,
            self.marginal or other.marginal,
        )

    @property
    def certainly_covers_all(self) -> bool:
        return self.covers_all and self.certain and not self.other_traffic

    @property
    def matters(self) -> bool:
        """Whether the rule may concern an important part of the flow."""
        return self.explicit or not (self.other_traffic or self.marginal)


ALL = Relation()
EXPLICIT = Relation(explicit=True)
PART = Relation(covers_all=False)
UNCERTAIN = Relation(certain=False)
OTHER_TRAFFIC = Relation(other_traffic=True)
MARGINAL = Relation(certain=False, marginal=True)
_EXPLICIT_PART = Relation(covers_all=False, explicit=True)


def _matches_name(patterns: Sequence[str], name: str) -> bool:
    """Whether a link has one of the names; + (iptables) or * (nft) at the end is a wildcard."""
    return any(
        name == pattern or (pattern[-1:] in ("+", "*") and name.startswith(pattern[:-1]))
        for pattern in patterns
    )


@lru_cache(maxsize=4096)
def _parse_networks(text: str) -> Networks:
    """The networks of an address, a network, or a range FIRST-LAST.

    :raises ValueError: it is a name.
    """
    first, dash, last = text.partition("-")
    if dash:
        # Any: ipaddress has overloads for two of one version, which is only known at run time.
        begin: Any = ipaddress.ip_address(first)
        end: Any = ipaddress.ip_address(last)
        return tuple(ipaddress.summarize_address_range(begin, end))
    return (ipaddress.ip_network(text, strict=False),)


def _networks_of(values: Iterable[str], family: int) -> list[Network] | None:
    """The networks of a condition; None if a value is a name that is not resolved here."""
    try:
        return [
            network
            for text in values
            for network in _parse_networks(text)
            if network.version == family
        ]
    except ValueError:
        return None


def _is_within(network: Network, others: Sequence[Network]) -> bool:
    return any(is_part(network, other) for other in others)


def _relate_matching_links(
    matching: frozenset[str], match: Match, endpoint: Endpoint
) -> Relation | None:
    """The relation if the condition is met by packets of these links of a known endpoint."""
    if not matching:
        return None
    all_ports = matching >= endpoint.names - {endpoint.link}
    covers_all = endpoint.link in matching or all_ports
    if match.negated:
        return ALL if covers_all and matching == endpoint.names else PART
    return EXPLICIT if covers_all else _EXPLICIT_PART


def _relate_link(match: Match, endpoint: Endpoint) -> Relation | None:
    matching = frozenset(
        name for name in endpoint.names if _matches_name(match.values, name) is not match.negated
    )
    if endpoint.known:
        if endpoint.names:
            return _relate_matching_links(matching, match, endpoint)
        return ALL if match.negated else None
    if matching:
        return ALL if matching == endpoint.names else UNCERTAIN
    if match.negated:
        return None if endpoint.names else ALL
    return None if _matches_name(match.values, endpoint.link) else OTHER_TRAFFIC


def _relate_unknown_address(
    match: Match, endpoint: Endpoint, networks: Sequence[Network]
) -> Relation | None:
    everywhere = any(network.prefixlen == 0 for network in networks)
    if match.negated:
        return None if everywhere else ALL
    if everywhere:
        return ALL
    only_known = all(_is_within(network, endpoint.networks) for network in networks)
    return None if only_known else OTHER_TRAFFIC


def _relate_address(match: Match, endpoint: Endpoint, family: int) -> Relation | None:
    networks = _networks_of(match.values, family)
    if family == ARP or networks is None:
        return UNCERTAIN
    if not endpoint.known:
        return _relate_unknown_address(match, endpoint, networks)
    if not endpoint.networks:
        return UNCERTAIN if networks else None
    covers_all = all(_is_within(network, networks) for network in endpoint.networks)
    overlaps = any(intersect_networks(endpoint.networks, networks))
    if match.negated:
        if covers_all:
            return None
        return PART if overlaps else ALL
    if covers_all:
        return ALL if any(network.prefixlen == 0 for network in networks) else EXPLICIT
    return _EXPLICIT_PART if overlaps else None


def _relate_protocol(match: Match) -> Relation:
    """A rule that accepts everything but TCP and UDP leaves a lab without connections."""
    if _TRANSPORT_PROTOCOLS.intersection(match.values):
        return UNCERTAIN
    return ALL if match.negated else MARGINAL


def _relate_match(match: Match, flow: Flow) -> Relation | None:
    """The relation of one condition; None if no packet of the flow meets it."""
    if match.field == "input_link":
        return _relate_link(match, flow.source)
    if match.field == "output_link":
        return _relate_link(match, flow.destination)
    if match.field == "source":
        return _relate_address(match, flow.source, flow.family)
    if match.field == "destination":
        return _relate_address(match, flow.destination, flow.family)
    if match.field == "protocol":
        return _relate_protocol(match) if flow.family != ARP else None
    if match.field == "state":
        return ALL if flow.states.isdisjoint(match.values) is match.negated else None
    if match.field == "family":
        is_family = flow.family in map(_FAMILIES.get, match.values)
        return ALL if is_family is not match.negated else None
    return UNCERTAIN


def relate(matches: Iterable[Match], flow: Flow, reached: Relation = ALL) -> Relation | None:
    """How a rule relates to a flow; None if no packet of the flow meets its conditions.

    :param reached: how the chain of the rule relates to the flow.
    """
    for match in matches:
        relation = _relate_match(match, flow)
        if relation is None:
            return None
        reached = reached.combine(relation)
    return reached


def _narrow_endpoint(
    endpoint: Endpoint, links: Sequence[Match], addresses: Sequence[Match], family: int
) -> Endpoint:
    if not endpoint.known:
        return endpoint
    names, networks = endpoint.names, endpoint.networks
    for match in links:
        names = frozenset(name for name in names if _matches_name(match.values, name))
    for match in addresses:
        common = [*intersect_networks(networks, _networks_of(match.values, family) or ())]
        networks = tuple(common) or networks
    return endpoint._replace(names=names, networks=networks)


def narrow(flow: Flow, matches: Sequence[Match]) -> Flow:
    """The part of a flow that meets conditions on links and addresses."""
    by_field = {
        field: [match for match in matches if match.field == field and not match.negated]
        for field in ("input_link", "output_link", "source", "destination")
    }
    source = _narrow_endpoint(flow.source, by_field["input_link"], by_field["source"], flow.family)
    destination = _narrow_endpoint(
        flow.destination, by_field["output_link"], by_field["destination"], flow.family
    )
    return flow._replace(source=source, destination=destination)
