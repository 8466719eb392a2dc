# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The doctor: why packets of a topology do not arrive."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from .._doctor.diagnose import diagnose
from .._doctor.facts.collect import collect_facts
from .._doctor.report import compose_findings
from .._host.netns_handles import NetnsHandles
from .._model.kinds import carry_planned
from .._planned.all import ALL_PLANNED
from .labs import parse_lab, read_lab
from .output import print_json, print_text
from .runs import DECLARED, DIFFERS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .._model.desired_state import DesiredState


def diagnose_lab(desired: DesiredState) -> dict[str, Any]:
    """The findings about the whole host, compared with a topology."""
    carry_planned(*ALL_PLANNED)
    with contextlib.closing(NetnsHandles()) as handles:
        facts = collect_facts(handles, desired)
    return compose_findings(diagnose(facts), facts.reasons)


def run_doctor(names: Sequence[str], as_json: bool) -> int:
    """Print the findings about the whole host, compared with each of these topologies.

    :returns: the exit status: whether there are errors.
    """
    results = {name: diagnose_lab(parse_lab(read_lab(name))) for name in names}
    if as_json:
        print_json(results)
    else:
        for name, result in results.items():
            print_text(f"{name}: {result['report']}")
    return DECLARED if all(result["healthy"] for result in results.values()) else DIFFERS
