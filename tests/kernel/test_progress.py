# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A task that takes longer than two seconds shows how far it is, and -v shows no endless lines."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.redblue.netns.plugins.module_utils._host.progress import Progress
from ansible_collections.redblue.netns.plugins.module_utils._host.state_directory import (
    STATE_DIRECTORY,
)

from support.machines import PASSWORD, fleet
from support.playbooks import ansible_environment, write_inventory
from support.tasks import run

WAITS = "waits for another task on this host to end"
LOCK = f"{STATE_DIRECTORY}/lock"
MANY: dict[str, Any] = {
    "name": "many",
    "range": [{"count": 300, "netns": [{"name": "n{n}"}]}],
}


def start_play(at: Path, variables: dict[str, Any], tasks: list[Any], *options: str) -> Any:
    """Start a play on one host. Its standard error has what our action plugins show."""
    sources = write_inventory(at, {"all": {"hosts": {"web1": variables}}})
    play = [{"hosts": "all", "gather_facts": False, "become": True, "tasks": tasks}]
    (at / "play.yml").write_text(yaml.safe_dump(play), encoding="utf-8")
    return subprocess.Popen(
        ["ansible-playbook", *sources, *options, str(at / "play.yml")],
        env=ansible_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@contextmanager
def holding_lock(command: list[str]) -> Iterator[subprocess.Popen[str]]:
    """A process that holds the lock of a host, as a task does that takes long."""
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None and holder.stdout.readline() == "locked\n"
        yield holder


LOCAL = {
    "ansible_connection": "local",
    "ansible_become": False,
    "ansible_python_interpreter": sys.executable,
}
SAYS_SO = rf" s: {WAITS}: process \d+ \(sh -c echo locked; read line\)\n"
HOLD = ["flock", "--no-fork", LOCK, "sh", "-c", "echo locked; read line"]
LAB_TASK = {"redblue.netns.topology": {"name": "lab", "netns": [{"name": "green"}]}}


def await_message(process: Any, holder: subprocess.Popen[str]) -> str:
    """What is shown until the task says that it waits; then the lock is released."""
    shown = ""
    for line in process.stderr:
        shown += line
        if WAITS in line:
            assert holder.stdin is not None
            holder.stdin.close()
            break
    out, rest = process.communicate()
    assert process.returncode == 0, out + shown + rest
    return shown


def test_a_local_task_that_waits_says_so(host: None, tmp_path: Path) -> None:
    run("netns", name="red")
    with holding_lock(HOLD) as holder:
        shown = await_message(start_play(tmp_path, LOCAL, [LAB_TASK]), holder)
    assert "[web1] topology lab: " in shown and re.search(SAYS_SO, shown)
    assert not list(Path(STATE_DIRECTORY).glob("progress-*"))


def test_a_task_over_ssh_with_a_sudo_password_says_so(own_process: None, tmp_path: Path) -> None:
    with fleet("web1") as (web1,):
        web1.run(f"touch {LOCK}; chmod 600 {LOCK}")
        variables = {**web1.ssh("deploy"), "ansible_become_password": PASSWORD}
        with holding_lock(web1.enter(*HOLD)) as holder:
            shown = await_message(start_play(tmp_path, variables, [LAB_TASK]), holder)
        assert re.search(SAYS_SO, shown)
        assert web1.run(f"ls {STATE_DIRECTORY}").count("progress") == 0
        assert "green" in web1.run("ip netns list")


def test_long_results_are_short_lines_with_v_and_complete_when_registered(
    host: None, tmp_path: Path
) -> None:
    tasks = [
        {"redblue.netns.topology": MANY, "register": "made", "check_mode": True},
        {"ansible.builtin.assert": {"that": "made.commands | length > 300"}},
        {"redblue.netns.topology": MANY},
        {"redblue.netns.netns_info": {}, "register": "seen"},
        {"ansible.builtin.assert": {"that": "seen.topology.netns | length == 300"}},
        {"redblue.netns.netns_info": {"netns": ["n1"]}},
    ]
    out, shown = start_play(tmp_path, LOCAL, tasks, "-v").communicate()
    assert "failed=0" in out, out
    lines = (out + shown).splitlines()
    assert max(map(len, lines)) < 20_200
    assert "[web1] netns_info: the result has" in shown and "300 items" in shown
    assert out.count('"topology": {') == 1, "a short result is shown by Ansible"


@pytest.mark.parametrize("token", [None, "", "../lock", "0" * 15, 7, "0" * 16 + "\n"])
def test_without_a_valid_token_nothing_is_written(host: None, token: object) -> None:
    run("netns", name="red")
    before = sorted(os.listdir(STATE_DIRECTORY))
    progress = Progress(token)
    progress.begin_now("apply")
    assert sorted(os.listdir(STATE_DIRECTORY)) == before


def test_only_root_reads_the_file_and_it_goes_with_the_run(host: None) -> None:
    run("netns", name="red")
    progress = Progress("0123456789abcdef")
    progress.begin_now("apply")
    path = Path(STATE_DIRECTORY, "progress-0123456789abcdef")
    assert path.stat().st_mode & 0o777 == 0o600
    progress.close()
    assert not path.exists()
