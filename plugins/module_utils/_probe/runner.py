# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Asks: all probes at once, each from its own namespace, and says what came of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import Dict, List, Optional, Sequence, Set, Tuple

from .._host.netns_handles import NetnsHandle, NetnsHandles
from .._model.addresses import family_of
from .._model.errors import Failed
from .._model.probes import Probe, ProbeReply, ProbeResult
from .._observe.carrier import await_all_carriers
from .event_loop import InFlight, Loop, Origin
from .icmp import Echo, Echoes
from .listeners import Listener, Listeners
from .neighbour_budget import NeighbourBudget
from .next_hop import explain
from .path_mtu import PathMtuSearch
from .targets import find_addresses, open_all
from .tcp_udp import Connection, Datagram


@dataclass
class _RunningProbe:
    """A probe under way. ``blunder`` is why it is not even sent."""

    probe: Probe
    way: Origin
    address: Optional[str]
    port: int
    listener: Optional[Listener] = None
    blunder: Optional[ProbeReply] = None
    flights: List[InFlight] = field(default_factory=list)
    ladder: Optional[PathMtuSearch] = None

    def result(self) -> ProbeResult:
        replies = (
            (self.blunder,)
            if self.blunder
            else tuple(flight.reply for flight in self.flights if flight.reply is not None)
        )
        return ProbeResult(
            self.probe,
            replies,
            self.address,
            self.port or None,
            self.ladder.found if self.ladder else None,
        )


def _prepare(
    probe: Probe,
    handles: Dict[Optional[str], NetnsHandle],
    address: Optional[str],
    listeners: Listeners,
) -> _RunningProbe:
    family = probe.family or 4 if address is None else family_of(address)
    way = Origin(
        probe.netns, handles[probe.netns].descriptor, family, probe.source, probe.interface
    )
    one = _RunningProbe(probe, way, address, probe.port or 0)
    if address is None:
        where = "the host" if probe.to_netns is None else f"namespace {probe.to_netns}"
        one.blunder = ProbeReply(
            "no_address", f"{where} has no {f'IPv{probe.family} ' if probe.family else ''}address"
        )
    elif probe.listening is not None:
        at = probe.listening
        port = one.port if at.port is None else at.port
        one.listener = listeners.open(
            handles[at.netns], at.address or address, port, probe.protocol
        )
        one.port = one.port or one.listener.port
        if one.listener.complaint:
            one.blunder = ProbeReply("no_listener", one.listener.complaint)
    return one


def _board(one: _RunningProbe, echoes: Echoes) -> None:
    """Its packets or connections, each behind the one before it."""
    probe, address = one.probe, one.address
    if one.blunder is not None or address is None:
        return
    for _number in range(probe.count):
        if probe.protocol == "icmp":
            flight: InFlight = Echo(echoes, one.way, address, probe.timeout)
        else:
            kind = Datagram if probe.protocol in ("udp", "dns") else Connection
            flight = kind(
                probe, one.way, address, one.port, one.listener.sign if one.listener else None
            )
        if one.flights:
            one.flights[-1].follower = flight
        one.flights.append(flight)


def _climb(one: _RunningProbe, echoes: Echoes) -> None:
    latencies = one.result().latencies
    if one.probe.path_mtu and one.address is not None and latencies:
        one.ladder = PathMtuSearch(echoes, one.way, one.address, one.probe.timeout, max(latencies))


def _count_neighbours(
    probes: Sequence[Probe], addresses: Sequence[Optional[str]]
) -> Dict[int, int]:
    """How many there will be at most, by family. Who asks is as much one as who is asked."""
    met: Dict[int, Set[Tuple[Optional[str], Optional[str]]]] = {4: set(), 6: set()}
    for probe, address in zip(probes, addresses):
        if address is not None:
            other = probe.to_netns if probe.address is None else address
            met[family_of(address)] |= {(probe.netns, other), (other, probe.netns)}
    return {family: len(pairs) for family, pairs in met.items()}


def _miss(probe: Probe, places: Dict[Optional[str], NetnsHandle]) -> Optional[ProbeResult]:
    missing = [netns for _parameter, netns in probe.namespaces if netns not in places]
    return (
        ProbeResult(probe, (ProbeReply("not_there", f"{missing[0]} is not there yet"),))
        if missing
        else None
    )


def run_probes(
    handles: NetnsHandles, probes: Sequence[Probe], assume: bool = False
) -> List[ProbeResult]:
    """What came of each, in their order. Takes the time of the one that takes longest, unless there are hundreds.

    :param assume: a namespace that is missing is one that an earlier task would have made; what it is needed for is not asked.
    :raises Refused: a namespace that is named is not there.
    :raises Failed: this process cannot send as much.
    """
    try:
        places = open_all(handles, probes, assume)
        missed = [_miss(probe, places) for probe in probes]
        asked = iter(
            _run_all(handles, places, [probe for probe, one in zip(probes, missed) if one is None])
        )
        return [one or next(asked) for one in missed]
    except OSError as error:
        raise Failed(f"the probes cannot be asked: {error.strerror or error}") from error


def _run_all(
    handles: NetnsHandles, places: Dict[Optional[str], NetnsHandle], probes: Sequence[Probe]
) -> List[ProbeResult]:
    if not probes:
        return []
    handles.open(None)
    await_all_carriers(handles.all)
    addresses = find_addresses(places, probes)
    pace = NeighbourBudget(places, _count_neighbours(probes, addresses))
    loop = Loop(pace, partial(explain, places))
    echoes, listeners = Echoes(loop), Listeners(loop)
    try:
        asking = [
            _prepare(probe, places, address, listeners) for probe, address in zip(probes, addresses)
        ]
        for one in asking:
            _board(one, echoes)
        _fly(loop, [flight for one in asking for flight in one.flights[:1]])
        for one in asking:
            _climb(one, echoes)
        _fly(loop, [one.ladder for one in asking if one.ladder is not None])
    finally:
        listeners.close()
        echoes.close()
        loop.close()
        pace.close()
    return [one.result() for one in asking]


def _fly(loop: Loop, flights: Sequence[InFlight]) -> None:
    for flight in flights:
        loop.add(flight)
    loop.run()
