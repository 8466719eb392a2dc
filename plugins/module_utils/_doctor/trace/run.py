# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests the expected flows, and traces those that are lost. It changes nothing."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ..._model.addresses import family_of
from ..._model.errors import NetnsError
from ..._model.forwarding import forwarding_key
from ..._model.guard_rules import GUARD_MARK, POLICY_MARK
from ..._model.network_policies import SourceCheck
from ..._model.probes import Probe
from ..._netlink.routes import find_route, read_path
from ..._observe.routes import read_neighbours
from ..._probe.runner import run_probes
from .capture import Capture
from .counters import read_counters, subtract
from .echoes import MARKER_BYTES, is_answered, open_sockets, send_echoes
from .flows import ExpectedFlow, list_expected_flows
from .link_settings import read_drop_settings
from .traces import Trace, list_stages, locate
from .way import DELIVERED, Crossing, Hop, Lookup, find_way, reverse_steps

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ..._host.netns_handles import NetnsHandle, NetnsHandles
    from ..._model.nat import Ruleset
    from ..facts.host_facts import HostFacts
    from .capture import Sighting

TIMEOUT = 0.3
"""Seconds for an echo reply. Between namespaces of one machine it comes at once. If it does not,
the trace sends more, and waits longer for them."""
MAX_TRACES = 16


def trace_losses(
    facts: HostFacts, all_handles: NetnsHandles, handles: Mapping[str | None, NetnsHandle]
) -> list[Trace]:
    """The traces of expected flows that are lost."""
    flows = [flow for flow in list_expected_flows(facts) if flow.netns in handles]
    try:
        lost = _find_lost(all_handles, flows)
    except NetnsError as error:
        facts.reasons.append(str(error))
        return []
    return _Tracer(facts, handles).trace(lost[:MAX_TRACES]) if lost else []


def _find_mark(ruleset: Ruleset) -> int:
    """The mark that our packet filter rules set on what enters a namespace."""
    has_policies = any(isinstance(rule, SourceCheck) for rule in ruleset.resources)
    return POLICY_MARK if has_policies else GUARD_MARK


def _find_lost(handles: NetnsHandles, flows: Sequence[ExpectedFlow]) -> list[ExpectedFlow]:
    """The flows without an answer, each pair of namespaces and family once."""
    lost = _without_answer(handles, flows)
    controls = {flow: flow._replace(netns=None, source="") for flow in lost if flow.controlled}
    dead = set(_without_answer(handles, list(dict.fromkeys(controls.values()))))
    pairs: dict[tuple[object, ...], ExpectedFlow] = {}
    for flow in lost:
        if controls.get(flow) not in dead:
            key = (flow.netns, flow.to_netns, family_of(flow.destination), flow.controlled)
            pairs.setdefault(key, flow)
    return list(pairs.values())


def _without_answer(handles: NetnsHandles, flows: Sequence[ExpectedFlow]) -> list[ExpectedFlow]:
    probes = [
        Probe("", flow.netns, flow.destination, interface=flow.interface, timeout=TIMEOUT)
        for flow in flows
    ]
    results = run_probes(handles, probes) if probes else []
    return [flow for flow, result in zip(flows, results) if not result.reached]


