# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module netns_doctor_info, which changes nothing."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from .._desired.topology import parse_topology
from .._doctor.diagnose import diagnose
from .._doctor.facts.collect import collect_facts
from .._doctor.report import compose_findings
from .._host.netns_handles import NetnsHandles
from .._model.errors import Refused
from .._model.kinds import carry_planned
from .._params.specs.netns_doctor_info import NETNS_DOCTOR_INFO_SPEC, NetnsDoctorParams
from .._params.specs.topology import TOPOLOGY_SPEC
from .._params.src_file import read_source
from .._params.validation import validate
from .._planned.all import ALL_PLANNED
from .base import open_module, parse_params, reporting_errors, warn_of_killed_task

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .._model.desired_state import DesiredState


def parse_declared(topology: Mapping[str, Any] | None) -> DesiredState | None:
    """Return the desired state of the option ``topology``; None if it is omitted.

    :raises Refused: as the module topology does, with the path of the option in this module.
    """
    if topology is None:
        return None
    try:
        return parse_topology(validate(read_source(topology, is_on_host=True), TOPOLOGY_SPEC))
    except Refused as error:
        raise type(error)(f"topology.{error.parameter}", error.value, error.rule) from error


def _parse(params: NetnsDoctorParams) -> DesiredState | None:
    return parse_declared(params["topology"])


def run_doctor() -> None:
    """Run the module netns_doctor_info."""
    module, params = open_module(NETNS_DOCTOR_INFO_SPEC, _parse)
    carry_planned(*ALL_PLANNED)
    with reporting_errors(module):
        desired = parse_params(NETNS_DOCTOR_INFO_SPEC, params, _parse)
        with contextlib.closing(NetnsHandles()) as handles:
            warn_of_killed_task(module, handles.host_identity)
            facts = collect_facts(handles, desired)
        result = compose_findings(diagnose(facts), facts.reasons)
    module.exit_json(changed=False, **result)
