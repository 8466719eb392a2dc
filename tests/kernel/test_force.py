# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is refused for good reasons says what to do, and is done with ``force``."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.redblue.netns.plugins.module_utils._model.errors import (
    Conflict,
    SeveralRefused,
)

from support.failing_host import fail_at_change
from support.shell import sh
from support.snapshot import differences, take_snapshot
from support.tasks import LAB, LAB_ABSENT, Raw, run, run_as_predicted

FILE = Path("/etc/netns/red/resolv.conf")
THEIRS = "nameserver 192.0.2.66\noptions ndots:9\n"
RED: Raw = {"name": "red", "nameservers": ["192.0.2.53"]}
OURS = "# redblue.netns\nnameserver 192.0.2.53\n"


@contextlib.contextmanager
def sleeper(netns: str) -> Iterator[int]:
    """A process in a namespace; its id."""
    with subprocess.Popen(["ip", "netns", "exec", netns, "sleep", "600"]) as process:
        try:
            while not Path(f"/proc/{process.pid}/cmdline").read_bytes().startswith(b"sleep"):
                pass
            yield process.pid
        finally:
            process.kill()


def test_a_topology_is_removed_with_its_processes_only_by_force(host: None) -> None:
    run("topology", **LAB)
    sh("ip -n blue link add theirs type bridge")
    with sleeper("red") as first, sleeper("blue") as second:
        before = take_snapshot()
        with pytest.raises(SeveralRefused) as refusal:
            run("topology", **LAB_ABSENT)
        remedy = r"or set force: true to remove it anyway \(bridge_lab_force in the role\)"
        blue, red = refusal.value.details["errors"]
        assert re.search(
            rf"'red': processes run in it: {first} \(sleep\); end them \(kill {first}\)", red
        )
        assert re.search(
            rf"{second} \(sleep\).*theirs.*; end them \(kill {second}\), {remedy}", blue
        )
        assert differences(before, take_snapshot()) == {}
        run_as_predicted("topology", **LAB_ABSENT, force=True)
        for process in (first, second):
            os.kill(process, 0)
    assert sh("ip netns list; ip -br link | grep -v '^lo ' || true; nft list ruleset") == ""


def test_a_purge_removes_a_namespace_with_processes_only_by_force(host: None) -> None:
    run("topology", **LAB)
    rest: Raw = {"name": "lab", "netns": [{"name": "blue"}], "purge": True}
    with sleeper("red") as process:
        with pytest.raises(Conflict, match=rf"end them \(kill {process}\), or set force: true"):
            run("topology", **rest)
        run_as_predicted("topology", **rest, force=True)
    assert os.listdir("/run/netns") == ["blue"]


def test_force_of_a_topology_leaves_other_topologies_and_others_alone(host: None) -> None:
    run("topology", **LAB)
    run("topology", name="other", netns=[{"name": "green"}])
    sh("ip netns add theirs; ip link add br9 type bridge")
    run("topology", **LAB_ABSENT, force=True)
    assert sorted(os.listdir("/run/netns")) == ["green", "theirs"]
    sh("ip link show br9")


def test_an_empty_namespace_of_others_is_removed_where_the_task_names_it(host: None) -> None:
    sh("ip netns add red; ip netns exec red sysctl -qw net.ipv4.ip_forward=1")
    run_as_predicted("netns", name="red", state="absent")
    assert not Path("/run/netns/red").exists()
    sh("ip netns add red")
    with sleeper("red"), pytest.raises(Conflict, match="not created by this collection; processes"):
        run("netns", name="red", state="absent")


def write_theirs() -> None:
    sh(f"mkdir -p {FILE.parent}; rm -f {FILE}; umask 022; printf '{THEIRS}' > {FILE}")


@pytest.mark.parametrize("module", ["netns", "topology", "item"])
def test_a_resolver_file_of_others_is_replaced_by_force(host: None, module: str) -> None:
    run("netns", name="red")
    write_theirs()
    tasks: dict[str, tuple[str, Raw, Raw]] = {
        "netns": ("netns", RED, {**RED, "force": True}),
        "topology": (
            "topology",
            {"name": "lab", "netns": [RED]},
            {"name": "lab", "netns": [RED], "force": True},
        ),
        "item": (
            "topology",
            {"name": "lab", "netns": [RED]},
            {"name": "lab", "netns": [{**RED, "force": True}]},
        ),
    }
    name, without, forced = tasks[module]
    with pytest.raises(Conflict, match="not written by this collection; set force: true to rep"):
        run(name, **without)
    done = run_as_predicted(name, **forced)
    assert "written by others: options ndots:9" in done["diff"]["before"]
    owner = "" if name == "netns" else ":lab"
    assert FILE.read_text() == OURS.replace("redblue.netns", f"redblue.netns{owner}")


def test_a_rollback_restores_the_resolver_file_of_others(host: None) -> None:
    run("netns", name="red")
    write_theirs()
    wanted: Raw = {"name": "lab", "netns": [RED], "linux_bridge": [{"name": "br0"}], "force": True}
    message = fail_at_change(0, "ip link add br0 type bridge", **wanted)
    assert "could not be undone" not in message and FILE.read_text() == THEIRS
    assert FILE.stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize(
    "script", ["chmod 600 F", "mv F /run/real; ln -s /run/real F", "chown 7 F"]
)
def test_a_resolver_file_that_could_not_be_restored_is_not_replaced(
    host: None, script: str
) -> None:
    run("netns", name="red")
    write_theirs()
    sh(script.replace("F", str(FILE)))
    before = os.lstat(FILE)
    with pytest.raises(Conflict, match="move it away first"):
        run("netns", **RED, force=True)
    after = os.lstat(FILE)
    assert (before.st_ino, before.st_mode, before.st_uid) == (
        after.st_ino,
        after.st_mode,
        after.st_uid,
    )
    assert FILE.read_text() == THEIRS
