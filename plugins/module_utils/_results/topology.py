# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the module topology does and returns in addition: probes, exposed ports, a summary."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .._describe.nat import describe_ports, describe_target
from .._desired.lab_interfaces import isolations, links_on_host, module_of
from .._model.errors import ProbeFailed
from .._model.nat import Dnat
from .._params.specs.topology import ITEMS
from .._render.probes import compose_result, describe_failed
from .forward_sources import ForwardSources
from .policies import policy_results
from .ways_out import list_ways_out

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .._engine.converge import Outcome
    from .._host.netns_handles import NetnsHandles
    from .._model.changes import Change
    from .._model.desired_state import DesiredState
    from .._model.probes import Probe, ProbeResult


def run_probes(handles: NetnsHandles, probes: Sequence[Probe]) -> list[ProbeResult]:
    """Send the packets of probes.

    :raises ProbeFailed: a probe did not end as it was expected to.
    """
    from .._probe.runner import run_probes as run  # which only tasks with probes need

    return check_results(run(handles, probes))


def check_results(results: list[ProbeResult]) -> list[ProbeResult]:
    """Return the results of probes.

    :raises ProbeFailed: one did not end as it was expected to.
    """
    if not all(result.ok for result in results):
        details = [compose_result(result) for result in results]
        raise ProbeFailed(describe_failed(results), probes=details)
    return results


def list_exposed(desired: DesiredState) -> list[dict[str, Any]]:
    """Return what can be reached from outside the host.

    These are forwarded ports and, without isolation, the topology's networks.
    """
    forwards = ForwardSources(desired.present, desired.lab)
    exposed = [
        _exposed(
            describe_target(resource),
            protocol=resource.protocol,
            address=resource.destination,
            port=describe_ports(resource.ports),
            interface=resource.in_interface,
            source=sources,
        )
        for resource in desired.present
        if isinstance(resource, Dnat) and resource.netns is None
        for sources in [forwards.list_sources(resource)]
        if sources is not None
    ]
    if desired.not_isolated:
        for isolation in isolations(links_on_host(desired.present)):
            exposed += [_exposed(network, address=network) for network in isolation.networks]
    return exposed


def _exposed(
    target: str,
    protocol: str | None = None,
    address: str | None = None,
    port: Any = None,
    interface: str | None = None,
    source: Sequence[str] = (),
) -> dict[str, Any]:
    return {
        "protocol": protocol,
        "address": address,
        "port": port,
        "target": target,
        "interface": interface,
        "source": list(source),
    }


def topology_results(outcome: Outcome, desired: DesiredState) -> dict[str, Any]:
    """Return what topology returns in addition."""
    counts: dict[str, int] = dict.fromkeys(ITEMS, 0)
    for resource in desired.present:
        module = module_of(resource)
        if module is not None:
            counts[module] += 1
    return {
        "summary": {**counts, **_count_changes(outcome.plan.changes)},
        "exposes": list_exposed(desired),
        "reaches": list_ways_out(desired),
        **policy_results(outcome, desired),
        "purged": list(outcome.plan.purged),
        "probes": [compose_result(result) for result in outcome.probe_results],
        "left_alone": [vars(resource) for resource in outcome.plan.left_alone],
    }


def _count_changes(changes: Sequence[Change]) -> dict[str, int]:
    """How many resources are created, altered and removed, without implied changes."""
    counts = {"made": 0, "altered": 0, "removed": 0}
    for change in changes:
        if change.implied:
            continue
        if change.before is None:
            counts["made"] += 1
        elif change.after is None:
            counts["removed"] += 1
        else:
            counts["altered"] += 1
    return counts