class _Tracer:
    """Sends the lost packets again, and sees how far they come."""

    def __init__(self, facts: HostFacts, handles: Mapping[str | None, NetnsHandle]) -> None:
        self._facts, self._handles = facts, handles

    def trace(self, flows: Sequence[ExpectedFlow]) -> list[Trace]:
        """The traces of flows, all at the same time. A flow that is answered now has none."""
        markers = {flow: os.urandom(MARKER_BYTES).hex() for flow in flows}
        lookups = {flow: Lookup(flow.netns, flow.destination, flow.source, None) for flow in flows}
        traces = {flow: Trace(flow, self._find_way(first)) for flow, first in lookups.items()}
        sockets = open_sockets(self._handles, flows)
        capture = Capture(self._handles.values(), MARKER_BYTES)
        before = {netns: read_counters(handle) for netns, handle in self._handles.items()}
        try:
            sightings = send_echoes(traces, sockets, markers, capture)
            answered = {flow for flow in sockets if is_answered(sockets[flow], markers[flow])}
        finally:
            capture.close()
            for sender in sockets.values():
                sender.close()
        after = {netns: read_counters(handle) for netns, handle in self._handles.items()}
        unresolved, macs = self._read_neighbours()
        found = []
        for flow, trace in traces.items():
            if flow not in answered:
                trace.macs = macs
                trace.counted = {name: subtract(after[name], before[name]) for name in after}
                self._complete(trace, markers[flow], sightings, unresolved)
                found.append(trace)
        return found

    def _ask(self, lookup: Lookup) -> Hop:
        """What the kernel would do with a packet."""
        handle = self._handles.get(lookup.netns)
        if handle is None:
            return Hop("unknown", errno=1, words="the namespace cannot be read")
        names = handle.indexes.names
        arrival = handle.indexes[lookup.arrival] if lookup.arrival else 0
        source = lookup.source if lookup.arrival else None
        # Without the mark of our packet filter rules the guard drops what is forwarded.
        ruleset = self._facts.current.rulesets.get(lookup.netns) if arrival else None
        mark = 0 if ruleset is None else _find_mark(ruleset)
        request = find_route(lookup.destination, 0, source, None, arrival, mark, is_ping=True)
        (reply,) = handle.socket.send([request])
        if reply.errno or not reply.messages:
            return Hop("", errno=reply.errno or 1, words=reply.words)
        path = read_path(names, reply.messages[0])
        return Hop(path.type, path.device, path.gateway, path.table)

    def _read_neighbours(
        self,
    ) -> tuple[set[tuple[object, ...]], dict[tuple[str | None, str, str], str]]:
        """The neighbours without a MAC address, and the MAC addresses of the others.

        Both by namespace, device and address.
        """
        unresolved: set[tuple[object, ...]] = set()
        macs: dict[tuple[str | None, str, str], str] = {}
        for netns, handle in self._handles.items():
            for entry in read_neighbours(handle):
                key = (netns, entry.device, entry.address)
                if entry.state in ("incomplete", "failed"):
                    unresolved.add(key)
                elif entry.mac:
                    macs[key] = entry.mac
        return unresolved, macs

    def _complete(
        self,
        trace: Trace,
        marker: str,
        sightings: Sequence[Sighting],
        unresolved: set[tuple[object, ...]],
    ) -> None:
        flow, end = trace.flow, trace.way[-1]
        if end.hop.type == DELIVERED:
            trace.way_back = self._find_way_back(flow, marker, end, sightings)
        elif end.steps and end.arrival is None:
            trace.way_back = self._find_way_from_outside(flow, end)
        locate(trace, list_stages(marker, trace.way, trace.way_back, unresolved), sightings)
        trace.errors = sorted(
            {
                f"{sighting.source} at {sighting.link}"
                for sighting in sightings
                if sighting.kind == "error" and sighting.link != "lo" and marker in sighting.key
            }
        )
        crossings = (*trace.way, *trace.way_back)
        places = {crossing.lookup.netns for crossing in crossings}
        places |= {step.netns for crossing in crossings for step in crossing.steps}
        family = family_of(flow.destination)
        sysctls = {
            (crossing.lookup.netns, forwarding_key(family, crossing.lookup.arrival))
            for crossing in crossings
            if crossing.lookup.arrival
        }
        places |= {flow.to_netns}
        if family == 6 and flow.link:
            sysctls.add((flow.netns, f"net/ipv6/conf/{flow.link}/hop_limit"))
        trace.settings = read_drop_settings(self._handles, places, sysctls)
        trace.sources = {
            sighting.source
            for sighting in sightings
            if sighting.kind == "request" and sighting.key == marker
        }

    def _find_way(self, lookup: Lookup) -> list[Crossing]:
        return find_way(self._facts, self._ask, lookup)

    def _find_way_back(
        self, flow: ExpectedFlow, marker: str, end: Crossing, sightings: Sequence[Sighting]
    ) -> list[Crossing]:
        """The way of the reply to the address that the request came from, and from there on.

        A namespace that masquerades receives the reply for the sender.
        """
        arrived = [
            sighting.source
            for sighting in sightings
            if sighting.kind == "request"
            and sighting.key == marker
            and (sighting.netns, sighting.link) == (end.lookup.netns, end.lookup.arrival)
        ]
        target = arrived[0] if arrived else flow.source
        way = self._find_way(Lookup(end.lookup.netns, target, flow.destination, None))
        reached = way[-1]
        if reached.hop.type == DELIVERED and reached.lookup.netns != flow.netns:
            arrival = reached.lookup.arrival
            lookup = Lookup(reached.lookup.netns, flow.source, flow.destination, arrival)
            way += self._find_way(lookup)
        return way

    def _find_way_from_outside(self, flow: ExpectedFlow, end: Crossing) -> list[Crossing]:
        """The way of the reply from where the request left what is known here."""
        step = end.steps[-1]
        lookup = Lookup(step.netns, flow.source, flow.destination, step.link)
        arrival = Crossing(lookup, Hop("unicast"), "", reverse_steps(end.steps[-1:]), step.ref)
        return [arrival, *self._find_way(lookup)]
