# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What hosts answered about the topologies that are declared there."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

AS_DECLARED, DIFFERS, FAILED = "as declared", "differs", "failed"
UNREACHABLE, NOTHING_DECLARED = "unreachable", "nothing declared"
_WORST_FIRST = (FAILED, DIFFERS, UNREACHABLE, AS_DECLARED, NOTHING_DECLARED)
_SKIPPED = "skipped, since "
"""With this the module command answers where the command that it should run does not exist."""


@dataclass(frozen=True)
class TopologyReport:
    """One topology on one host."""

    name: str
    state: str
    differences: tuple[str, ...] = ()
    """What would be done there, in sentences; the error, if it could not be compared."""
    applied_by: str | None = None
    applied_at: str | None = None


@dataclass(frozen=True)
class HostReport:
    """One host with all of its topologies."""

    host: str
    topologies: tuple[TopologyReport, ...] = ()
    error: str | None = None
    is_reachable: bool = True

    @property
    def state(self) -> str:
        """The worst state of its topologies, or its own."""
        if not self.is_reachable:
            return UNREACHABLE
        states = {topology.state for topology in self.topologies} | (
            {FAILED} if self.error else set()
        )
        return next((state for state in _WORST_FIRST if state in states), NOTHING_DECLARED)


Results = Mapping[str, Any]
"""Registered results of a task by host."""


def read_reports(checked: Results, listed: Results, compared: Results) -> list[HostReport]:
    """The reports of all hosts, the worst first.

    :param checked: of ``redblue-netns check --json``.
    :param listed: of ``redblue-netns list --json``.
    :param compared: of a loop over the module topology in check mode.
    """
    reports = [
        _read_host(
            str(host), *(_mapping(results.get(host)) for results in (checked, listed, compared))
        )
        for host in {**checked, **compared}
    ]
    return sorted(reports, key=lambda report: _WORST_FIRST.index(report.state))


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _read_host(host: str, checked: Results, listed: Results, compared: Results) -> HostReport:
    items = [_mapping(item) for item in compared.get("results", ())]
    results = [checked, listed, *items]
    has_answered = "stdout" in checked or "msg" in checked or items
    if not has_answered or any(result.get("unreachable") for result in results):
        return HostReport(host, is_reachable=False)
    try:
        topologies = [*_read_compared(items), *_read_checked(listed, checked)]
    except (ValueError, TypeError, KeyError, RecursionError):
        return HostReport(host, error=_describe_failure(checked))
    return HostReport(host, tuple(topologies))


def _describe_failure(result: Mapping[str, Any]) -> str:
    """The last line of the error of a result."""
    for key in ("stderr", "module_stderr", "msg"):
        text = str(result.get(key) or "").strip()
        if text:
            return text.splitlines()[-1]
    return "the answer of redblue-netns is not readable"


def _read_checked(listed: Results, checked: Results) -> Iterator[TopologyReport]:
    """The topologies that redblue-netns compared."""
    text = str(checked.get("stdout", ""))
    if checked.get("skipped") or text.startswith(_SKIPPED):
        return
    applied = {item["name"]: item for item in _load_list(listed.get("stdout", ""))}
    for item in json.loads(text)["topologies"]:
        record = applied.get(item["name"], {})
        if item["status"] not in (AS_DECLARED, DIFFERS, FAILED):
            raise ValueError(item["status"])
        error = (item["error"],) if item.get("error") else ()
        yield TopologyReport(
            str(item["name"]),
            str(item["status"]),
            (*map(str, item.get("actions", ())), *map(str, error)),
            record.get("by"),
            record.get("at"),
        )


def _load_list(text: Any) -> list[dict[str, Any]]:
    """The list of redblue-netns. Without one a report still tells what differs."""
    try:
        items = json.loads(text)
    except (ValueError, TypeError, RecursionError):
        return []
    return [item for item in items if isinstance(item, dict) and "name" in item]


def _read_compared(items: Sequence[Mapping[str, Any]]) -> Iterator[TopologyReport]:
    """The topologies of the playbook, which the module topology compared in check mode."""
    for result in items:
        name = os.path.basename(str(result.get("item", "")))
        if result.get("failed") or "actions" not in result:
            yield TopologyReport(name, FAILED, (str(result.get("msg", "")),))
        else:
            actions = tuple(map(str, result["actions"]))
            yield TopologyReport(name, DIFFERS if actions else AS_DECLARED, actions)


def count_states(reports: Sequence[HostReport]) -> dict[str, int]:
    """How many hosts are in each state, the worst state first."""
    states = [report.state for report in reports]
    return {state: states.count(state) for state in _WORST_FIRST if state in states}


def is_as_declared(reports: Sequence[HostReport]) -> bool:
    """Whether no host differs, failed, or was not reached."""
    return not set(count_states(reports)) - {AS_DECLARED, NOTHING_DECLARED}
