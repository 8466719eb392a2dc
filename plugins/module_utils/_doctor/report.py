# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a doctor found, for people and for monitors."""

from __future__ import annotations

from typing import Any, Dict, List, Sequence

from .findings import ERROR, SEVERITIES, Finding


def _count(findings: Sequence[Finding]) -> Dict[str, int]:
    return {
        severity: sum(finding.severity == severity for finding in findings)
        for severity in SEVERITIES
    }


def describe_summary(findings: Sequence[Finding], complete: bool) -> str:
    """One line."""
    said = (
        ", ".join(f"{number} {severity}" for severity, number in _count(findings).items() if number)
        or "nothing found"
    )
    worst = f"; first: {findings[0].message}" if findings else ""
    return f"{said}{worst}{'' if complete else ' (not all could be looked at)'}"


def write_report(findings: Sequence[Finding], reasons: Sequence[str]) -> str:
    """A few lines for each finding, worst first."""
    lines: List[str] = [
        describe_summary(findings, not reasons),
        *(f"  {reason}" for reason in reasons),
    ]
    for number, finding in enumerate(findings, 1):
        lines += ["", f"{number}. {finding.severity.upper()} {finding.check}: {finding.message}"]
        lines += [f"   seen by    {finding.evidence}", f"   mended by  {finding.remedy}"]
    return "\n".join(lines) + "\n"


def compose_findings(findings: Sequence[Finding], reasons: Sequence[str]) -> Dict[str, Any]:
    """What ``netns_doctor`` returns."""
    names = ("check", "severity", "subject", "message", "evidence", "remedy")
    current = [index for index, severity in enumerate(SEVERITIES) if _count(findings)[severity]]
    return {
        "findings": [{name: getattr(finding, name) for name in names} for finding in findings],
        "healthy": not _count(findings)[ERROR],
        "reached": list(SEVERITIES[current[0] :]) if current else [],
        "summary": describe_summary(findings, not reasons),
        "report": write_report(findings, reasons),
        "complete": not reasons,
        "reasons": list(reasons),
    }
