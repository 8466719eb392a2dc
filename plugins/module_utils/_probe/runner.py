# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs probes: all at the same time, each from its own namespace."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from .._describe.places import describe_netns
from .._model.addresses import family_of
from .._model.errors import Failed
from .._model.probes import Probe, ProbeReply, ProbeResult
from .._observe.carrier import await_all_carriers
from .attempts import InFlight, Origin
from .backlog import Backlog
from .event_loop import EventLoop
from .icmp import Echo, EchoSockets
from .listeners import Listener, Listeners
from .neighbour_budget import NeighbourBudget
from .next_hop import explain_silence
from .path_mtu import PathMtuSearch
from .policy_refusals import name_refusing_policies
from .targets import find_addresses, open_handles
from .tcp_udp import TcpAttempt, UdpAttempt

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .._host.netns_handles import NetnsHandle, NetnsHandles

_DATAGRAMS = ("udp", "dns")


@dataclass
class _RunningProbe:
    """A probe and its attempts. With a ``setup_error`` nothing is sent."""

    probe: Probe
    origin: Origin
    address: str | None
    port: int
    listener: Listener | None = None
    setup_error: ProbeReply | None = None
    attempts: list[InFlight] = field(default_factory=list)
    mtu_search: PathMtuSearch | None = None

    def result(self) -> ProbeResult:
        """The result so far; all attempts have a reply."""
        replies = (
            (self.setup_error,)
            if self.setup_error
            else tuple(attempt.reply for attempt in self.attempts if attempt.reply is not None)
        )
        path_mtu = self.mtu_search.path_mtu if self.mtu_search else None
        return ProbeResult(self.probe, replies, self.address, self.port or None, path_mtu)


def _prepare(
    probe: Probe,
    handles: dict[str | None, NetnsHandle],
    address: str | None,
    listeners: Listeners,
) -> _RunningProbe:
    """A probe with its origin and, if it needs one, its listener."""
    family = probe.family or 4 if address is None else family_of(address)
    descriptor = handles[probe.netns].descriptor
    origin = Origin(probe.netns, descriptor, family, probe.source, probe.interface)
    running = _RunningProbe(probe, origin, address, probe.port or 0)
    if address is None:
        kind = f"IPv{probe.family} address" if probe.family else "address"
        message = f"{describe_netns(probe.to_netns)} has no {kind}"
        running.setup_error = ProbeReply("no_address", message)
    elif probe.listening is not None:
        listening = probe.listening
        running.listener = listeners.open(
            handles[listening.netns],
            listening.address or address,
            running.port if listening.port is None else listening.port,
            probe.protocol,
        )
        running.port = running.port or running.listener.port
        if running.listener.error:
            running.setup_error = ProbeReply("no_listener", running.listener.error)
    return running


def _create_attempts(running: _RunningProbe, echo_sockets: EchoSockets) -> None:
    """Add the packets or connections of a probe, linked as successors."""
    probe, address = running.probe, running.address
    if running.setup_error is not None or address is None:
        return
    token = running.listener.token if running.listener else None
    for _number in range(probe.count):
        if probe.protocol == "icmp":
            attempt: InFlight = Echo(echo_sockets, running.origin, address, probe.timeout)
        else:
            attempt_type = UdpAttempt if probe.protocol in _DATAGRAMS else TcpAttempt
            attempt = attempt_type(probe, running.origin, address, running.port, token)
        if running.attempts:
            running.attempts[-1].successor = attempt
        running.attempts.append(attempt)


def _create_mtu_search(running: _RunningProbe, echo_sockets: EchoSockets) -> None:
    """Add the path MTU search, if the probe asks for it and was answered."""
    latencies = running.result().latencies
    if running.probe.path_mtu and running.address is not None and latencies:
        running.mtu_search = PathMtuSearch(
            echo_sockets, running.origin, running.address, running.probe.timeout, max(latencies)
        )


def _count_neighbours(probes: Sequence[Probe], addresses: Sequence[str | None]) -> dict[int, int]:
    """The upper bound of neighbour entries that the probes create, by address family.

    The source resolves the target, and the target resolves the source.
    """
    pairs: dict[int, set[tuple[str | None, str | None]]] = {4: set(), 6: set()}
    for probe, address in zip(probes, addresses):
        if address is not None:
            target = probe.to_netns if probe.address is None else address
            pairs[family_of(address)] |= {(probe.netns, target), (target, probe.netns)}
    return {family: len(found) for family, found in pairs.items()}


def _result_without_netns(
    probe: Probe, handles: dict[str | None, NetnsHandle]
) -> ProbeResult | None:
    """The result ``not_there`` if a namespace of the probe does not exist."""
    missing = [netns for _parameter, netns in probe.namespaces if netns not in handles]
    if not missing:
        return None
    message = f"namespace {missing[0]} does not exist yet"
    return ProbeResult(probe, (ProbeReply("not_there", message),))


def run_probes(
    handles: NetnsHandles, probes: Sequence[Probe], assume: bool = False
) -> list[ProbeResult]:
    """The results of probes, in their order.

    It takes as long as the slowest probe, unless there are more than ``MAX_IN_FLIGHT`` of them.

    :param assume: check mode: a missing namespace would have been created by an earlier task.
        Probes that need it are not run.
    :raises Refused: a namespace does not exist.
    :raises Failed: this process has reached a limit, such as of open files.
    """
    try:
        by_netns = open_handles(handles, probes, assume)
        assumed = [_result_without_netns(probe, by_netns) for probe in probes]
        runnable = [probe for probe, result in zip(probes, assumed) if result is None]
        found = _run_all(handles, by_netns, runnable)
        host = handles.open(None)
        if host is not None:
            found = name_refusing_policies(found, {**by_netns, None: host})
        results = iter(found)
        return [result or next(results) for result in assumed]
    except OSError as error:
        raise Failed(f"the probes could not be run: {error.strerror or error}") from error


def _run_all(
    handles: NetnsHandles, by_netns: dict[str | None, NetnsHandle], probes: Sequence[Probe]
) -> list[ProbeResult]:
    if not probes:
        return []
    handles.open(None)
    await_all_carriers(handles.all)
    addresses = find_addresses(by_netns, probes)
    budget = NeighbourBudget(by_netns, _count_neighbours(probes, addresses))
    backlog = Backlog()
    loop = EventLoop(budget, backlog, partial(explain_silence, by_netns))
    handles.progress.begin("probe", sum(probe.count for probe in probes))
    loop.progress = handles.progress
    echo_sockets, listeners = EchoSockets(loop), Listeners(loop)
    try:
        all_running = [
            _prepare(probe, by_netns, address, listeners)
            for probe, address in zip(probes, addresses)
        ]
        for running in all_running:
            _create_attempts(running, echo_sockets)
        _run(loop, [attempt for running in all_running for attempt in running.attempts[:1]])
        for running in all_running:
            _create_mtu_search(running, echo_sockets)
        _run(loop, [running.mtu_search for running in all_running if running.mtu_search])
    finally:
        listeners.close()
        echo_sockets.close()
        loop.close()
        backlog.close()
        budget.close()
    return [running.result() for running in all_running]


def _run(loop: EventLoop, attempts: Sequence[InFlight]) -> None:
    for attempt in attempts:
        loop.schedule(attempt)
    loop.run()
