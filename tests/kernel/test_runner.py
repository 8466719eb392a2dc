# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The command redblue-netns restores what a boot or another program removed."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.persistence import COMMAND

from support.patience import patience
from support.persistence import (
    PERSISTENT_LAB,
    call,
    call_json,
    locked_host,
    persist,
    remove_all,
    snapshot_files,
    start,
    write_lab_file,
)
from support.pings import reaches
from support.shell import ip, output, sh
from support.tasks import run

NAMES = [f"n{number}" for number in range(10)]


@pytest.fixture
def lab(controller_facts: dict[str, Any]) -> None:
    run("topology", **PERSISTENT_LAB, _controller=controller_facts)


def test_what_was_removed_is_told_and_brought_back(lab: None) -> None:
    assert call("check").returncode == 0
    remove_all(["red", "blue"])
    ip("link delete v-net-0")
    checked = call("check")
    assert checked.returncode == 1 and "create namespace red" in checked.stdout
    assert not reaches("red", "192.168.15.2", patience=0)
    applied = call("apply", "lab")
    assert applied.returncode == 0 and "create namespace red" in applied.stdout
    assert reaches("red", "192.168.15.2") and reaches("blue", "fd00:15::1")
    assert call("check", "lab").stdout == "lab: as declared\n"


def test_json_has_what_a_task_returns(uplinks: None, lab: None) -> None:
    assert call_json("check") == {
        "status": "as declared",
        "topologies": [
            {
                "name": "lab",
                "status": "as declared",
                "changed": False,
                "actions": [],
                "commands": [],
                "diff": {"before": "", "after": ""},
                "warnings": [],
            }
        ],
    }
    ip("link set v-net-0 mtu 1400")
    ip("link set veth-red down", "-n", "red")
    found = call_json("check")
    assert found["status"] == "differs"
    (differing,) = found["topologies"]
    assert "ip -n red link set dev veth-red up" in differing["commands"]
    assert call_json("apply", "lab")["topologies"][0]["actions"] == differing["actions"]


def test_the_unit_and_the_task_agree(lab: None, controller_facts: dict[str, Any]) -> None:
    remove_all(["red", "blue"])
    ip("link delete v-net-0")
    assert call("apply", "--all").returncode == 0
    assert not run("topology", **PERSISTENT_LAB, _controller=controller_facts)["changed"]


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        ("{", "is damaged"),
        ({"format": 1}, "is damaged"),
        ([], "is damaged"),
        ({"format": 2, "declared": {}, "applied": {}}, "newer version of redblue.netns"),
        (
            {"format": 1, "declared": {"netns": [{"name": "../x"}]}, "applied": {}},
            "has only letters, digits",
        ),
        (
            {"format": 1, "declared": {"nets": []}, "applied": {}},
            "unsupported option 'nets'; did you mean 'netns'?",
        ),
    ],
)
def test_a_file_that_cannot_be_applied_is_a_failure(lab: None, content: Any, rule: str) -> None:
    write_lab_file("broken", content)
    for command in ("check", "apply"):
        done = call(command, "broken")
        assert done.returncode == 2 and rule in done.stderr
    if "newer" in rule or "damaged" in rule:
        listed = call("list")
        assert listed.returncode == 2 and rule in listed.stderr and "ada@" in listed.stdout
    # The others are looked at all the same.
    everything = call("check")
    assert everything.returncode == 2 and "lab: as declared" in everything.stdout


def test_a_file_that_others_can_write_is_not_applied(lab: None) -> None:
    path = write_lab_file("lab", Path("/etc/redblue-netns/lab.json").read_text("utf-8"), 0o666)
    done = call("apply", "lab")
    assert done.returncode == 2 and "can be written by every user" in done.stderr
    path.chmod(0o600)
    path.parent.chmod(0o777)
    done = call("apply", "lab")
    assert done.returncode == 2 and "can be written by others than root" in done.stderr
    path.parent.chmod(0o700)


@pytest.mark.parametrize("arguments", [["apply"], ["apply", "lab", "--all"], ["watch"], []])
def test_a_wrong_call_fails_with_usage(lab: None, arguments: list[str]) -> None:
    done = call(*arguments)
    assert done.returncode == 2 and done.stderr.startswith("usage: redblue-netns")


