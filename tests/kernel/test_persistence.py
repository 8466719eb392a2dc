# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files of persistent topologies: written, compared, and removed as all else."""

from __future__ import annotations

import json
import os
import socket
import subprocess
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Failed, Refused
from ansible_collections.redblue.netns.plugins.module_utils._model.fast_replace import replace
from ansible_collections.redblue.netns.plugins.module_utils._model.persistence import (
    LAB_DIRECTORY,
    RUNNER,
    compose_lab_file,
)
from ansible_collections.redblue.netns.plugins.module_utils._module.ansible_api import CONTROLLER
from ansible_collections.redblue.netns.plugins.module_utils._runner.labs import Lab, parse_lab
from hypothesis import given

from support.kill import kill_at
from support.module_process import run_process
from support.patience import await_equal
from support.persistence import PERSISTENT_LAB, call, call_json, snapshot_files
from support.playbooks import LOCALHOST, Result, play
from support.random_topologies import topologies
from support.shell import replay
from support.tasks import LAB, LAB_ABSENT, Raw, parse_task, run, run_as_predicted

LAB_FILE = Path(LAB_DIRECTORY) / "lab.json"
WATCH_LINK = "/etc/systemd/system/redblue-netns@lab.service.wants/redblue-netns-watch@lab.service"
START_LINK = "/etc/systemd/system/multi-user.target.wants/redblue-netns@lab.service"


@pytest.fixture
def task(controller_facts: dict[str, Any]) -> dict[str, Any]:
    return {**PERSISTENT_LAB, "_controller": controller_facts}


def test_a_persistent_topology_has_its_files_as_predicted(task: dict[str, Any]) -> None:
    done = run_as_predicted("topology", **task)
    assert f"write {LAB_FILE}" in done["actions"]
    assert f"ln -sfn /etc/systemd/system/redblue-netns@.service {START_LINK}" in done["commands"]
    assert f"file {LAB_FILE}" in done["diff"]["after"]
    assert LAB_FILE.stat().st_mode & 0o777 == 0o600
    assert LAB_FILE.parent.stat().st_mode & 0o777 == 0o700
    content = json.loads(LAB_FILE.read_text(encoding="utf-8"))
    assert content["format"] == 1
    assert content["applied"]["by"] == "ada@controller"
    assert [item["name"] for item in content["declared"]["veth"]] == ["veth-red", "veth-blue"]
    assert "state" not in content["declared"] and "_controller" not in content["declared"]


def test_the_commands_write_the_same_files_but_for_the_archive(task: dict[str, Any]) -> None:
    replay(run("topology", check=True, **task)["commands"])
    assert str(LAB_FILE) in snapshot_files() and not os.path.exists(RUNNER)
    done = run("topology", **task)
    assert [action for action in done["actions"] if "/" in action.split()[1]] == [
        f"write {RUNNER} of version 1.0.0"
    ]


@given(raw=topologies())
def test_a_file_declares_what_the_task_declares(raw: Raw) -> None:
    wanted = parse_task("topology", {**raw, "purge": True})
    assert wanted.persistence is not None and wanted.lab is not None
    content = json.loads(compose_lab_file(wanted.lab, wanted.persistence).content)
    lab = Lab(wanted.lab, content["declared"], content["applied"])
    assert parse_lab(lab) == replace(wanted, persistence=None, probes=())


def test_check_mode_writes_no_file(task: dict[str, Any]) -> None:
    assert run("topology", check=True, **task)["changed"]
    assert snapshot_files() == {}


def test_a_changed_option_replaces_only_the_file_of_the_topology(task: dict[str, Any]) -> None:
    run("topology", **task)
    before = snapshot_files()
    done = run_as_predicted("topology", **{**task, "host_access": ["icmp"]})
    assert f"replace {LAB_FILE}" in done["actions"]
    after = snapshot_files()
    assert {path for path in after if after[path] != before.get(path)} == {str(LAB_FILE)}


def test_a_topology_is_watched_as_predicted(task: dict[str, Any]) -> None:
    done = run_as_predicted("topology", **{**task, "persist": {"watch": "report"}})
    assert f"write {WATCH_LINK}" in done["actions"]
    assert "Restart=always" in done["diff"]["after"]
    with_watch = snapshot_files()
    done = run_as_predicted("topology", **{**task, "persist": '{"watch": "restore"}'})
    assert done["actions"] == [f"replace {LAB_FILE}"]
    before, after = (done["diff"][key].splitlines() for key in ("before", "after"))
    assert {*after} - {*before} == {'   "watch": "restore"'}
    other = run("topology", check=True, **{**LAB, "host_access": ["icmp"]})
    assert any("applied at boot and restored at once" in text for text in other["warnings"])
    done = run_as_predicted("topology", **task)
    assert done["actions"] == [f"replace {LAB_FILE}", f"remove {WATCH_LINK}"]
    assert not Path(WATCH_LINK).parent.exists()
    assert run("topology", **{**task, "persist": "watch=report"})["changed"]
    assert snapshot_files().keys() == with_watch.keys()
    assert run_as_predicted("topology", **LAB_ABSENT)["changed"]
    assert snapshot_files() == {} and not Path(WATCH_LINK).parent.exists()


