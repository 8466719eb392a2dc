# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What must get no name, and names that lead somewhere else, are refused before a change."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import NetnsError

from support.attached import (
    assert_refused,
    attach_web,
    end,
    lab_with,
    list_names,
    process_with_netns,
)
from support.failing_host import fail_at_change
from support.faults import stable_snapshot
from support.podman import configure_podman
from support.shell import output
from support.snapshot import differences
from support.tasks import run

pytestmark = pytest.mark.usefixtures("host")


REFUSALS: dict[str, tuple[dict[str, Any], str]] = {
    "no process": ({"pid": 4194304}, "attach.pid: 4194304: there is no such process"),
    "the host's": ({"pid": 1}, "attach.pid: 1: is in the host's own network namespace"),
    "no number": ({"pid": 0}, "attach.pid: 0: is not the ID of a process"),
    "both": ({"pid": 1, "container": "web"}, "attach.container: 'web': cannot be combined"),
    "none": ({}, "attach.container: None: container or pid is required"),
    "an option": ({"container": "--help"}, "attach.container: '--help': is neither"),
    "an engine": (
        {"container": "web", "engine": "lxc"},
        "attach.engine: 'lxc': is not one of auto, docker, podman",
    ),
}


@pytest.mark.parametrize("check", [True, False])
@pytest.mark.parametrize("case", REFUSALS)
def test_refusals(case: str, check: bool) -> None:
    attached, message = REFUSALS[case]
    assert_refused(attached, message, check)


@pytest.mark.parametrize("check", [True, False])
def test_a_name_that_is_taken(pid: int, check: bool) -> None:
    output("ip", "netns", "add", "web")
    before = stable_snapshot()
    with pytest.raises(NetnsError, match="name: 'web': is the name of another namespace"):
        run("netns", check=check, **attach_web(pid))
    with pytest.raises(NetnsError, match="did not attach anything"):
        run("netns", check=check, state="absent", **attach_web(pid))
    run("netns", name="own")
    with pytest.raises(NetnsError, match="name: 'own': is the name of another namespace"):
        run("netns", check=check, name="own", attach={"pid": pid})
    run("netns", name="own", state="absent")
    assert not differences(before, stable_snapshot())


def test_a_namespace_that_has_a_name(pid: int) -> None:
    output("ip", "netns", "attach", "theirs", str(pid))
    with pytest.raises(NetnsError, match="has the name theirs already; use that name"):
        run("netns", **attach_web(pid))
    assert not run("netns", name="theirs", attach={"pid": pid})["changed"]
    with pytest.raises(NetnsError, match="it has interfaces|processes run in it"):
        run("netns", name="theirs", state="absent")
    assert list_names() == ["theirs"]


def test_the_name_of_another_process(pid: int) -> None:
    run("netns", **attach_web(pid))
    with process_with_netns() as other:
        with pytest.raises(NetnsError, match=f"process {pid}, not of process {other.pid}"):
            run("netns", **attach_web(other.pid))
        with pytest.raises(NetnsError, match=f"process {pid}, not of process {other.pid}"):
            run("netns", state="absent", **attach_web(other.pid))
    run("netns", state="absent", **attach_web(pid))
    assert list_names() == []


def test_one_task_gives_one_name(pid: int) -> None:
    names = [{"name": name, "attach": {"pid": pid}} for name in ("web", "www")]
    with pytest.raises(NetnsError, match="has the name web already"):
        run("topology", name="lab", netns=names)
    assert list_names() == []


ANSWERS = {
    "": "gave an answer that is not understood",
    "[]": "gave an answer that is not understood",
    '[{"State": null}]': "gave an answer that is not understood",
    '[{"State": {"Running": true, "Pid": "1", "Status": "running"}}]': "is not understood",
    '[{"State": {"Running": 1, "Pid": 7, "Status": "running"}}]': "is not understood",
    '[{"State": {"Running": true, "Pid": -7, "Status": "running"}}]': "is not understood",
    '[{"State": {"Running": true, "Pid": 99999999, "Status": "running"}}]': "is not understood",
    '[{"State": {"Running": true, "Pid": 1, "Status": "running"}}]': "uses the host's own network",
    '[{"State": {"Running": false, "Pid": 7, "Status": "$(id)"}}]': "says: not running",
    '[{"State": {"Running": true, "Pid": 4194304, "Status": "running"}}]': "is of something else",
    '[{"State": {"Running": true, "Pid": 1, "Status": "running", "ConmonPid": 7}, "Id": "b0"}]': (
        "is of something else"
    ),
}
"""What an engine may say, and the error."""


@pytest.fixture
def fake_docker(host: None, tmp_path: Path) -> Iterator[Path]:
    """A program in the place of docker."""
    if not os.path.exists("/usr/bin/docker"):
        pytest.skip("docker is not installed")
    configure_podman()
    program = tmp_path / "docker"
    program.write_text("#!/bin/sh\n", encoding="utf-8")
    program.chmod(0o755)
    output("mount", "--bind", str(program), "/usr/bin/docker")
    yield program
    output("umount", "/usr/bin/docker")


@pytest.mark.parametrize("answer", ANSWERS)
def test_what_an_engine_answers_is_only_data(fake_docker: Path, answer: str) -> None:
    fake_docker.write_text(f"#!/bin/sh\necho '{answer}'\n", encoding="utf-8")
    with pytest.raises(NetnsError) as raised:
        run("netns", name="web", attach={"container": "web"})
    assert ANSWERS[answer] in str(raised.value)
    assert list_names() == []


def test_a_process_that_ends_during_the_run(host: None) -> None:
    before = stable_snapshot()
    for number in (0, 1, 5):
        with process_with_netns() as process:
            status = f"/proc/{process.pid}/status"
            script = f"kill -KILL {process.pid}; until grep -q '^State:.Z' {status}; do :; done"
            message = fail_at_change(number, script, **lab_with({"pid": process.pid}))
            assert "no such process" in message and "could not be undone" not in message
            end(process)
        assert not differences(before, stable_snapshot())
