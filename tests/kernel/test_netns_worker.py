# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The worker process that creates namespaces; here it is used for a few, to test each way it
can end.
"""

from __future__ import annotations

import os
import resource
import subprocess
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._apply import netns_worker
from ansible_collections.redblue.netns.plugins.module_utils._apply.netns_worker import (
    MIN_NAMESPACES,
)
from ansible_collections.redblue.netns.plugins.module_utils._host.netns_mounts import create_netns
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import Failed

from support.failing_host import INTERRUPT, fail_at_change
from support.kill import kill_at, kill_at_every_call
from support.private_host import private_host
from support.services import Listeners
from support.snapshot import differences, take_snapshot
from support.tasks import LAB, LAB_ABSENT, run

FARM: dict[str, Any] = {
    "name": "farm",
    "linux_bridge": [{"name": "farm0", "addresses": ["10.244.0.1/16"]}],
    "masquerade": [{"source": "10.244.0.0/16"}],
    "range": [
        {
            "count": 100,
            "netns": [{"name": "n{n:3}"}],
            "netns_route": [{"netns": "n{n:3}", "destination": "default", "gateway": "10.244.0.1"}],
            "veth": [
                {
                    "name": "eth0",
                    "netns": "n{n:3}",
                    "addresses": ["{10.244.1.0+n}/16"],
                    "peer": {"name": "farm{n}", "bridge": "farm0"},
                }
            ],
        }
    ],
}


@pytest.fixture
def worker_for_few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(netns_worker, "MIN_NAMESPACES", 2)


BARE: dict[str, Any] = {"name": "farm", "range": [{"count": 64, "netns": [{"name": "n{n}"}]}]}


def children() -> set[str]:
    """Return the child processes of this one that were not reaped."""
    return set(Path(f"/proc/self/task/{os.getpid()}/children").read_text(encoding="ascii").split())


def run_and_record_failure(raw: dict[str, Any], to: Path) -> None:
    """Run a topology that fails, and write its message to a file."""
    try:
        run("topology", **raw)
    except Failed as error:
        to.write_text(str(error), encoding="utf-8")
        raise


def test_the_result_is_the_same_with_and_without_the_worker(
    own_process: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    stood = []
    for fewest in (MIN_NAMESPACES, 2):
        monkeypatch.setattr(netns_worker, "MIN_NAMESPACES", fewest)
        with private_host():
            before, descriptors, known = (
                take_snapshot(),
                len(os.listdir("/proc/self/fd")),
                children(),
            )
            run("topology", **LAB)
            stood.append(take_snapshot())
            assert (len(os.listdir("/proc/self/fd")), children()) == (descriptors, known)
            run("topology", **LAB_ABSENT)
            assert differences(before, take_snapshot()) == {}
    assert differences(*stood) == {}


def test_a_hundred_namespaces_work(host: None) -> None:
    services = Listeners()
    assert run("topology", **FARM)["summary"]["made"] > 400
    services.listen("last", "n100", "10.244.1.100", 80)
    assert services.connect("n001", "10.244.1.100", 80) == ("last", "10.244.1.1")
    assert not run("topology", **FARM)["changed"]


@pytest.mark.parametrize("call", ["unshare", "mount", "sendmsg", "setns"])
def test_the_next_run_converges_after_one_of_the_processes_is_killed(
    own_process: None, worker_for_few: None, call: str
) -> None:
    assert kill_at_every_call(call, LAB_ABSENT, LAB)


@pytest.mark.parametrize(("number", "name"), [(1, "blue"), (2, "red")])
def test_a_namespace_that_the_worker_cannot_create_is_named_and_the_run_rolled_back(
    host: None, worker_for_few: None, tmp_path: Path, number: int, name: str
) -> None:
    before = take_snapshot()

    raw = {**LAB, "netns": LAB["netns"][::-1]}
    assert kill_at(
        "unshare", number, lambda: run_and_record_failure(raw, tmp_path / "said"), "error=ENOSPC"
    )
    assert (
        (tmp_path / "said")
        .read_text(encoding="utf-8")
        .startswith(f"create namespace {name}: unshare: No space left on device. ")
    )
    assert differences(before, take_snapshot()) == {}


@pytest.mark.parametrize("limit", [*range(8, 14), 50, 51])
def test_a_lack_of_file_descriptors_is_reported_and_rolled_back(
    host: None, tmp_path: Path, limit: int
) -> None:
    before = take_snapshot()
    pid = os.fork()
    if not pid:
        os.closerange(3, 100)
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
        try:
            run_and_record_failure(BARE, tmp_path / "said")
        finally:
            os._exit(0)
    os.waitpid(pid, 0)
    message = (tmp_path / "said").read_text(encoding="utf-8")
    assert (
        message.startswith("create namespace n")
        and f": Too many open files (RLIMIT_NOFILE is {limit};" in message
        and "could not be undone" not in message
    )
    assert differences(before, take_snapshot()) == {}


@pytest.mark.parametrize(
    ("call", "number"), [("unshare", 1), ("unshare", 2), ("mount", 4), ("sendmsg", 2), ("setns", 6)]
)
def test_a_namespace_of_a_killed_worker_is_rolled_back_too(
    host: None, worker_for_few: None, tmp_path: Path, call: str, number: int
) -> None:
    before = take_snapshot()
    raw = {**BARE, "range": [{**BARE["range"][0], "count": 8}]}
    # The process that waits for the worker makes none of these calls so often.
    assert kill_at(call, number, lambda: run_and_record_failure(raw, tmp_path / "said"))
    message = (tmp_path / "said").read_text(encoding="utf-8")
    assert (
        "ended unexpectedly" in message
        and "undone: create namespace n1" in message
        and "could not be undone" not in message
    )
    assert differences(before, take_snapshot()) == {}


@pytest.mark.parametrize("topology", [True, False], ids=["a namespace", "a file"])
def test_a_namespace_that_another_program_adds_meanwhile_is_kept(
    host: None, worker_for_few: None, monkeypatch: pytest.MonkeyPatch, topology: bool
) -> None:
    before, create = take_snapshot(), create_netns

    def contend(name: str, configure: Any) -> Any:
        if name == "n6":
            Path("/run/netns/n6").touch()
            if topology:  # Not by ip netns add, which waits for the lock of this run.
                subprocess.run(
                    "unshare --net mount --bind /proc/self/ns/net /run/netns/n6",
                    shell=True,
                    check=True,
                )
        return create(name, configure)

    monkeypatch.setattr(netns_worker, "create_netns", contend)
    with pytest.raises(Failed, match=r"create namespace n6: File exists") as failure:
        run("topology", **BARE)
    assert "could not be undone" not in str(failure.value)
    subprocess.run(["ip", "netns", "delete", "n6"], check=True)
    assert differences(before, take_snapshot()) == {}


@pytest.mark.parametrize("script", ["ip link add farm60 type bridge", INTERRUPT])
def test_a_failed_change_stops_the_worker_and_rolls_its_namespaces_back(
    host: None, script: str
) -> None:
    before, known = take_snapshot(), children()
    # The first change is the first namespace; the others follow the script.
    message = fail_at_change(1, script, **FARM)
    assert "undone: " in message and "could not be undone" not in message
    if script != INTERRUPT:
        assert "farm60" in message and children() == known
        subprocess.run(["ip", "link", "delete", "farm60"], check=True)
    assert differences(before, take_snapshot()) == {}
