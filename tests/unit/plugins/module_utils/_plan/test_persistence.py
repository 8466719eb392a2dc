# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan for the files of persistent topologies."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._kinds.all import ALL_KINDS
from ansible_collections.redblue.netns.plugins.module_utils._model.current_state import CurrentState
from ansible_collections.redblue.netns.plugins.module_utils._model.desired_state import DesiredState
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Conflict, Refused
from ansible_collections.redblue.netns.plugins.module_utils._model.fast_replace import replace
from ansible_collections.redblue.netns.plugins.module_utils._model.host_units import (
    compose_watch_link,
    list_paths,
)
from ansible_collections.redblue.netns.plugins.module_utils._model.kinds import carry
from ansible_collections.redblue.netns.plugins.module_utils._model.network_managers import (
    DIRECTORIES,
    path_of,
)
from ansible_collections.redblue.netns.plugins.module_utils._model.persistence import (
    COMMAND,
    RUNNER,
    HostFile,
    Persistence,
    compose_lab_file,
    path_of_lab,
)
from ansible_collections.redblue.netns.plugins.module_utils._plan.persistence import is_newer
from ansible_collections.redblue.netns.plugins.module_utils._plan.plan import Plan, plan

carry(*ALL_KINDS)
OPTIONS = {"netns": [{"name": "red", "sysctls": None}], "purge": False, "src": None}
RUNNER_FILE = HostFile(RUNNER, b"archive", 0o755, version="1.2.0")
WANTED = Persistence(True, OPTIONS, {"by": "ada", "version": "1.2.0"}, RUNNER_FILE)


def plan_for(persistence: Persistence, current: CurrentState) -> Plan:
    return plan(DesiredState(lab="lab", persistence=persistence), current)


def apply_plan(done: Plan, current: CurrentState, lab: str = "lab") -> CurrentState:
    """The files after a plan."""
    files = dict(current.files)
    for change in done.changes:
        assert isinstance(change.resource, HostFile)
        files.pop(change.resource.path, None)
        if isinstance(change.after, HostFile):
            files[change.after.path] = change.after
    labs = {lab} if path_of_lab(lab) in files else set()
    return CurrentState(files=files, persistent_labs=frozenset(labs))


def is_about_file(warning: str) -> bool:
    return "declares something else" in warning


def paths_of(done: Plan) -> list[str]:
    return [change.resource.key[1] for change in done.changes]


def test_the_files_are_written_last_those_that_start_it_after_all_others() -> None:
    done = plan_for(WANTED, CurrentState())
    for_managers = {path_of(manager, "lab") for manager in DIRECTORIES}
    unwanted = {*for_managers, compose_watch_link("lab").path}
    assert sorted(paths_of(done)) == sorted(set(list_paths("lab")) - unwanted)
    assert paths_of(done)[0] == RUNNER
    assert paths_of(done)[-1].endswith("wants/redblue-netns@lab.service")


def test_a_second_run_changes_nothing() -> None:
    after = apply_plan(plan_for(WANTED, CurrentState()), CurrentState())
    assert plan_for(WANTED, after).changes == ()
    assert not any(map(is_about_file, plan_for(Persistence(None, OPTIONS), after).warnings))


def test_what_was_omitted_is_not_in_the_file() -> None:
    content = json.loads(compose_lab_file("lab", WANTED).content)
    assert content["declared"] == {"netns": [{"name": "red"}], "purge": False}


def test_a_removal_forgets_the_topology_before_all_else() -> None:
    after = apply_plan(plan_for(WANTED, CurrentState()), CurrentState())
    done = plan_for(Persistence(False), after)
    assert paths_of(done)[1] == path_of_lab("lab") and paths_of(done)[-1] == RUNNER
    assert apply_plan(done, after).files == {}


def test_shared_files_stay_with_another_topology() -> None:
    after = apply_plan(plan_for(WANTED, CurrentState()), CurrentState())
    after.persistent_labs = frozenset({"lab", "other"})
    assert len(paths_of(plan_for(Persistence(False), after))) == 2


def test_a_service_watches_a_topology_only_if_asked_for() -> None:
    watched = replace(WANTED, watch="restore")
    after = apply_plan(plan_for(watched, CurrentState()), CurrentState())
    link = compose_watch_link("lab").path
    assert link in after.files and plan_for(watched, after).changes == ()
    assert paths_of(plan_for(replace(watched, watch="report"), after)) == [path_of_lab("lab")]
    assert paths_of(plan_for(WANTED, after)) == [path_of_lab("lab"), link]
    done = plan_for(Persistence(False), after)
    assert paths_of(done)[0] == link and apply_plan(done, after).files == {}


def test_a_file_that_declares_something_else_is_told() -> None:
    after = apply_plan(plan_for(WANTED, CurrentState()), CurrentState())
    warnings = plan_for(Persistence(None, {**OPTIONS, "purge": True}), after).warnings
    assert any(map(is_about_file, warnings))


@pytest.mark.parametrize(
    ("version", "other", "newer"),
    [
        ("1.10.0", "1.9.0", True),
        ("1.2.0", "1.2.0", False),
        ("1.2.0-dev1", "1.2.0", False),
        ("2.0.0", "10.0.0", False),
        (None, "1.0.0", False),
        ("1.0.0", None, True),
    ],
)
def test_versions(version: str | None, other: str | None, newer: bool) -> None:
    assert is_newer(version, other) == newer


def test_an_older_controller_leaves_the_command_and_units_of_a_newer_one() -> None:
    after = apply_plan(plan_for(WANTED, CurrentState()), CurrentState())
    after.files[RUNNER] = HostFile(RUNNER, b"newer", 0o755, version="1.3.0")
    del after.files[COMMAND]
    assert paths_of(plan_for(WANTED, after)) == [COMMAND]


@pytest.mark.parametrize(
    "change", [{"content": b"else"}, {"mode": 0o644}, {"version": "1.1.0", "content": b"older"}]
)
def test_a_damaged_or_older_command_is_replaced(change: dict[str, Any]) -> None:
    after = apply_plan(plan_for(WANTED, CurrentState()), CurrentState())
    after.files[RUNNER] = HostFile(**{**vars(RUNNER_FILE), **change})
    assert paths_of(plan_for(WANTED, after)) == [RUNNER]


def test_a_file_of_somebody_else_is_not_touched() -> None:
    foreign = CurrentState(files={COMMAND: HostFile(COMMAND, b"#!/bin/sh", is_ours=False)})
    with pytest.raises(Conflict, match="was not written by this collection"):
        plan_for(WANTED, foreign)
    assert plan_for(Persistence(False), foreign).changes == ()


def test_a_host_on_which_nothing_can_start_it_is_refused() -> None:
    current = CurrentState(no_persistence_reason="this host was not booted by systemd")
    with pytest.raises(Refused, match="persist: True: this host was not booted by systemd"):
        plan_for(WANTED, current)
    assert plan_for(Persistence(None, OPTIONS), current).changes == ()
