# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What netns_doctor_info returns: the summary, the written report, and the severities reached."""

from __future__ import annotations

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._doctor.findings import (
    ERROR,
    INFO,
    WARNING,
    Finding,
)
from ansible_collections.redblue.netns.plugins.module_utils._doctor.report import (
    compose_findings,
    describe_summary,
    write_report,
)

DOWN = Finding(
    "bridge_down",
    ERROR,
    "br0",
    "bridge br0 on the host is down",
    "ip link show dev br0: no UP among its flags",
    "ip link set dev br0 up  # option up",
)
SMALL = Finding("mtu_mismatch", WARNING, "eth0", "eth0 has MTU 1400", "ip link", "ip link set")
UNKNOWN = Finding("filter_unclear", INFO, "rules", "not all rules could be read", "nft", "apt")


@pytest.mark.parametrize(
    ("findings", "summary"),
    [
        ([], "no problems found"),
        ([DOWN], "1 error. First: bridge br0 on the host is down"),
        ([DOWN, DOWN], "2 errors. First: bridge br0 on the host is down"),
        ([SMALL, SMALL], "2 warnings. First: eth0 has MTU 1400"),
        (
            [DOWN, SMALL, UNKNOWN, UNKNOWN],
            "1 error, 1 warning, 2 info. First: bridge br0 on the host is down",
        ),
    ],
)
def test_the_summary_counts_and_names_the_first(findings: list[Finding], summary: str) -> None:
    assert describe_summary(findings, complete=True) == summary
    assert describe_summary(findings, complete=False) == (
        f"{summary} (not everything could be checked)"
    )


def test_the_report_has_evidence_and_fix() -> None:
    assert write_report([DOWN], []).splitlines() == [
        "1 error. First: bridge br0 on the host is down",
        "",
        "1. ERROR bridge_down: bridge br0 on the host is down",
        "   Evidence: ip link show dev br0: no UP among its flags",
        "   Fix:      ip link set dev br0 up  # option up",
    ]
    assert write_report([], ["no rights"]).splitlines() == [
        "no problems found (not everything could be checked)",
        "  no rights",
    ]


@pytest.mark.parametrize(
    ("findings", "reached", "healthy"),
    [
        ([], [], True),
        ([UNKNOWN], ["info"], True),
        ([SMALL, UNKNOWN], ["warning", "info"], True),
        ([DOWN], ["error", "warning", "info"], False),
    ],
)
def test_reached_has_all_severities_from_the_worst_down(
    findings: list[Finding], reached: list[str], healthy: bool
) -> None:
    result = compose_findings(findings, [])
    assert (result["reached"], result["healthy"], result["complete"]) == (reached, healthy, True)
    assert [item["check"] for item in result["findings"]] == [found.check for found in findings]
