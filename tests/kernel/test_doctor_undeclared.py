# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The doctor without a declared topology."""

from __future__ import annotations

import pytest

from support.doctor import diagnose_host
from support.doctor_faults import BROKEN
from support.shell import sh
from support.tasks import LAB, run

FOUND_WITHOUT_TOPOLOGY = [
    fault
    for fault, (_script, check, _subject) in BROKEN.items()
    if check
    not in (
        "netns_missing",
        "link_missing",
        "link_misplaced",
        "bridge_missing",
        "address_missing",
        "route_missing",
        "differs",
        "not_declared",
        "link_blocked",
    )
]
"""Faults that are found without a declared topology."""


@pytest.mark.parametrize("way", FOUND_WITHOUT_TOPOLOGY)
def test_without_a_topology_the_cause_is_the_first_finding(host: None, way: str) -> None:
    run("topology", **LAB)
    script, check, subject = BROKEN[way]
    sh(script)
    found = diagnose_host()
    assert (found[0].check, found[0].subject[: len(subject)]) == (check, subject), found
