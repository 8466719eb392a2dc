# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Packets that a rule changed on their way, and that were lost then. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._describe.places import describe_location
from ..._model.addresses import family_of, network_of
from ..commands import netns_exec
from ..findings import ERROR, WARNING, format_ref
from ..firewall.matching import Endpoint, Flow, relate
from .cause import Cause

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..facts.host_facts import HostFacts
    from ..firewall.alterations import Alteration
    from .traces import Trace
    from .way import Crossing

_ECHO = {4: {"icmp", "1"}, 6: {"ipv6-icmp", "icmpv6", "58"}}


def find_alterations(facts: HostFacts, trace: Trace) -> Iterator[Cause]:
    """Rules of the namespaces on the way that certainly change the packets or their replies."""
    flow = trace.flow
    pairs = ((trace.way, flow.source, flow.destination), (trace.way_back, flow.destination, ""))
    for way, source, destination in pairs:
        for crossing in way:
            filters = facts.packet_filters.get(crossing.lookup.netns)
            for alteration in filters.alterations if filters is not None else ():
                target = destination or crossing.lookup.destination
                if _applies(facts, alteration, crossing, source, target):
                    yield from _explain(facts, trace, crossing.lookup.netns, alteration)


def _applies(
    facts: HostFacts, alteration: Alteration, crossing: Crossing, source: str, destination: str
) -> bool:
    """Whether a rule changes every echo that takes this hop."""
    family, lookup = family_of(destination), crossing.lookup
    if family not in alteration.families or (alteration.hook == "output") != (not lookup.arrival):
        return False
    arrival, device = lookup.arrival or "", crossing.hop.device or ""
    matches = alteration.matches
    ports = {link.name for link in facts.links_of(lookup.netns) if link.bridge == arrival}
    if any(
        match.field == "protocol" and bool(_ECHO[family] & set(match.values)) is match.negated
        for match in matches
    ):
        return False
    packets = Flow(
        "",
        "",
        family,
        frozenset({"new"}),
        Endpoint(arrival, frozenset({arrival, *(ports if arrival else ())}), (network_of(source),)),
        Endpoint(device, frozenset({device}), (network_of(destination),)),
        ERROR,
    )
    relation = relate((match for match in matches if match.field != "protocol"), packets)
    return relation is not None and relation.certainly_covers_all


def _explain(
    facts: HostFacts, trace: Trace, netns: str | None, alteration: Alteration
) -> Iterator[Cause]:
    effect = alteration.effect
    if alteration.mark is not None:
        family = family_of(trace.flow.destination)
        selected = [
            rule
            for rule in facts.policy_rules.get(netns, ())
            if rule.family == family
            and rule.limits.mark is not None
            and not rule.limits.inverted
            and alteration.mark & rule.limits.mark[1] == rule.limits.mark[0]
        ]
        if not selected:
            return
        effect += f", by which the policy routing rule {selected[0].describe()} selects them"
    prefix = netns_exec(netns)
    yield Cause(
        "packets_altered",
        WARNING if trace.flow.doubtful else ERROR,
        format_ref((netns, alteration.chain)),
        f"the rule {alteration.rule} in {alteration.chain} {describe_location(netns)} {effect}",
        f"{prefix}{alteration.command}: {alteration.rule}",
        f"{prefix}{alteration.remedy}",
    )
