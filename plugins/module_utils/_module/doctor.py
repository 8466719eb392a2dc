# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module netns_doctor: looks, and changes nothing."""

from __future__ import annotations

import contextlib
from typing import Any, Dict, Optional

from . import _errors
from ._args import STATE, TOPOLOGY_SPEC, Spec
from ._chart_look import draw_chart
from ._conform import conform
from ._doctor import diagnose
from ._doctor_report import compose_findings
from ._kernel import Kernel
from ._module import failing, open_module
from ._source import read_source
from ._topology import wish_topology
from ._wish import Wish


def wish_declared(given: Optional[Dict[str, Any]]) -> Optional[Wish]:
    """What a topology asks for; refused as the module of that name would refuse it, with the path of the option here."""
    if given is None:
        return None
    try:
        return wish_topology(conform(read_source(given), {**TOPOLOGY_SPEC, **STATE}))
    except _errors.Refused as error:
        raise _errors.Refused(f"topology.{error.parameter}", error.value, error.rule) from error


def run_doctor(spec: Spec) -> None:
    """The whole module."""
    module, params = open_module(spec)
    with failing(module):
        wish = wish_declared(params["topology"])
        with contextlib.closing(Kernel()) as host:
            chart = draw_chart(host, wish)
        result = compose_findings(diagnose(None if chart.reasons else wish, chart), chart.reasons)
    module.exit_json(changed=False, **result)
