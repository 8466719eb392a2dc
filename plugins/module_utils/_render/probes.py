# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Renders the results of probes: as data, as sentences, and as a matrix of sources and targets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .._describe.probes import (
    describe_expectation,
    describe_place,
    describe_probe,
    describe_probe_target,
)
from .._describe.table import align
from .._model.probes import ProbeResult

if TYPE_CHECKING:
    from collections.abc import Sequence

_MAX_DESCRIBED = 10
"""Failures that a message describes."""
_MAX_COLUMNS = 160
"""Columns of text of a matrix with reasons. A wider one has a letter for each result."""
_LETTERS = {(True, True): "+", (True, False): "-", (False, True): "X", (False, False): "X"}
"""By whether a result is as expected, and whether the target was reached."""
_LEGEND = "+ reached, as expected   - not reached, as expected   X not as expected"

Cells = dict[tuple[str, str], ProbeResult]
"""Results by source and target."""


def _describe_reply(result: ProbeResult) -> str:
    reply = result.reply
    if reply.reason != "ok":
        return f"{reply.reason}: {reply.message}"
    count = f"{result.received} of {len(result.replies)} " if len(result.replies) > 1 else ""
    latencies = result.latencies
    duration = f" in {sum(latencies) / len(latencies) * 1000:.2f} ms" if latencies else ""
    return f"{count}answered{duration}{f', {reply.message}' if reply.message else ''}"


def describe_result(result: ProbeResult) -> str:
    """A result that is not as expected, as a sentence."""
    probe = describe_probe(result.probe, result.port)
    expectation = describe_expectation(result.probe)
    return f"{probe} is expected to be {expectation}: {_describe_reply(result)}"


def _summarise_latencies(latencies: Sequence[float]) -> dict[str, float] | None:
    """The minimum, average and maximum, in milliseconds."""
    if not latencies:
        return None
    values = {"min": min(latencies), "avg": sum(latencies) / len(latencies), "max": max(latencies)}
    return {name: round(value * 1000, 3) for name, value in values.items()}


def compose_result(result: ProbeResult) -> dict[str, Any]:
    """A result as a module returns it."""
    probe, reply = result.probe, result.reply
    return {
        "name": probe.name,
        "netns": probe.netns,
        "to": probe.to,
        "address": result.address,
        "protocol": probe.protocol,
        "port": result.port,
        "expect": describe_expectation(probe),
        "reached": result.reached,
        "ok": result.ok,
        "reason": reply.reason,
        "message": _describe_reply(result),
        "by": reply.reported_by,
        "latency": _summarise_latencies(result.latencies),
        "sent": len(result.replies),
        "received": result.received,
        "loss": result.loss,
        "path_mtu": result.path_mtu,
        "status": reply.status,
        "records": list(reply.records),
    }


def list_failed(results: Sequence[ProbeResult]) -> list[str]:
    """The results that are not as expected, as sentences."""
    return [describe_result(result) for result in results if not result.ok]


def describe_failed(results: Sequence[ProbeResult]) -> str:
    """The summary, and the first results that are not as expected."""
    failed = list_failed(results)
    more = [f"and {len(failed) - _MAX_DESCRIBED} more"] if len(failed) > _MAX_DESCRIBED else []
    return f"{describe_summary(results)}: {'; '.join([*failed[:_MAX_DESCRIBED], *more])}"


def describe_summary(results: Sequence[ProbeResult]) -> str:
    """The number of probes and of unexpected results in one line."""
    failed = sum(not result.ok for result in results)
    assumed = sum(result.assumed for result in results)
    expected = "as expected" if len(results) == 1 else "all as expected"
    counts = [
        "1 probe" if len(results) == 1 else f"{len(results)} probes",
        f"{failed} not as expected" if failed else expected,
        *([f"{assumed} not run"] if assumed else []),
    ]
    return ", ".join(counts)


def write_report(results: Sequence[ProbeResult]) -> str:
    """A table with a line for each probe."""
    rows = [("FROM", "TO", "EXPECTED", "RESULT", "")]
    for result in results:
        rows.append(
            (
                describe_place(result.probe.netns),
                describe_probe_target(result.probe, result.port),
                describe_expectation(result.probe),
                _describe_reply(result),
                "" if result.ok else "<-- WRONG",
            )
        )
    return "\n".join([*align(rows), describe_summary(results)]) + "\n"


def write_matrix(results: Sequence[ProbeResult]) -> str:
    """A table with a row for each source, and a column for each target."""
    cells: Cells = {}
    for result in results:
        source = describe_place(result.probe.netns)
        target = describe_probe_target(result.probe, result.port)
        # Of several results a failure is shown.
        if (source, target) not in cells or cells[source, target].ok:
            cells[source, target] = result
    sources = list(dict.fromkeys(source for source, _target in cells))
    targets = list(dict.fromkeys(target for _source, target in cells))
    if sorted(sources) == sorted(targets):
        targets = sources
    rows = [["FROM \\ TO", *targets]]
    for source in sources:
        rows.append([source, *(_write_cell(cells.get((source, target))) for target in targets)])
    lines = align(rows)
    if max(map(len, lines)) > _MAX_COLUMNS:
        lines = _write_letters(cells, sources, targets)
    return "\n".join(lines) + "\n"


def _write_cell(result: ProbeResult | None) -> str:
    if result is None:
        return ""
    text = result.reply.reason
    if text == "ok" and result.reply.latency is not None:
        text = f"{result.reply.latency * 1000:.2f} ms"
    return text if result.ok else f"{text} !"


def _write_letters(cells: Cells, sources: Sequence[str], targets: Sequence[str]) -> list[str]:
    """A matrix with numbered columns and a letter for each result, and its legend."""
    width = len(str(len(targets)))
    numbered = [f"{number:>{width}} {name}" for number, name in enumerate(targets, 1)]
    names = numbered if sources == targets else list(sources)
    rows = [["", *map(str, range(1, len(targets) + 1))]]
    for name, source in zip(names, sources):
        row = [name]
        for target in targets:
            result = cells.get((source, target))
            row.append("" if result is None else _LETTERS[result.ok, result.reached])
        rows.append(row)
    legend = [_LEGEND] if sources == targets else [_LEGEND, *numbered]
    return [*align(rows), *legend]


def compose_probes(results: Sequence[ProbeResult]) -> dict[str, Any]:
    """What ``netns_probe_info`` returns."""
    return {
        "results": [compose_result(result) for result in results],
        "ok": all(result.ok for result in results),
        "failed_probes": list_failed(results),
        "matrix": write_matrix(results) if results else "",
        "report": write_report(results),
        "summary": describe_summary(results),
    }
