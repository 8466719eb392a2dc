# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The flows that must work on a host: neighbours of one network, and the way out. Pure.

What isolated ports and VLANs keep apart may be intended. It is doubtful, unless a topology is
declared that does not keep it apart.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from ..._model.addresses import address_of, network_of
from ..._model.bridge_vlans import PortVlans
from ..._model.changes import links_in
from ..._model.fast_typing import NamedTuple
from ..._model.host_access import ESTABLISHED, ICMP, HostAccess
from ..._model.link_options import MacvlanOptions
from ..._model.link_types import EXCLUSIVE_TYPES
from ..._model.nat import Masquerade
from ..._model.routes import MAIN_TABLE
from ..facts.refusals import Refusals

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ..._model.links import Link, LinkRef
    from ..._model.policy_verdicts import Refusal
    from ..facts.host_facts import HostFacts
    from ..facts.segments import Segments

MAX_FLOWS = 500
_ALL_PAIRS = 8
"""Up to so many hosts on a segment each pair is tested; of more, each with the next, and with the
host."""
_DEFAULT_ROUTES = ("0.0.0.0/0", "::/0")


class ExpectedFlow(NamedTuple):
    """Packets from an address of a namespace to one that must answer.

    ``link`` and ``to_link`` have these addresses; the latter is empty if that is not known.
    ``interface`` is the device that they have to take, or None. ``controlled``: the destination is
    beyond the host, and only proves something if it answers the host. ``doubtful``: they may be
    kept apart on purpose.
    """

    netns: str | None
    source: str
    destination: str
    to_netns: str | None
    link: str
    to_link: str
    interface: str | None = None
    controlled: bool = False
    doubtful: bool = False


def list_expected_flows(facts: HostFacts) -> list[ExpectedFlow]:
    """The flows to test, at most ``MAX_FLOWS``."""
    found: dict[ExpectedFlow, None] = {}
    refusals = Refusals(facts)
    for flow in chain(_neighbour_flows(facts), _uplink_flows(facts)):
        if refusals.find(flow.source, flow.destination):
            continue
        found[flow] = None
        if len(found) == MAX_FLOWS:
            break
    return list(found)


def list_refused_flows(facts: HostFacts) -> Iterator[tuple[ExpectedFlow, Refusal]]:
    """The flows between neighbours that policies refuse, each with the policies."""
    refusals = Refusals(facts)
    for flow in _neighbour_flows(facts) if refusals.has_policies else ():
        refusal = refusals.find(flow.source, flow.destination)
        if refusal is not None:
            yield flow, refusal


def _neighbour_flows(facts: HostFacts) -> Iterator[ExpectedFlow]:
    declared, all_limits = _list_declared(facts), _host_limits(facts)
    for links in facts.segments.all_with_namespaces():
        ends = [link for link in links if link.addresses and not link.bridge]
        hosts = [link for link in ends if link.netns is None][:1]
        names = {link.name for link in links if link.netns is None}
        limits = [limit for limit in all_limits if limit.interface in names]
        for number, link in enumerate(ends):
            others = ends
            if len(ends) > _ALL_PAIRS:
                others = [ends[(number + 1) % len(ends)], *hosts]
            for other in others:
                if (
                    other.netns != link.netns
                    and not _never_meet(link, other)
                    and _host_accepts(limits, link, other)
                ):
                    doubtful = _may_be_separated(facts, declared, link, other)
                    yield from _between(facts, link, other, doubtful)


def _between(facts: HostFacts, link: Link, other: Link, doubtful: bool) -> Iterator[ExpectedFlow]:
    """The flows from one link to the addresses of another that are on one of its networks."""
    for text in link.addresses or ():
        network = network_of(text)
        for target in other.addresses or ():
            address = address_of(target.split("/")[0])
            if address.version == network.version and address in network:
                source = text.split("/")[0]
                if source != str(address):
                    interface = link.name if link.vrf else None
                    yield ExpectedFlow(
                        link.netns,
                        source,
                        str(address),
                        other.netns,
                        link.name,
                        other.name,
                        interface,
                        doubtful=doubtful,
                    )
                break  # one address of a network shows as much as all of them


def _host_limits(facts: HostFacts) -> list[HostAccess]:
    """What topologies may reach of the host by its links, present or declared.

    All those of a segment count for each of its addresses, as the host answers for it on every
    link.
    """
    ruleset = facts.current.rulesets.get(None)
    rules = [
        *(ruleset.resources if ruleset else ()),
        *(facts.desired.present if facts.desired else ()),
    ]
    return [rule for rule in rules if isinstance(rule, HostAccess)]


