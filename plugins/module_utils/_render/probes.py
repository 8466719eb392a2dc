# Copyright: (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What came of probes, as data, as sentences, and as a matrix of who reaches whom. Pure."""

from __future__ import annotations

from typing import Any, Dict, List, Optional, Sequence, Tuple

from .._describe.probes import (
    describe_expectation,
    describe_place,
    describe_probe,
    describe_probe_target,
)
from .._describe.table import align
from .._model.probes import ProbeResult

_NAMED = 10
"""Failures that a message names."""
_WIDEST = 160
"""Columns of a matrix in words; a larger one is of single letters."""


def _describe_reply(asked: ProbeResult) -> str:
    reply = asked.reply
    if reply.reason != "ok":
        return f"{reply.reason}: {reply.words}"
    some = f"{asked.received} of {len(asked.replies)} " if len(asked.replies) > 1 else ""
    latencies = asked.latencies
    took = f" in {sum(latencies) / len(latencies) * 1000:.2f} ms" if latencies else ""
    return f"{some}answered{took}{f', {reply.words}' if reply.words else ''}"


def describe_result(asked: ProbeResult) -> str:
    """A probe that is not as expected, as a sentence."""
    return f"{describe_probe(asked.probe, asked.port)} is expected to be {describe_expectation(asked.probe)}: {_describe_reply(asked)}"


def _summarise(latencies: Sequence[float]) -> Optional[Dict[str, float]]:
    """In milliseconds."""
    if not latencies:
        return None
    values = {"min": min(latencies), "avg": sum(latencies) / len(latencies), "max": max(latencies)}
    return {name: round(value * 1000, 3) for name, value in values.items()}


def compose_result(asked: ProbeResult) -> Dict[str, Any]:
    """One result."""
    probe, reply = asked.probe, asked.reply
    return {
        "name": probe.name,
        "netns": probe.netns,
        "to": probe.to,
        "address": asked.address,
        "protocol": probe.protocol,
        "port": asked.port,
        "expect": describe_expectation(probe),
        "reached": asked.reached,
        "ok": asked.ok,
        "reason": reply.reason,
        "message": _describe_reply(asked),
        "by": reply.by,
        "latency": _summarise(asked.latencies),
        "sent": len(asked.replies),
        "received": asked.received,
        "loss": asked.loss,
        "path_mtu": asked.path_mtu,
        "status": reply.status,
        "records": list(reply.records),
    }


def list_failed(asked: Sequence[ProbeResult]) -> List[str]:
    """Those that are not as expected."""
    return [describe_result(one) for one in asked if not one.ok]


def describe_failed(asked: Sequence[ProbeResult]) -> str:
    """The same in a message, but for what would make it too long."""
    failed = list_failed(asked)
    more = [f"and {len(failed) - _NAMED} more"] if len(failed) > _NAMED else []
    return f"{describe_summary(asked)}: {'; '.join([*failed[:_NAMED], *more])}"


def describe_summary(asked: Sequence[ProbeResult]) -> str:
    """The number of probes and of unexpected results in one line."""
    wrong, assumed = sum(not one.ok for one in asked), sum(one.assumed for one in asked)
    expected = "as expected" if len(asked) == 1 else "all as expected"
    counts = [
        "1 probe" if len(asked) == 1 else f"{len(asked)} probes",
        f"{wrong} not as expected" if wrong else expected,
        *([f"{assumed} not run"] if assumed else []),
    ]
    return ", ".join(counts)


def write_report(asked: Sequence[ProbeResult]) -> str:
    """A line for each probe."""
    rows = [("FROM", "TO", "EXPECTED", "RESULT", "")]
    for one in asked:
        rows.append(
            (
                describe_place(one.probe.netns),
                describe_probe_target(one.probe, one.port),
                describe_expectation(one.probe),
                _describe_reply(one),
                "" if one.ok else "<-- WRONG",
            )
        )
    return "\n".join([*align(rows), describe_summary(asked)]) + "\n"


def write_matrix(asked: Sequence[ProbeResult]) -> str:
    """Who reaches whom: a line for each who asks, a column for each who is asked."""
    cells: Dict[Tuple[str, str], ProbeResult] = {}
    for one in asked:
        at = (describe_place(one.probe.netns), describe_probe_target(one.probe, one.port))
        if at not in cells or cells[at].ok:
            cells[at] = one
    lines, columns = (
        list(dict.fromkeys(at[0] for at in cells)),
        list(dict.fromkeys(at[1] for at in cells)),
    )
    if sorted(lines) == sorted(columns):
        columns = lines
    rows = [["FROM \\ TO", *columns]]
    rows += [[line, *(_cell(cells.get((line, column))) for column in columns)] for line in lines]
    text = align(rows)
    if max(map(len, text)) > _WIDEST:
        text = _write_letters(cells, lines, columns)
    return "\n".join(text) + "\n"


def _cell(one: Optional[ProbeResult]) -> str:
    if one is None:
        return ""
    latency = one.reply.latency
    said = (
        f"{latency * 1000:.2f} ms"
        if one.reply.reason == "ok" and latency is not None
        else one.reply.reason
    )
    return said if one.ok else f"{said} !"


def _write_letters(
    cells: Dict[Tuple[str, str], ProbeResult], lines: Sequence[str], columns: Sequence[str]
) -> List[str]:
    """Columns by number, for there are many."""
    letters = {(True, True): "+", (True, False): "-", (False, True): "X", (False, False): "X"}
    width = len(str(len(columns)))
    names = (
        [f"{number:>{width}} {name}" for number, name in enumerate(lines, 1)]
        if lines == columns
        else list(lines)
    )
    found = [
        align(
            [
                ["", *map(str, range(1, len(columns) + 1))],
                *(
                    [
                        name,
                        *(
                            letters[cells[line, column].ok, cells[line, column].reached]
                            if (line, column) in cells
                            else ""
                            for column in columns
                        ),
                    ]
                    for name, line in zip(names, lines)
                ),
            ]
        )
    ]
    legend = ["+ reached, as expected   - not reached, as expected   X not as expected"]
    if lines != columns:
        legend += [f"{number:>{width}} {name}" for number, name in enumerate(columns, 1)]
    return [*found[0], *legend]


def compose_probes(asked: Sequence[ProbeResult]) -> Dict[str, Any]:
    """What ``netns_probe`` returns."""
    return {
        "results": [compose_result(one) for one in asked],
        "ok": all(one.ok for one in asked),
        "failed_probes": list_failed(asked),
        "matrix": write_matrix(asked) if asked else "",
        "report": write_report(asked),
        "summary": describe_summary(asked),
    }
