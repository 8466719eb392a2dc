# Copyright (c) 2026, redblue.netns contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hosts of the inventory that are one machine: one task makes the lab, and none fails."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from support.tasks import LAB, run

PLAYS: dict[str, tuple[int, dict[str, Any]]] = {
    "all at once": (20, {"hosts": "all"}),
    "each at his own pace": (6, {"hosts": "all", "strategy": "free"}),
    "three at a time": (6, {"hosts": "all", "serial": 3}),
}
"""How many hosts, and how a play goes over them."""


@pytest.mark.parametrize("way", PLAYS)
def test_one_of_many_concurrent_tasks_makes_the_lab(host: None, tmp_path: Path, way: str) -> None:
    count, keywords = PLAYS[way]
    names = [f"alias{number}" for number in range(count)]
    book = tmp_path / "lab.yml"
    task = {"name": "Build", "redblue.netns.topology": LAB, "delegate_to": "localhost"}
    book.write_text(
        yaml.safe_dump(
            [{"name": way, "gather_facts": False, "tasks": [task], **keywords}], sort_keys=False
        ),
        encoding="utf-8",
    )
    command = ["ansible-playbook", "-i", ",".join(names), "-f", "20", str(book)]
    message = {"ANSIBLE_STDOUT_CALLBACK": "default", "ANSIBLE_PYTHON_INTERPRETER": sys.executable}
    done = subprocess.run(
        command, env={**os.environ, **message}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "File exists" not in done.stdout
    recap = done.stdout.partition("PLAY RECAP")[2].splitlines()
    assert sorted("changed=1" in line for line in recap if line.startswith("alias")) == [False] * (
        count - 1
    ) + [True], recap
    assert not run("topology", **LAB)["changed"]