def test_another_user_or_time_alone_changes_nothing(task: dict[str, Any]) -> None:
    run("topology", **task)
    before = snapshot_files()
    later: dict[str, Any] = {**task, "_controller": {**task["_controller"], "by": "bob@elsewhere"}}
    assert not run("topology", **later)["changed"]
    assert snapshot_files() == before


@pytest.mark.parametrize("end", [LAB_ABSENT, {**LAB, "persist": False}])
def test_the_files_go_with_the_topology_or_without_persist(
    task: dict[str, Any], end: dict[str, Any]
) -> None:
    run("topology", **task)
    done = run_as_predicted("topology", **end)
    assert f"remove {LAB_FILE}" in done["actions"] and f"rm {RUNNER}" in done["commands"]
    assert snapshot_files() == {} and not LAB_FILE.parent.exists()


def test_the_command_stays_as_long_as_another_topology_is_persistent(
    task: dict[str, Any],
) -> None:
    other: dict[str, Any] = {"name": "other", "netns": [{"name": "pink"}], "persist": True}
    run("topology", **task)
    run("topology", **{**other, "_controller": task["_controller"]})
    run("topology", **LAB_ABSENT)
    assert not LAB_FILE.exists() and os.path.exists(RUNNER)
    assert not os.path.lexists(START_LINK)
    run("topology", name="other", state="absent")
    assert snapshot_files() == {}


def test_without_the_option_a_file_stays_and_one_that_declares_something_else_is_told(
    task: dict[str, Any],
) -> None:
    run("topology", **task)
    before = snapshot_files()
    same = run("topology", **LAB)
    assert not same["changed"]
    assert not any("declares something else" in text for text in same["warnings"])
    other = run("topology", **{**LAB, "host_access": ["icmp"]})
    assert any("declares something else" in text for text in other["warnings"])
    assert snapshot_files() == before


def test_a_run_that_fails_leaves_the_files_as_they_were(task: dict[str, Any]) -> None:
    run("topology", **task)
    before = snapshot_files()
    probe = {"netns": "red", "to": "192.168.15.77", "timeout": 0.2}
    with pytest.raises(Failed):
        run("topology", **{**task, "host_access": ["icmp"], "probes": [probe]})
    assert snapshot_files() == before
    assert kill_at("umount2", 1, lambda: run("topology", **LAB_ABSENT), "error=EIO")
    assert snapshot_files() == before


def test_a_file_of_somebody_else_in_the_place_of_the_command_is_refused(
    task: dict[str, Any],
) -> None:
    theirs = Path("/usr/local/bin/redblue-netns")
    theirs.write_text("#!/bin/sh\n", encoding="utf-8")
    with pytest.raises(Refused, match="was not written by this collection"):
        run("topology", **task)
    assert set(snapshot_files()) == {str(theirs)}


def test_a_host_without_systemd_is_refused(task: dict[str, Any]) -> None:
    os.rmdir("/run/systemd/system")
    with pytest.raises(Refused, match="was not booted by systemd"):
        run("topology", **task)
    os.mkdir("/run/systemd/system")


def test_a_directory_that_others_can_write_is_refused(task: dict[str, Any]) -> None:
    directory = Path(RUNNER).parent
    directory.mkdir()
    directory.chmod(0o777)
    with pytest.raises(Failed, match="can be written by others than root"):
        run("topology", **task)
    assert snapshot_files() == {}


def test_a_newer_command_stays_and_an_older_one_is_replaced(task: dict[str, Any]) -> None:
    run("topology", **task)
    before = snapshot_files()
    older = {**task["_controller"], "version": "0.9.0"}
    assert not run("topology", **{**task, "_controller": older})["changed"]
    assert snapshot_files() == before
    Path(RUNNER).write_bytes(b"damaged")
    done = run_as_predicted("topology", **task)
    assert done["actions"] == [f"replace {RUNNER} of version None by version 1.0.0"]
    assert snapshot_files() == before


