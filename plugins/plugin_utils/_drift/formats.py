# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A report on drift as text, JSON and Markdown."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Callable

from ...module_utils._describe.table import align
from ...module_utils._model.text import escape_text
from .reports import AS_DECLARED, NOTHING_DECLARED, HostReport, count_states, is_as_declared

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_HEADER = ["HOST", "TOPOLOGY", "STATE", "APPLIED", "DIFFERENCE"]
_QUIET = (AS_DECLARED, NOTHING_DECLARED)


def _rows(report: HostReport) -> Iterator[list[str]]:
    """A row for each difference of a host; one row where there is none."""
    if report.error or not report.topologies:
        yield [report.host, "", report.state, "", report.error or ""]
    for topology in report.topologies:
        by = f" by {topology.applied_by}" if topology.applied_by else ""
        row = [report.host, topology.name, topology.state, f"{topology.applied_at or ''}{by}"]
        for difference in topology.differences or ("",):
            yield [*row, difference]


def _summarize(reports: Sequence[HostReport]) -> str:
    numbers = ", ".join(f"{number} {state}" for state, number in count_states(reports).items())
    return f"{len(reports)} host{'' if len(reports) == 1 else 's'}: {numbers or 'none'}"


def format_text(reports: Sequence[HostReport]) -> str:
    """A table of the hosts that are not as declared, and the number of all hosts."""
    rows = [row for report in reports if report.state not in _QUIET for row in _rows(report)]
    # The texts come from hosts: no escape sequences.
    table = [[escape_text(cell) for cell in row] for row in [_HEADER, *rows]]
    return "\n".join([*(align(table) if rows else []), _summarize(reports)]) + "\n"


def format_markdown(reports: Sequence[HostReport]) -> str:
    """A table of all hosts."""
    rows = [row for report in reports for row in _rows(report)]
    lines = ["# Drift", "", _summarize(reports), ""]
    lines += [
        _join_cells(name.capitalize() for name in _HEADER),
        _join_cells(["---"] * len(_HEADER)),
    ]
    return "\n".join([*lines, *(_join_cells(map(_escape_cell, row)) for row in rows)]) + "\n"


def _join_cells(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _escape_cell(text: str) -> str:
    """A text that Markdown shows as it is. Hosts must not be able to write links or HTML."""
    text = escape_text(text).replace("\\", "\\\\")
    for character in "|`*_[]<>#":
        text = text.replace(character, f"\\{character}")
    return text


def format_json(reports: Sequence[HostReport]) -> str:
    """All hosts, for programs."""
    hosts = [
        {
            "host": report.host,
            "state": report.state,
            "error": report.error,
            "topologies": [
                {
                    "name": topology.name,
                    "state": topology.state,
                    "differences": list(topology.differences),
                    "applied_by": topology.applied_by,
                    "applied_at": topology.applied_at,
                }
                for topology in report.topologies
            ],
        }
        for report in reports
    ]
    content = {
        "ok": is_as_declared(reports),
        "summary": _summarize(reports),
        "counts": count_states(reports),
        "hosts": hosts,
    }
    return json.dumps(content, indent=1) + "\n"


FORMATS: dict[str, Callable[[Sequence[HostReport]], str]] = {
    "text": format_text,
    "json": format_json,
    "markdown": format_markdown,
}
