# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Containers of a real Podman beside red and blue, on the bridge of a lab."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._host.orphans import adopt_orphans
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import NetnsError

from support.attached import await_no_link, describe_inside, lab_with, list_names
from support.become import become
from support.daemons import control_groups
from support.docker import answers
from support.faults import stable_snapshot
from support.persistence import call, persist, remove_all
from support.pings import reaches
from support.podman import NEEDS_PODMAN, inspect_state, prepare_podman, start_container
from support.shell import output
from support.snapshot import differences
from support.tasks import LAB_ABSENT, run, run_as_predicted

pytestmark = [*NEEDS_PODMAN, pytest.mark.usefixtures("podman")]

RULE = {"from": [{"netns": "red"}], "protocol": "tcp", "ports": [80]}
POLICY = {"name": "web", "netns": ["web"], "ingress": [RULE]}


@pytest.fixture
def podman(own_process: None, tmp_path: Path, lan: None) -> Iterator[None]:
    """A host with Podman and the image box, and a host on the LAN."""
    with control_groups():
        prepare_podman(tmp_path / "box.tar")
        yield
        output("podman", "rm", "-f", "-a", "-t", "0")


def lab(engine: str = "podman", **more: Any) -> dict[str, Any]:
    """The lab with the container web, which only red may reach."""
    return lab_with({"container": "web", "engine": engine}, policy=[POLICY], **more)


def assert_all_works() -> None:
    for address in ("192.168.15.3", "fd00:15::3"):
        assert answers("red", address, 80)
        assert not answers("blue", address, 80)
    assert reaches("web", "192.168.15.1") and reaches("web", "192.168.15.5")


@pytest.mark.parametrize("engine", ["podman", "auto"])
def test_a_container_in_a_lab(engine: str) -> None:
    pid = start_container()
    before, inside = stable_snapshot(), describe_inside(pid)
    done = run_as_predicted("topology", **lab(engine))
    assert "give the namespace of container web the name web" in done["actions"]
    assert f"ip netns attach web {pid}" in done["commands"]
    assert_all_works()
    assert become("web") == (os.readlink(f"/proc/{pid}/ns/net"), "")
    run_as_predicted("topology", **LAB_ABSENT)
    assert describe_inside(pid) == inside
    assert inspect_state()["Running"]
    assert not differences(before, stable_snapshot())


@pytest.mark.parametrize("engine", ["podman", "auto"])
@pytest.mark.parametrize("how", ["kill web", "rm -f -t 0 web"])
def test_a_container_that_has_ended_and_runs_again(engine: str, how: str) -> None:
    start_container()
    run("topology", **lab(engine))
    output("podman", *how.split())
    ended = "redblue.netns.netns: network namespace web is that of container web, which has ended."
    assert become("web")[1].startswith(ended)
    done = run_as_predicted("topology", **lab(engine))
    assert any("container web has ended" in text for text in done["warnings"])
    assert list_names() == ["blue", "lan", "red"]
    await_no_link("veth-web-br")
    assert not run("topology", **lab(engine))["changed"]
    if how == "kill web":
        output("podman", "start", "web")
    else:
        start_container()
    run_as_predicted("topology", **lab(engine))
    assert_all_works()
    output("podman", "restart", "-t", "0", "web")
    done = run_as_predicted("topology", **lab(engine))
    assert any("has been started again" in text for text in done["warnings"])
    assert_all_works()
    run_as_predicted("topology", **LAB_ABSENT)


def test_a_process_that_has_the_id_of_one_of_the_container() -> None:
    """Podman itself runs only when asked: it keeps the ID if the container's monitor is killed."""
    adopt_orphans()
    pid = start_container()
    for process in (inspect_state()["ConmonPid"], pid):
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)
    assert inspect_state()["Running"] and inspect_state()["Pid"] == pid
    refusal = f"cannot be opened: process {pid}, which podman names"
    with pytest.raises(NetnsError, match=refusal):
        run("topology", **lab())
    Path("/proc/sys/kernel/ns_last_pid").write_text(str(pid - 1), encoding="ascii")
    with subprocess.Popen(["unshare", "--net", "sleep", "1000"]) as other:
        assert other.pid == pid
        with pytest.raises(NetnsError, match=refusal):
            run("topology", **lab())
        other.kill()
    assert list_names() == ["lan"]


def test_a_persistent_lab(controller_facts: dict[str, Any]) -> None:
    start_container()
    persist(controller_facts, **lab())
    assert_all_works()
    output("podman", "kill", "web")
    remove_all(["red", "blue", "web"])
    done = call("apply", "--all")
    assert "container web does not run (podman says: exited)" in done.stdout + done.stderr
    assert list_names() == ["blue", "lan", "red"]
    assert call("check").stdout == "lab: as declared\n"
    output("podman", "start", "web")
    assert call("apply", "--all").returncode == 0
    assert_all_works()
    run_as_predicted("topology", **LAB_ABSENT)
