# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the module topology returns besides."""

from __future__ import annotations

from typing import Any, Dict, List

from .._describe.nat import say_ports, say_target
from .._desired.topology import isolate, module_of
from .._engine.converge import Outcome
from .._model.desired_state import Wish
from .._model.nat import Dnat
from .._params.argspec import ITEM_SPECS
from .._render.commands import summarise
from .._render.probes import compose_asked


def list_exposed(wish: Wish) -> List[Dict[str, Any]]:
    """What a lab lets in by the host: its forwards; and where it is not isolated, whoever routes to its networks."""
    exposed: List[Dict[str, Any]] = [
        {
            "protocol": thing.protocol,
            "address": thing.destination,
            "port": say_ports(thing.ports),
            "target": say_target(thing),
            "interface": thing.in_interface,
            "source": list(thing.source),
        }
        for thing in wish.present
        if isinstance(thing, Dnat) and thing.netns is None
    ]
    if wish.open:
        networks = [network for thing in isolate(wish.present) for network in thing.networks]
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


def finish_topology(outcome: Outcome, wish: Wish) -> Dict[str, Any]:
    """What topology returns besides."""
    counts: Dict[str, int] = dict.fromkeys(ITEM_SPECS, 0)
    for thing in wish.present:
        module = module_of(thing)
        if module is not None:
            counts[module] += 1
    return {
        "summary": {**counts, **summarise(outcome.drawn.changes)},
        "exposes": list_exposed(wish),
        "purged": list(outcome.drawn.purged),
        "probes": [compose_asked(one) for one in outcome.asked],
        "left_alone": [vars(one) for one in outcome.drawn.left_alone],
    }
