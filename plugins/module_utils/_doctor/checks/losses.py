# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Packets that are lost although no other check finds a reason.

A finding names the last place where they were seen and the first where they were not, and what the
kernel says about it.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ..._describe.places import describe_location, describe_netns
from ..._model.addresses import family_of
from ..._model.routes import MAIN_TABLE
from ..commands import netns_exec
from ..findings import (
    ERROR,
    WARNING,
    Finding,
    Location,
    filter_location,
    format_ref,
    netns_location,
    ruleset_location,
    traffic_location,
)
from ..trace.alterations import find_alterations
from ..trace.cause import INTENDED, Cause
from ..trace.causes import (
    find_counted,
    find_filter_rules,
    find_foreign_source,
    find_sender_settings,
    find_sysctls,
    find_wrong_mac,
)
from ..trace.detours import show_lookup
from ..trace.link_causes import find_link_filters, find_port_settings, find_small_mtus
from ..trace.route_causes import find_routes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..facts.host_facts import HostFacts
    from ..trace.traces import Stage, Trace

_SEARCHES = (
    find_alterations,
    find_foreign_source,
    find_routes,
    find_wrong_mac,
    find_link_filters,
    find_port_settings,
    find_small_mtus,
    find_sysctls,
    find_sender_settings,
    find_counted,
    find_filter_rules,
)
"""What may explain a loss, the most certain first."""
_DROPPED = ("packets_filtered", "packets_lost", "rp_filter")
"""Checks that may only see what a rule of this collection or of others does."""
_KINDS = {
    "request": "the packets",
    "reply": "the replies",
    "who-has": "the requests for the MAC address of {}",
    "is-at": "the replies with the MAC address of {}",
}


def check_losses(facts: HostFacts) -> Iterator[Finding]:
    """Flows that must work, and of which every packet is lost."""
    for trace in facts.traces:
        if _is_silent_gateway(facts, trace):
            continue  # a finding of check_gateways
        causes = [cause for search in _SEARCHES for cause in search(facts, trace)]
        if causes and causes[0].check == INTENDED:
            continue
        if causes or not _has_dead_table(facts, trace):
            yield _compose_finding(facts, trace, causes[0] if causes else _unexplained(trace))


def _is_silent_gateway(facts: HostFacts, trace: Trace) -> bool:
    """Whether the next hop is a gateway that no link here has, and that does not answer."""
    crossing = trace.crossing
    if crossing.arrival is not None:
        return False
    gateway = (crossing.lookup.netns, crossing.next_hop, crossing.hop.device or "")
    return gateway in facts.silent_gateways


def _has_dead_table(facts: HostFacts, trace: Trace) -> bool:
    """Whether a rule leads to a silent gateway in a namespace that the packet passed.

    Packet filters look up the way back there too, as against forged sources.
    """
    places = {step.netns for crossing in (*trace.way, *trace.way_back) for step in crossing.steps}
    return any(
        hop.netns in places
        and hop.route.table != MAIN_TABLE
        and (hop.netns, hop.gateway, hop.device) in facts.silent_gateways
        for hop in facts.gateway_hops()
    )


def _unexplained(trace: Trace) -> Cause:
    flow = trace.flow
    lookups = [show_lookup(crossing.lookup) for crossing in (*trace.way, *trace.way_back)]
    place = trace.last.step if trace.last is not None else None
    where = netns_exec(flow.netns if place is None else place.netns)
    device = "any" if place is None else place.link
    return Cause(
        "packets_lost",
        WARNING if flow.doubtful else ERROR,
        _describe_gap(trace),
        "no check knows why",
        "; ".join(dict.fromkeys(lookups)),
        f"look there while packets are sent: {where}tcpdump -eni {device} icmp or icmp6 or arp; "
        f"{where}nft monitor trace",
    )


def _compose_finding(facts: HostFacts, trace: Trace, cause: Cause) -> Finding:
    flow = trace.flow
    receiver = describe_netns(flow.to_netns)
    target = flow.destination if flow.controlled else f"{receiver} ({flow.destination})"
    command = f"{netns_exec(flow.netns)}ping -c1 -W1 {flow.destination}: no reply"
    return Finding(
        cause.check,
        cause.severity,
        cause.subject,
        f"{describe_netns(flow.netns)} does not reach {target}: {describe_place(trace)}; "
        f"{cause.reason}",
        f"{command}; {cause.evidence}{_describe_errors(trace)}",
        cause.remedy,
        affects=_affected(trace) if cause.severity == ERROR else frozenset(),
        depends_on=_possible_causes(facts, trace) | _filters(trace, cause),
    )