def test_a_secret_of_the_task_is_refused(controller_facts: dict[str, Any]) -> None:
    link = {"name": "wg0", "netns": "red", "type": "wireguard", "private_key": "A" * 43 + "="}
    with pytest.raises(Refused, match="private_key_file") as caught:
        run("topology", name="lab", netns=[{"name": "red"}], netns_link=[link], persist=True,
            _controller=controller_facts)  # fmt: skip
    assert "AAAA" not in str(caught.value)


def test_units_are_sound(task: dict[str, Any]) -> None:
    run("topology", **task)
    units = [
        "redblue-netns@lab.service",
        "redblue-netns-reapply@nftables.service",
        "redblue-netns-watch@lab.service",
    ]
    verified = subprocess.run(
        ["systemd-analyze", "verify", "--recursive-errors=no", *units],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert verified.stderr == "" and verified.returncode == 0


def _play(at: Path, **options: Any) -> dict[str, Result]:
    lab = {name: LAB[name] for name in ("name", "netns", "linux_bridge", "veth")}
    arguments = {**lab, **options}
    tasks = [
        {"name": "predict", "redblue.netns.topology": arguments, "check_mode": True},
        {"name": "do", "redblue.netns.topology": arguments},
        {"name": "again", "redblue.netns.topology": arguments},
    ]
    plays = [{"hosts": "here", "gather_facts": False, "tasks": tasks}]
    return play(at, LOCALHOST, plays)["here"]


def test_a_task_brings_the_command_to_the_host(
    controller_facts: dict[str, Any], tmp_path: Path
) -> None:
    results = _play(tmp_path, persist=True)
    assert results["predict"]["actions"] == results["do"]["actions"]
    assert results["do"]["changed"] and not results["again"]["changed"]
    assert call("check").stdout == "lab: as declared\n"
    (record,) = call_json("list")
    assert record["by"].endswith(f"@{socket.gethostname()}") and record["version"]
    assert _play(tmp_path, persist=False)["do"]["changed"]
    assert snapshot_files() == {}


@pytest.mark.parametrize(("state", "is_copied"), [("present", True), ("absent", False)])
def test_the_command_is_copied_only_for_a_topology_that_is_present(
    controller_facts: dict[str, Any], tmp_path: Path, state: str, is_copied: bool
) -> None:
    options = {"name": "lab", "state": state, "persist": True}
    tasks = [{"name": "do", "redblue.netns.topology": options}]
    plays = [{"hosts": "here", "gather_facts": False, "tasks": tasks}]
    copies = {"ANSIBLE_REMOTE_TMP": str(tmp_path / "copies"), "ANSIBLE_KEEP_REMOTE_FILES": "1"}
    done = play(tmp_path, LOCALHOST, plays, **copies)["here"]["do"]
    assert done["ended"] == "ok" and done["changed"] is is_copied
    assert bool([*(tmp_path / "copies").rglob("*.pyz")]) is is_copied


def test_what_the_controller_tells_is_not_shown_as_an_option(
    controller_facts: dict[str, Any],
) -> None:
    options = {**PERSISTENT_LAB, CONTROLLER: controller_facts}
    for check in (True, False):
        result, log = run_process("topology", options, check=check)
        assert f"write {RUNNER} of version 1.0.0" in result["actions"]
        assert result["invocation"]["module_args"]["persist"] is True and "Invoked with" in log
        assert "controller" not in str(result["invocation"]) + log


def test_a_task_in_the_background_leaves_nothing_of_what_was_copied(
    controller_facts: dict[str, Any], tmp_path: Path
) -> None:
    copies = tmp_path / "copies"
    options = {"name": "lab", "netns": [{"name": "red"}], "persist": True}
    task = {"name": "do", "redblue.netns.topology": options, "async": 600, "poll": 1}
    plays = [{"hosts": "here", "gather_facts": False, "tasks": [task]}]
    jobs = {"ANSIBLE_REMOTE_TMP": str(copies), "ANSIBLE_ASYNC_DIR": str(tmp_path / "jobs")}
    done = play(tmp_path, LOCALHOST, plays, **jobs)["here"]["do"]
    assert f"write {LAB_FILE}" in done["actions"]
    assert call("check").stdout == "lab: as declared\n"
    # Ansible's async_wrapper removes the directory of the task some seconds after the end.
    assert await_equal(lambda: len(list(copies.iterdir())), 0) == 0


def test_an_option_that_only_the_task_may_set_is_refused_in_its_file(
    controller_facts: dict[str, Any], tmp_path: Path
) -> None:
    source = tmp_path / "lab.json"
    source.write_text(json.dumps({"name": "lab", "persist": True}), encoding="utf-8")
    with pytest.raises(Refused, match="has persist, which only the task may set"):
        run("topology", src=str(source))
