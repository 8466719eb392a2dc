# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the command prints: for people, or as JSON."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from typing import TYPE_CHECKING, Any

from .._model.text import escape_text
from .runs import DECLARED, WORDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .runs import Report


_PRIORITIES = {"error": 3, "differs": 4, "restored": 5, "state": 6}
"""The priorities of syslog(3) for the events of a topology that is watched."""


def print_error(text: str) -> None:
    """Print a line to standard error at once, if it can be written."""
    with contextlib.suppress(OSError):  # The end of the command reports it.
        sys.stdout.flush()
    with contextlib.suppress(OSError):
        sys.stderr.write(escape_text(text, "\n\t") + "\n")
        sys.stderr.flush()


def print_text(text: str) -> None:
    """Print a text of which parts come from the host: no letter of it controls the terminal."""
    sys.stdout.write(escape_text(text, "\n\t") + "\n")


def print_json(value: Any) -> None:
    """Print JSON, in which all letters beyond ASCII are escaped."""
    sys.stdout.write(json.dumps(value, indent=1) + "\n")


def print_event(name: str, as_json: bool, event: str, text: str) -> None:
    """Print what happened to a topology that is watched, at once: in one line, or as JSON.

    systemd's journal reads the priority before the line, see sd-daemon(3).
    """
    if as_json:
        line = json.dumps({"name": name, "event": event, "text": text})
    else:
        priority = f"<{_PRIORITIES[event]}>" if "JOURNAL_STREAM" in os.environ else ""
        words = f"{event}: " if event in ("differs", "restored") else ""
        line = priority + escape_text(f"{name}: {words}{text}", "\t")
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def print_reports(reports: Sequence[Report], as_json: bool, with_diff: bool) -> int:
    """Print the ends of runs.

    :returns: the exit status: that of the worst end.
    """
    status = max((report.status for report in reports), default=DECLARED)
    if as_json:
        print_json({"status": WORDS[status], "topologies": [_compose(item) for item in reports]})
        return status
    for report in reports:
        _print_report(report, with_diff)
    return status


def _compose(report: Report) -> dict[str, Any]:
    composed: dict[str, Any] = {"name": report.name, "status": report.end}
    composed.update(
        {
            name: report.result[name]
            for name in ("changed", "actions", "commands", "diff", "warnings")
            if name in report.result
        }
    )
    if report.error is not None:
        composed["error"] = report.error
    return composed


def _print_report(report: Report, with_diff: bool) -> None:
    print_text(f"{report.name}: {report.end}")
    for action in report.result.get("actions", ()):
        print_text(f"  {action}")
    if with_diff:
        _print_diff(report.result.get("diff", {}))
    for warning in report.result.get("warnings", ()):
        print_error(f"{report.name}: warning: {warning}")
    if report.error is not None:
        print_error(f"{report.name}: {report.error}")


def _print_diff(diff: dict[str, str]) -> None:
    import difflib  # which few calls need

    before, after = (diff.get(key, "").splitlines() for key in ("before", "after"))
    for line in difflib.unified_diff(before, after, "before", "after", lineterm=""):
        print_text(f"  {line}")
