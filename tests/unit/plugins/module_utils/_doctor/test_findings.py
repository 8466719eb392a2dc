# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The order of findings: severe ones first, causes before effects, and no effects of a cause."""

from __future__ import annotations

import ast
from pathlib import Path

from ansible_collections.redblue.netns.plugins.module_utils._doctor import diagnose
from ansible_collections.redblue.netns.plugins.module_utils._doctor.findings import (
    ERROR,
    INFO,
    ORDER,
    WARNING,
    Finding,
    Location,
    netns_location,
    rank,
)

RED = netns_location("red")
LINK = ("red", "eth0")


def finding(
    check: str,
    severity: str = ERROR,
    subject: str = "eth0",
    affects: frozenset[Location] = frozenset(),
    depends_on: frozenset[Location] = frozenset(),
) -> Finding:
    return Finding(check, severity, subject, "message", "evidence", "fix", affects, depends_on)


def checks(*findings: Finding) -> list[str]:
    return [found.check for found in rank(findings)]


def test_severe_findings_come_first_then_causes() -> None:
    assert checks(
        finding("not_declared", INFO),
        finding("mtu_mismatch", WARNING),
        finding("address_missing"),
        finding("link_down"),
    ) == ["link_down", "address_missing", "mtu_mismatch", "not_declared"]


def test_an_effect_of_an_earlier_check_is_dropped() -> None:
    cause = finding("link_down", affects=frozenset({LINK}))
    effect = finding("address_missing", depends_on=frozenset({RED, LINK}))
    assert checks(effect, cause) == ["link_down"]
    assert checks(effect) == ["address_missing"]


def test_a_later_check_explains_nothing() -> None:
    cause = finding("link_down", depends_on=frozenset({LINK}))
    later = finding("address_missing", affects=frozenset({LINK}))
    assert checks(later, cause) == ["link_down", "address_missing"]


def test_a_dropped_effect_explains_nothing_itself() -> None:
    cause = finding("netns_missing", affects=frozenset({RED}))
    effect = finding("link_down", affects=frozenset({LINK}), depends_on=frozenset({RED}))
    independent = finding("address_missing", depends_on=frozenset({LINK}))
    assert checks(cause, effect, independent) == ["netns_missing", "address_missing"]


def test_the_first_finding_of_a_check_about_a_subject_stays() -> None:
    first, second = finding("link_down", ERROR), finding("link_down", WARNING)
    assert rank([first, second]) == [first]
    assert len(rank([first, finding("link_down", subject="eth1")])) == 2


def test_every_check_has_a_place_in_the_order() -> None:
    """The first argument of each Finding in the checks, where it is a constant."""
    directory = Path(diagnose.__file__).parent
    used = {
        node.args[0].value
        for path in directory.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "Finding"
        and isinstance(node.args[0], ast.Constant)
    }
    assert len(used) > 20 and used <= set(ORDER)
    assert len(set(ORDER)) == len(ORDER)
