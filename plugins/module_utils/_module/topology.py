# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the module topology returns besides."""

from __future__ import annotations

from typing import Any, Dict, List

from .._describe.nat import describe_ports, describe_target
from .._desired.topology import isolate, module_of
from .._engine.converge import Outcome
from .._model.desired_state import DesiredState
from .._model.nat import Dnat
from .._params.argspec import ITEM_SPECS
from .._render.commands import count_changes
from .._render.probes import compose_result


def list_exposed(desired: DesiredState) -> List[Dict[str, Any]]:
    """What a lab lets in by the host: its forwards; and where it is not isolated, whoever routes to its networks."""
    exposed: List[Dict[str, Any]] = [
        {
            "protocol": resource.protocol,
            "address": resource.destination,
            "port": describe_ports(resource.ports),
            "target": describe_target(resource),
            "interface": resource.in_interface,
            "source": list(resource.source),
        }
        for resource in desired.present
        if isinstance(resource, Dnat) and resource.netns is None
    ]
    if desired.not_isolated:
        networks = [
            network for resource in isolate(desired.present) for network in resource.networks
        ]
        exposed += [
            {
                "protocol": None,
                "address": network,
                "port": None,
                "target": network,
                "interface": None,
                "source": [],
            }
            for network in networks
        ]
    return exposed


def finish_topology(outcome: Outcome, desired: DesiredState) -> Dict[str, Any]:
    """What topology returns besides."""
    counts: Dict[str, int] = dict.fromkeys(ITEM_SPECS, 0)
    for resource in desired.present:
        module = module_of(resource)
        if module is not None:
            counts[module] += 1
    return {
        "summary": {**counts, **count_changes(outcome.plan.changes)},
        "exposes": list_exposed(desired),
        "purged": list(outcome.plan.purged),
        "probes": [compose_result(one) for one in outcome.probe_results],
        "left_alone": [vars(one) for one in outcome.plan.left_alone],
    }
