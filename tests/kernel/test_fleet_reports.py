# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbooks verify and doctor end with one table of all hosts, also of those that fail."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from support.playbooks import run_ansible, write_inventory

MISSING = {"name": "lab", "netns": [{"name": "nowhere"}]}
"""Declared for one host, so that its doctor finds an error."""
LOST: list[dict[str, Any]] = [{"to": "192.0.2.1", "timeout": 0.1}]
HOSTS: dict[str, dict[str, Any]] = {
    "away": {
        "ansible_connection": "ssh",
        "ansible_host": "127.0.0.1",
        "ansible_port": 1,
        "ansible_ssh_common_args": "-F /dev/null -o ConnectTimeout=5",
    },
    "sound": {},
    "broken": {"doctor_topology": MISSING, "bridge_lab_verify_reach": LOST},
    "other": {},
    "failing": {"ansible_python_interpreter": "/nowhere/python"},
}
INVENTORY = {
    "all": {
        "hosts": HOSTS,
        "vars": {
            "ansible_connection": "local",
            "ansible_python_interpreter": sys.executable,
        },
    }
}


def read_table(out: str) -> list[str]:
    """What the task after which nothing follows but the recap has shown."""
    shown = out.partition("PLAY RECAP")[0].rpartition("ok: [")[2].partition("=> ")[2]
    lines: list[str] = json.loads(shown[: shown.rindex("}") + 1])["msg"]
    return lines


@pytest.mark.parametrize(
    "playbook, problem",
    [("doctor", "First: namespace nowhere"), ("verify", "12 probes, 1 not as expected")],
)
def test_the_last_task_is_a_table_of_all_hosts(
    host: None, tmp_path: Path, playbook: str, problem: str
) -> None:
    sources = write_inventory(tmp_path, INVENTORY)
    built = run_ansible(["ansible-playbook", *sources, "redblue.netns.lab", "--limit", "sound"])
    assert built.returncode == 0, built.stdout + built.stderr
    done = run_ansible(["ansible-playbook", *sources, f"redblue.netns.{playbook}"])
    assert done.returncode != 0
    header, broken, failing, away, total = read_table(done.stdout)
    assert header.split() == ["HOST", "STATE", "SUMMARY"]
    assert broken.startswith("broken   not ok       ") and problem in broken
    assert failing.startswith("failing  not ok       ") and len(failing) > 30
    assert away == "away     unreachable"
    assert total == "5 hosts: 2 ok, 2 not ok, 1 unreachable"


def test_one_host_has_no_table(host: None, tmp_path: Path) -> None:
    sources = write_inventory(tmp_path, INVENTORY)
    done = run_ansible(
        ["ansible-playbook", *sources, "redblue.netns.doctor", "-e", "lab_hosts=sound"]
    )
    assert done.returncode == 0 and "no problems found" in done.stdout
    assert "STATE" not in done.stdout and "1 host:" not in done.stdout