def _filters(trace: Trace, cause: Cause) -> frozenset[Location]:
    """The packet filters that the packet passed, if the reason is only that it was dropped."""
    if cause.check not in _DROPPED:
        return frozenset()
    crossings = (*trace.way, *trace.way_back)
    places = {step.netns for crossing in crossings for step in crossing.steps}
    places |= {trace.flow.netns}
    return frozenset(
        location
        for netns in places
        for location in (filter_location(netns), ruleset_location(netns))
    )


def _affected(trace: Trace) -> frozenset[Location]:
    """The two ends, each as the address that the other does not reach, and the links between."""
    flow, family = trace.flow, family_of(trace.flow.destination)
    ends = {(flow.netns, flow.destination), (flow.to_netns, flow.source)}
    stages = [stage for stage in (trace.last, trace.missing) if stage is not None]
    return frozenset(ends | {traffic_location(stage.step.ref, family) for stage in stages})


def describe_place(trace: Trace) -> str:
    """The last place where the packet was seen, and the first where it was not."""
    if trace.last is None:
        reason = f" ({os.strerror(trace.send_error)})" if trace.send_error else ""
        return f"{describe_netns(trace.flow.netns)} sends no packet{reason}"
    seen = f"{_name(trace.last)} were last seen {_describe_stage(trace.last)}"
    if trace.missing is None:
        return f"{seen}, and no reply"
    if trace.missing.kind != trace.last.kind or trace.missing.key != trace.last.key:
        return f"{seen}, and {_name(trace.missing)} not {_describe_stage(trace.missing)}"
    return f"{seen}, and not {_describe_stage(trace.missing)}"


def _describe_gap(trace: Trace) -> str:
    """The two links between which a packet was lost, as the subject of a finding."""
    stages = [stage for stage in (trace.last, trace.missing) if stage is not None]
    if not stages:
        return f"{trace.flow.netns or 'host'} to {trace.flow.destination}"
    return " to ".join(dict.fromkeys(sorted(format_ref(stage.step.ref) for stage in stages)))


def _name(stage: Stage) -> str:
    return _KINDS[stage.kind].format(stage.key)


def _describe_stage(stage: Stage) -> str:
    verb = "leaving by" if stage.step.direction == "out" else "arriving at"
    return f"{verb} {stage.step.link} {describe_location(stage.step.netns)}"


def _describe_errors(trace: Trace) -> str:
    return f"; ICMP error from {', '.join(trace.errors[:2])}" if trace.errors else ""


def _possible_causes(facts: HostFacts, trace: Trace) -> frozenset[Location]:
    """The locations of which another finding explains the loss."""
    flow, family = trace.flow, family_of(trace.flow.destination)
    crossings = (*trace.way, *trace.way_back)
    refs = {step.ref for crossing in crossings for step in crossing.steps}
    refs |= {(crossing.lookup.netns, crossing.hop.device or "") for crossing in crossings}
    refs |= {(flow.netns, flow.link), (flow.to_netns, flow.to_link)}
    for ref in list(refs):
        link = facts.current.links.get(ref)
        if link is not None and link.bridge:
            refs.add((link.netns, link.bridge))
        if link is not None and link.peer:
            refs.add(link.peer)
    namespaces = {netns for netns, _name in refs} | {flow.netns, flow.to_netns}
    # With br_netfilter, packet filters look up routes for packets that a bridge passes on.
    ends = {(netns, end) for netns in namespaces for end in (flow.source, flow.destination)}
    locations: set[Location] = refs | ends
    locations |= {(crossing.lookup.netns, crossing.next_hop) for crossing in crossings}
    locations |= {netns_location(netns) for netns in namespaces if netns is not None}
    locations |= {traffic_location(location, family) for location in list(locations)}
    locations |= {traffic_location(netns_location(netns), family) for netns in namespaces}
    if flow.controlled:
        locations.add(ruleset_location(None))
    return frozenset(locations)
