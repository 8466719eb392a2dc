# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The findings as a summary, as a written report, and as the result of netns_doctor_info. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .findings import ERROR, SEVERITIES, Finding

if TYPE_CHECKING:
    from collections.abc import Sequence

_UNCOUNTABLE = "info"
_INCOMPLETE = " (not everything could be checked)"


def _count(findings: Sequence[Finding]) -> dict[str, int]:
    """The number of findings by severity, the most severe first."""
    return {
        severity: sum(finding.severity == severity for finding in findings)
        for severity in SEVERITIES
    }


def _describe_count(number: int, severity: str) -> str:
    plural = "" if number == 1 or severity == _UNCOUNTABLE else "s"
    return f"{number} {severity}{plural}"


def describe_summary(findings: Sequence[Finding], complete: bool) -> str:
    """The counts and the first finding in one line, as ``2 errors, 1 warning. First: ...``.

    :param findings: the most severe first, as ``findings.rank`` returns them.
    :param complete: False if something could not be checked; the summary then says so.
    """
    suffix = "" if complete else _INCOMPLETE
    if not findings:
        return f"no problems found{suffix}"
    counts = [_describe_count(n, severity) for severity, n in _count(findings).items() if n]
    return f"{', '.join(counts)}. First: {findings[0].message}{suffix}"


def write_report(findings: Sequence[Finding], reasons: Sequence[str]) -> str:
    """The summary, the reasons why it is incomplete, and a paragraph for each finding."""
    lines: list[str] = [
        describe_summary(findings, not reasons),
        *(f"  {reason}" for reason in reasons),
    ]
    for number, finding in enumerate(findings, 1):
        lines += [
            "",
            f"{number}. {finding.severity.upper()} {finding.check}: {finding.message}",
            f"   Evidence: {finding.evidence}",
            f"   Fix:      {finding.remedy}",
        ]
    return "\n".join(lines) + "\n"


def compose_findings(findings: Sequence[Finding], reasons: Sequence[str]) -> dict[str, Any]:
    """The result of ``netns_doctor_info``.

    :param findings: the most severe first, as ``findings.rank`` returns them.
    :param reasons: why not everything could be checked; empty if everything was.
    """
    names = ("check", "severity", "subject", "message", "evidence", "remedy")
    counts = _count(findings)
    worst = next((index for index, name in enumerate(SEVERITIES) if counts[name]), len(SEVERITIES))
    return {
        "findings": [{name: getattr(finding, name) for name in names} for finding in findings],
        "healthy": not counts[ERROR],
        "reached": list(SEVERITIES[worst:]),
        "summary": describe_summary(findings, not reasons),
        "report": write_report(findings, reasons),
        "complete": not reasons,
        "reasons": list(reasons),
    }