@pytest.mark.parametrize("arguments", [["check"], ["list"], ["show", "lab"], ["list", "--json"]])
def test_output_that_cannot_be_written_is_a_failure(lab: None, arguments: list[str]) -> None:
    with Path("/dev/full").open("wb") as full:
        command = [COMMAND, *arguments]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 2 and "No space left on device" in done.stderr


@pytest.mark.parametrize("seconds", ["nan", "inf", "-1", "1e9", "soon", ""])
def test_a_wait_is_a_number_of_seconds(lab: None, seconds: str) -> None:
    done = call("apply", "--all", f"--wait={seconds}")
    assert done.returncode == 2 and "argument --wait: " in done.stderr


def test_an_unknown_name_is_refused_with_the_known_ones(lab: None) -> None:
    for name in ("nolab", "../lab", "a b"):
        done = call("check", name)
        assert done.returncode == 2 and done.stderr.count("\n") == 1
    assert "topologies: lab" in call("show", "nolab").stderr


def test_a_name_that_is_given_twice_is_one_topology(lab: None) -> None:
    assert len(call_json("check", "lab", "lab")["topologies"]) == 1


def test_list_and_show(lab: None) -> None:
    assert " by ada@controller" in call("list").stdout
    assert call_json("list")[0]["by"] == "ada@controller"
    shown = json.loads(call("show", "lab").stdout)
    assert shown["name"] == "lab" and shown["dnat"][0]["destination_port"] == "80"
    # What is shown is a topology, for a task.
    assert not run("topology", **shown)["changed"]


def test_texts_of_a_file_do_not_control_the_terminal(lab: None) -> None:
    content = json.loads(Path("/etc/redblue-netns/lab.json").read_text("utf-8"))
    content["applied"]["by"] = "\x1b]0;x\x07evil\x9b31m"
    content["declared"]["netns"].append({"name": "\x1b[31m"})
    write_lab_file("lab", content)
    for arguments in (["list"], ["show", "lab"], ["check"], ["list", "--json"]):
        done = call(*arguments)
        assert not set(done.stdout + done.stderr) & {"\x1b", "\x07", "\x9b"}


def test_remove_takes_the_topology_and_its_files(lab: None) -> None:
    done = call("remove", "lab")
    assert done.returncode == 0 and done.stdout.startswith("lab: removed\n")
    assert snapshot_files() == {} and "red" not in output("ip", "netns", "list")


def test_the_doctor_explains(lab: None) -> None:
    assert call("doctor").returncode == 0
    ip("link set veth-red down", "-n", "red")
    done = call("doctor", "lab")
    assert done.returncode == 1 and "veth-red" in done.stdout
    assert not call_json("doctor")["lab"]["healthy"]


def test_ten_topologies_at_once_on_a_host_without_namespaces(
    controller_facts: dict[str, Any],
) -> None:
    """With the variable BOOTS, so many times: units raced for the first mount (systemd#2741)."""
    for name in NAMES:
        persist(controller_facts, name=name, netns=[{"name": name}])
    for _boot in range(int(os.environ.get("BOOTS", "1"))):
        remove_all(NAMES)
        subprocess.run(["umount", "/run/netns"], check=True)
        runs = [start("apply", name) for name in NAMES]
        assert [process.wait(patience(60)) for process in runs] == [0] * len(NAMES)
        mounts = Path("/proc/self/mountinfo").read_text(encoding="ascii")
        assert mounts.count(" /run/netns ") == 1
        for name in NAMES:
            assert sh(f"ip netns exec {name} true") == ""
        assert call("check").returncode == 0


def test_another_run_is_waited_for(lab: None) -> None:
    with locked_host():
        process = start("apply", "lab")
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(1.5)
    assert process.wait(patience(60)) == 0


def test_a_run_that_waited_applies_what_is_declared_by_then(lab: None) -> None:
    path = Path("/etc/redblue-netns/lab.json")
    content = json.loads(path.read_text("utf-8"))
    content["declared"]["netns"].append({"name": "pink"})
    with locked_host():
        process = start("apply", "lab")
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(1.5)
        write_lab_file("lab", content)
    assert process.wait(patience(60)) == 0
    assert "pink" in output("ip", "netns", "list")