def _host_accepts(limits: Iterable[HostAccess], link: Link, other: Link) -> bool:
    """Whether the host may receive the echo requests of a namespace, or its replies."""
    if None not in (link.netns, other.netns):
        return True
    needed = ICMP if other.netns is None else ESTABLISHED
    return all(needed in limit.allowed for limit in limits)


def _never_meet(link: Link, other: Link) -> bool:
    """Whether the type of two links of a segment keeps them apart."""
    if link.ref == other.parent or other.ref == link.parent:
        return True  # a macvlan does not reach its parent
    if link.kind not in EXCLUSIVE_TYPES or other.kind not in EXCLUSIVE_TYPES:
        return False
    return not all(
        isinstance(end.options, MacvlanOptions) and end.options.mode == "bridge"
        for end in (link, other)
    )


class _Declared(NamedTuple):
    """The links that are declared, and whether VLANs of ports are."""

    links: dict[LinkRef, Link]
    has_vlans: bool


def _list_declared(facts: HostFacts) -> _Declared:
    present = facts.desired.present if facts.desired else ()
    return _Declared(
        {end.ref: end for end in links_in(present)},
        any(isinstance(entry, PortVlans) for entry in present),
    )


def _may_be_separated(facts: HostFacts, declared: _Declared, link: Link, other: Link) -> bool:
    """Whether isolated ports or VLANs keep two links apart, and no declaration says otherwise."""
    ports = [_port_of(facts, end) for end in (link, other)]
    isolated = [
        bool(declared.links.get(port.ref, port).isolated) for port in ports if port is not None
    ]
    if len(isolated) == len(ports) and all(isolated):
        return True
    if link.ref in declared.links and not declared.has_vlans:
        return False
    return _have_other_vlans(facts, [end for end in ports if end is not None], (link, other))


def _port_of(facts: HostFacts, link: Link) -> Link | None:
    """The bridge port by which a link is on its segment; None of a bridge itself."""
    peer = facts.find_peer(link)
    return peer if peer is not None and peer.bridge else None


def _have_other_vlans(facts: HostFacts, ports: list[Link], ends: tuple[Link, Link]) -> bool:
    """Whether a bridge that filters VLANs keeps two links apart."""
    bridges = [end.ref for end in ends if end.kind == "bridge"]
    refs = [*(port.ref for port in ports), *bridges]
    vlans = [facts.current.vlans.get(ref) for ref in refs]
    if not any(vlans):
        return False
    return len({entry.vlan for entry in vlans if entry is not None}) > 1


def _uplink_flows(facts: HostFacts) -> Iterator[ExpectedFlow]:
    """From namespaces with a default route by a host that masquerades, to the host's gateway."""
    gateways = {
        hop.gateway: hop.device
        for hop in facts.gateway_hops_of(None)
        if hop.route.destination in _DEFAULT_ROUTES
    }
    ruleset = facts.current.rulesets.get(None)
    masquerades = [
        rule for rule in (ruleset.resources if ruleset else ()) if isinstance(rule, Masquerade)
    ]
    for netns, routes in facts.current.routes.items():
        for route in routes:
            link = facts.current.links.get((netns, route.device or ""))
            if (
                netns is None
                or link is None
                or route.table != MAIN_TABLE
                or route.destination not in _DEFAULT_ROUTES
                or not _leads_to_host(facts.segments, link)
            ):
                continue
            for text in link.addresses or ():
                source = address_of(text.split("/")[0])
                for gateway, device in gateways.items():
                    version = address_of(gateway).version
                    if {source.version, address_of(route.destination[:-2]).version} == {
                        version
                    } and any(_covers(rule, str(source), device) for rule in masquerades):
                        yield ExpectedFlow(
                            netns, str(source), gateway, None, link.name, "", controlled=True
                        )


def _leads_to_host(segments: Segments, link: Link) -> bool:
    """Whether the host has an address on the segment of a link."""
    return any(end.netns is None and end.addresses for end in segments.links_with(link.ref))


def _covers(rule: Masquerade, source: str, device: str) -> bool:
    address = address_of(source)
    network = network_of(rule.source)
    is_covered = address.version == network.version and address in network
    return is_covered and rule.out_interface in (None, device)
