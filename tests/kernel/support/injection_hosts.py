# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The hosts on which faults are tried, and what is compared there."""

from __future__ import annotations

import contextlib
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ansible_collections.redblue.netns.plugins.module_utils._model.persistence import LAB_DIRECTORY

from support.faults import stable_snapshot
from support.lab_processes import list_state
from support.persistence import booted_host, snapshot_files
from support.private_host import private_host
from support.random_attachments import add_equipment, equipment
from support.random_processes import list_drawn, processes_ended
from support.tasks import Raw, run

Task = tuple[str, Raw]
Snapshot = dict[str, object]


@dataclass(frozen=True)
class Scenario:
    """A change: what others made, the tasks before it, and its task.

    ``is_booted``: it writes files that the host reads at boot. ``is_equipped``: the host has Open
    vSwitch and plugins of CNI.
    """

    others: str
    first: tuple[Task, ...]
    second: Task
    is_booted: bool = False
    is_equipped: bool = False


_controller: Raw = {}
"""What the action plugin tells the module about the controller, on a host of systemd."""


@contextlib.contextmanager
def new_host(scenario: Scenario) -> Iterator[None]:
    """A new private host, with what a scenario needs."""
    with private_host(), processes_ended(), contextlib.ExitStack() as stack:
        if scenario.is_equipped:
            stack.enter_context(equipment())
        if scenario.is_booted:
            at = stack.enter_context(tempfile.TemporaryDirectory())
            _controller.update(stack.enter_context(booted_host(Path(at))))
        yield


def take_state(scenario: Scenario) -> Snapshot:
    """The state, with the files of persistent topologies."""
    files = {path: str(found) for path, found in snapshot_files().items()}
    for path in Path(LAB_DIRECTORY).glob("*.json"):
        # It says when it was written.
        files[str(path)] = re.sub(r'"at": *"[^"]*"', "", path.read_text(encoding="utf-8"))
    processes = list_drawn()
    processes += [f"record {number}" for number, _name in enumerate(list_state())]
    state = {**stable_snapshot(), "persistent": files, "processes": processes}
    return add_equipment(state) if scenario.is_equipped else state


def run_task(task: Task) -> bool:
    """Run a task; return whether it changed something."""
    module, raw = task
    raw = {**raw, "_controller": _controller} if raw.get("persist") else raw
    return bool(run(module, **raw)["changed"])
