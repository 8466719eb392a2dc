# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module netns_doctor: looks, and changes nothing."""

from __future__ import annotations

import contextlib
from typing import Any, Dict, Optional

from .._desired.topology import wish_topology
from .._doctor.diagnose import diagnose
from .._doctor.facts.collect import draw_chart
from .._doctor.report import compose_findings
from .._host.netns_handles import Rooms
from .._model.desired_state import Wish
from .._model.errors import Refused
from .._params.argspec import STATE, TOPOLOGY_SPEC, Spec
from .._params.src_file import read_source
from .._params.validation import conform
from .base import failing, open_module


def wish_declared(given: Optional[Dict[str, Any]]) -> Optional[Wish]:
    """What a topology asks for; refused as the module of that name would refuse it, with the path of the option here."""
    if given is None:
        return None
    try:
        return wish_topology(conform(read_source(given), {**TOPOLOGY_SPEC, **STATE}))
    except Refused as error:
        raise Refused(f"topology.{error.parameter}", error.value, error.rule) from error


def run_doctor(spec: Spec) -> None:
    """The whole module."""
    module, params = open_module(spec)
    with failing(module):
        wish = wish_declared(params["topology"])
        with contextlib.closing(Rooms()) as rooms:
            chart = draw_chart(rooms, wish)
        result = compose_findings(diagnose(None if chart.reasons else wish, chart), chart.reasons)
    module.exit_json(changed=False, **result)
